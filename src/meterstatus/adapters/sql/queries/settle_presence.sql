UPDATE presence
SET controller = '',
    since = CASE WHEN last_contact > :seen THEN last_contact ELSE :seen END,
    last_contact = CASE WHEN last_contact > :seen THEN last_contact ELSE :seen END,
    is_exact = :is_exact,
    trouble = ''
WHERE controller = :name
