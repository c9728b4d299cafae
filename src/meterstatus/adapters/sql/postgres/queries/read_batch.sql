SELECT batch FROM writers WHERE id = :id
