-- After numbers were loaded: what is given next is above them.
SELECT setval(pg_get_serial_sequence('changes', 'revision'), (SELECT coalesce(max(revision), 0) + 1 FROM changes), false),
       setval(pg_get_serial_sequence('deliveries', 'number'), (SELECT coalesce(max(number), 0) + 1 FROM deliveries), false)
