"""What a hook is called with, what it may ask for, and what became of it. Pure."""
