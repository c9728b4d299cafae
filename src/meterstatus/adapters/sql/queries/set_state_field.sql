INSERT INTO unit_state (unit, field, text) VALUES (:unit, :field, :text)
ON CONFLICT (unit, field) DO UPDATE SET text = excluded.text
