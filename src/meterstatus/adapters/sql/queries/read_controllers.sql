SELECT name, addresses, started, seen, ahead FROM controllers ORDER BY name
