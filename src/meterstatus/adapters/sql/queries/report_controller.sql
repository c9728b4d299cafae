INSERT INTO controllers (name, addresses, started, seen)
VALUES (:name, :addresses, :seen, :seen)
ON CONFLICT (name) DO UPDATE SET addresses = excluded.addresses, seen = excluded.seen
