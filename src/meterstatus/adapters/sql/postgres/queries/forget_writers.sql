DELETE FROM writers WHERE at < now() - interval '1 day'
