"""What MeterStatusAdmin does: units, their statuses, what rules them, and how the fleet is. Ours alone."""
