"""The guard against turning a fleet off by one command: how many units may become RED at once.

Pure. It counts units that would be told RED and are not now, whatever level that is said at. A person who
means it says how far it may go; nothing is refused that few units hear, so that a small fleet stays usable.
"""

import dataclasses

from meterstatus import errors

FEW = 5
"""Units that may always become RED at once."""


@dataclasses.dataclass(frozen=True, slots=True)
class BlastRadius:
    """The largest part of all units that one change may turn RED.

    Raises:
        NotValidError: it is no part: below 0 or above 100 per cent.
    """

    percent: float = 25.0

    def __post_init__(self) -> None:
        """Check it."""
        if not 0 <= self.percent <= 100:
            raise errors.NotValidError(f"blast radius of {self.percent:g} %", "it may be 0 to 100")

    def check(self, newly_red: int, units: int) -> None:
        """Check a change.

        Args:
            newly_red: how many units it would turn RED.
            units: how many there are.

        Raises:
            BlastRadiusError: more than it may.
        """
        if newly_red <= FEW or newly_red * 100 <= self.percent * units:
            return
        raise errors.BlastRadiusError(
            f"{newly_red} of {units} units would become RED at once, and no more than {self.percent:g} % may;"
            " nothing was changed"
        )
