INSERT INTO controllers (name, addresses, started, seen, ahead)
VALUES (:name, :addresses, :seen, :seen, :ahead)
ON CONFLICT (name) DO UPDATE SET addresses = excluded.addresses, seen = excluded.seen, ahead = excluded.ahead
