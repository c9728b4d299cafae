DELETE FROM units WHERE name = :unit
