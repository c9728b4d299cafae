SELECT number FROM deliveries ORDER BY number DESC LIMIT 1
