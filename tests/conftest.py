"""What holds for every test."""

import hypothesis

# A deadline for one example would only tell how busy the machine is; the rest is as the machine has it,
# which on one that sets CI means the same examples each time.
hypothesis.settings.register_profile("patient", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("patient")
