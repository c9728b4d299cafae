SELECT value FROM meta WHERE key = 'pruned'
