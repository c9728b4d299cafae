SELECT 1 FROM units WHERE application = :application LIMIT 1
