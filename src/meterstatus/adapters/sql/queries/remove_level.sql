DELETE FROM levels WHERE scope = :scope
