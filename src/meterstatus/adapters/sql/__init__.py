"""``Repository`` on an SQL engine, written once.

``units``, ``scopes``, ``deliveries`` and ``changes`` say what a transaction reads and writes, as coroutines
over ``engine.Transaction``; the statements are the files in ``queries``; ``rows`` and ``policies`` say what
columns mean. ``repository`` joins them with an ``engine.Engine``, of which each database has one in a package
of its own: how it runs transactions, what its schema is, how it fails.
"""
