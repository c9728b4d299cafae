UPDATE deliveries SET former = 1 WHERE unit = :unit AND former = 0
