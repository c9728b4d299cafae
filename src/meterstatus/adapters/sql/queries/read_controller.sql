SELECT name, addresses, started, seen, ahead FROM controllers WHERE name = :name
