INSERT INTO neighbours (name, hosts, port, heard)
VALUES (:name, :hosts, :port, now())
ON CONFLICT (name) DO UPDATE SET hosts = excluded.hosts, port = excluded.port, heard = excluded.heard
