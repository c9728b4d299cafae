UPDATE units SET password_hash = :password_hash WHERE name = :unit
