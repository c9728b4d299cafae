SELECT code, info, password_hash, added FROM units WHERE name = :unit
