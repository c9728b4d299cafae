-- Those of statuses in whose place others stand.
DELETE FROM time_limits WHERE revision NOT IN (SELECT revision FROM units UNION SELECT revision FROM levels)
