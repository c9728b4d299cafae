SELECT unit, controller, since, last_contact, is_exact, trouble FROM presence ORDER BY unit
