"""What the programs stand on: the system's clocks, waiting, durable files, local sockets."""
