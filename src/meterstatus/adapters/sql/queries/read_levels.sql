SELECT scope, code, info, since, revision FROM levels ORDER BY scope
