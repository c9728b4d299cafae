"""controller.rpc.refused_logins: what is logged of those who were refused, and how much of it."""

import pytest

from harness import controller_bench
from meterstatus.controller.rpc import refused_logins
from meterstatus.runtime import waiting
from meterstatus.testing import virtual_time


def test_who_from_where_and_why(caplog: pytest.LogCaptureFixture) -> None:
    """Each on a line of its own, cut, with nothing in it that a terminal would obey."""
    refused = refused_logins.RefusedLogins()
    refused.note("user-bob", "192.0.2.1:4711", "invalid entity name or password")
    refused.note("", "192.0.2.1:4712", "broke the protocol")
    refused.note("user-\n\x1b[2J\u202e\u2028é" + "x" * 10_000, "192.0.2.1:4713", 'bad "\n"')
    assert caplog.messages[:2] == [
        "refused user-bob at 192.0.2.1:4711: invalid entity name or password",
        "refused somebody at 192.0.2.1:4712: broke the protocol",
    ]
    last = caplog.messages[2]
    assert last.isascii() and last.isprintable() and len(last) < 300
    assert last.startswith("refused user-\\n\\x1b[2J\\u202e\\u2028\\xe9xx")
    assert refused.total == 3


def test_an_attack_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Some lines a minute, few of one address, and the number of the others afterwards."""
    refused = refused_logins.RefusedLogins()
    for port in range(1000):
        refused.note("user-admin", f"192.0.2.1:{port}", "no")
    assert len(caplog.messages) == refused_logins.LINES_EACH
    for number in range(200):
        refused.note("user-admin", f"198.51.100.{number}:1", "no")
    assert len(caplog.messages) == refused_logins.LINES
    caplog.clear()
    refused.end_period()
    assert caplog.messages == ["refused 1150 more logins in the last minute; 1200 since the start"]
    caplog.clear()
    refused.end_period()
    refused.note("user-admin", "192.0.2.1:1", "no")
    assert caplog.messages == ["refused user-admin at 192.0.2.1:1: no"]


@virtual_time.virtual
async def test_the_minute_ends_by_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    """What was only counted is told when the attack is over, too."""
    clock, refused = virtual_time.VirtualClock(), refused_logins.RefusedLogins()
    async with waiting.beside(refused.run(clock), refused_logins._logger, "ended"):  # pyright: ignore[reportPrivateUsage]
        for port in range(refused_logins.LINES_EACH + 1):
            refused.note("user-admin", f"192.0.2.1:{port}", "no")
        await clock.advance(refused_logins.PERIOD)
    assert caplog.messages[-1] == "refused 1 more logins in the last minute; 6 since the start"


async def test_a_login_that_fails_is_logged(
    bench: controller_bench.Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A user's, an agent's, that of no tag, and a breach of the protocol; not one that succeeds."""
    client = bench.connect()
    for tag in ("user-admin", "unit-shop-0", "nonsense"):
        await client.log_in(tag, "wrong")
    bench.connect().raw(b"nonsense")
    await bench.agent()
    refused = [line for line in caplog.messages if line.startswith("refused")]
    assert [line.partition(" at ")[0] for line in refused] == [
        "refused user-admin",
        "refused unit-shop-0",
        "refused nonsense",
        "refused somebody",
    ]
    assert refused[0].endswith(": invalid entity name or password")
