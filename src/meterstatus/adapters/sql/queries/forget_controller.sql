DELETE FROM controllers WHERE name = :name
