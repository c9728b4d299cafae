SELECT code, info, revision FROM levels WHERE scope = :scope
