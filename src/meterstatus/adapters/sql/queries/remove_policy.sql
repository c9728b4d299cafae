DELETE FROM policies WHERE scope = :scope
