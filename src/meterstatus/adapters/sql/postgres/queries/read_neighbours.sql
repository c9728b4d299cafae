SELECT hosts, port FROM neighbours WHERE name <> :name ORDER BY heard DESC, name
