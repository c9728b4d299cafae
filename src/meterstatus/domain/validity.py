"""Whether certificates are good by now, on a machine whose wall clock may be wrong.

Pure. A clock without a battery comes up in 1970, before every certificate; an agent that then had no contact
would be RED although its controller is there. That a certificate is not good yet refuses nobody: what an
authority has signed tells that it is no earlier, and whoever gave the unit its authority did so later.
"""

import dataclasses
import datetime
from collections.abc import Sequence

from meterstatus.domain import instants


@dataclasses.dataclass(frozen=True, slots=True)
class Validity:
    """From when until when one certificate is good, aware UTC."""

    not_before: datetime.datetime
    not_after: datetime.datetime


def begins(chain: Sequence[Validity]) -> datetime.datetime:
    """Return the earliest time that it can be."""
    return max(each.not_before for each in chain)


def refusal(chain: Sequence[Validity], wall: datetime.datetime, latest: datetime.datetime | None) -> str:
    """Say why a chain is not good by now; "" where it is.

    Args:
        chain: the certificate and the authority that signed it.
        wall: what the wall clock shows.
        latest: the latest wall time that is known to have been. It counts where the clock shows less than it
            can be; else a clock that was set forward once would keep the controller out for years.
    """
    earliest = begins(chain)
    now = wall if wall >= earliest else max(earliest, latest or earliest)
    ends = min(each.not_after for each in chain)
    if now <= ends:
        return ""
    return f"it was good until {instants.in_seconds(ends)}, and it is {instants.in_seconds(now)}"
