DELETE FROM unit_state WHERE unit = :unit AND field = :field
