INSERT INTO unit_state (
    unit, field, text
)
VALUES (
    :unit, :field, :text
)
