SELECT name, addresses, started, seen FROM controllers WHERE name = :name
