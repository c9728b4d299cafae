"""Keep a fleet's meter status true on every unit, also when the network is gone."""
