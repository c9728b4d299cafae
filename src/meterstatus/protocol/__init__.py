"""Juju's RPC without I/O: messages, conversations and the shapes of the facades."""
