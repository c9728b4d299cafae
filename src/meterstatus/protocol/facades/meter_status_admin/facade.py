"""The facade that the methods of this room are of."""

from meterstatus.protocol import wire

FACADE = wire.Facade("MeterStatusAdmin", 1)
