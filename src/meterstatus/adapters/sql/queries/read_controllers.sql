SELECT name, addresses, started, seen FROM controllers ORDER BY name
