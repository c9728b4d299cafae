SELECT policy FROM policies WHERE scope = :scope
