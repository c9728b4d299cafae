SELECT min(until) FROM time_limits
