"""The world behind the ports: files, processes, sockets, databases, certificates."""
