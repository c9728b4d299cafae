SELECT field, text FROM unit_state WHERE unit = :unit
