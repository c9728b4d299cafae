"""Juju's RPC: connections, logins, and the facades that translate between wire and use cases."""
