"""Ends on a real database, in the orders that are easily got wrong; the contract has them for every store."""

import datetime
import pathlib

import pytest

from harness import repository as fakes
from meterstatus.adapters.sql import sqlite
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
BOB = records.Author("user-bob", AT)
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
GREEN, AMBER = status.MeterStatus("GREEN"), status.MeterStatus("AMBER")


@pytest.mark.parametrize("what", ["shop/0", SHOP])
@pytest.mark.parametrize("again", [None, AT + 3 * HOUR])
async def test_the_end_of_what_was_set_again_does_nothing(
    tmp_path: pathlib.Path, what: str | names.Tag, again: datetime.datetime | None
) -> None:
    """To the same status, that is: to stay, or with an end of its own."""
    sqlite.create(tmp_path / "controller.db", fakes.IDENTITY, fakes.USERS)
    store = sqlite.open_repository(tmp_path / "controller.db")
    await store.add_unit("shop/0", "hash", GREEN, BOB)
    for revision, until in ((1, AT + HOUR), (2, again)):
        if isinstance(what, str):
            await store.set_statuses([what], AMBER, BOB, revision, until)
        else:
            await store.set_level(what, AMBER, BOB, revision, until)
    assert await store.end_due(AT + HOUR) == again
    loaded = await store.follow(lambda _: None)
    (held,) = loaded.units if isinstance(what, str) else loaded.levels
    assert (held.status, held.limit and held.limit.until, held.revision) == (AMBER, again, 3)
    await store.close()
