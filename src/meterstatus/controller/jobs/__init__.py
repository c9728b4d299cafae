"""What a controller does by itself, again and again."""
