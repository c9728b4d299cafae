"""What a controller holds of its fleet, and the rules on it. Pure."""
