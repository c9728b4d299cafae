"""The decision table of the stages, as rows for tests (spec worker, A.7).

Worker state, code, seconds elapsed, and what is expected of amber and of red.
"""

OWN_A, OWN_R = 300, 900
"""Grace periods of the own vectors, seconds."""

REFERENCE_A, REFERENCE_R = 600, 1800
"""Grace periods of the reference's rows, seconds."""
REFERENCE_ROWS = [
    (0, "GREEN", 0, True, True),
    (0, "AMBER", 0, True, True),
    (0, "RED", 0, False, True),
    (1, "GREEN", 0, True, True),
    (1, "AMBER", 0, True, True),
    (1, "RED", 0, False, True),
    (1, "GREEN", REFERENCE_A + 1, True, True),
    (1, "AMBER", REFERENCE_A + 1, True, True),
    (1, "RED", REFERENCE_A + 1, False, True),
    (2, "AMBER", REFERENCE_A + 1, False, True),
    (2, "AMBER", REFERENCE_R + 1, False, True),
    (2, "RED", REFERENCE_R + 1, False, True),
    (3, "RED", REFERENCE_R + 1, False, False),
]
"""The rows that the reference's own test asserts: which stages are armed."""

OWN_VECTORS = [
    (1, "GREEN", 0, 300, 900),
    (1, "", 299, 1, 601),
    (1, "AMBER", 300, 0, 600),
    (0, "GREEN", 899, -599, 1),
    (1, "GREEN", 900, None, 0),
    (1, "GREEN", 5000, None, -4100),
    (1, "GREEN", -3600, 3900, 4500),
    (1, "red", 0, 300, 900),
    (-1, "GREEN", 899, None, None),
    (1, "RED", 0, None, 900),
    (1, "RED", 899, None, 1),
    (1, "RED", 5000, None, -4100),
    (2, "GREEN", 0, None, 900),
    (2, "AMBER", 899, None, 1),
    (2, "RED", 900, None, 0),
    (2, "AMBER", -3600, None, 4500),
    (4, "RED", 900, None, None),
    (-1, "RED", 0, None, 900),
    (-1, "GREEN", 900, None, 0),
    (3, "GREEN", 0, None, None),
]
"""Vectors with delays in seconds, derived from the rules of the table."""
