"""What a unit's agent remembers and decides. Pure."""
