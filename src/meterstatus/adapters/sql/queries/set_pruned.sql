INSERT INTO meta (key, value) VALUES ('pruned', :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
