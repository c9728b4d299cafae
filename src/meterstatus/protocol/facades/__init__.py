"""The facades offered here: names, versions, methods, and the exact spelling of what they take and give.

Juju's own (spec juju-api, 2 to 6) and ours, ``MeterStatusAdmin`` and ``MeterStatusPolicy``. Shapes only: who
may call what, and what it does, is the controller's. A module is a family, and who calls one imports it
alone; nothing is gathered here, so that an agent does not carry an operator's facades.
"""
