"""Values and decisions, pure: nothing here waits, reads a clock or touches the world."""
