"""What each facade does; ``protocol.facades`` says how its messages look."""
