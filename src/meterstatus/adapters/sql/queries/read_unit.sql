SELECT code, info, password_hash FROM units WHERE name = :unit
