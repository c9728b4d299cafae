DELETE FROM deliveries WHERE unit = :unit AND hook = :hook AND id = :id AND attempt = :attempt
