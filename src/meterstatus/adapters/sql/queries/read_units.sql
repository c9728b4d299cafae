SELECT name, password_hash, code, info, revision, since, added FROM units ORDER BY name
