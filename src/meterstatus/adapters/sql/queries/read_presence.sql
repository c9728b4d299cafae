SELECT unit, controller, since, last_contact, is_exact FROM presence ORDER BY unit
