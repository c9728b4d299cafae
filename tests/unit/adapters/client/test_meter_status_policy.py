"""adapters.client.meter_status_policy: what is asked, and which word holds."""

import datetime
import logging
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters.client import meter_status_policy
from meterstatus.domain import epoch, policy
from meterstatus.domain.unit import decide, offline_clock
from meterstatus.ports import status
from meterstatus.protocol import wire
from meterstatus.testing import connection, virtual_time

GET = "MeterStatusPolicy.GetPolicy"
SHORT_JSON = {"amber-grace-seconds": 10, "red-grace-seconds": 20.5, "warning-seconds": 2}
SHORT = policy.amber_red(
    datetime.timedelta(seconds=10), datetime.timedelta(seconds=20.5), datetime.timedelta(seconds=2)
)
SHORT_WIRE = wire.Policy(10, 20.5, 2)
NEVER_WIRE = wire.Policy(0, 0)
NEVER = decide.PolicyWord(policy.amber_red(None, None))


def make(
    *results: dict[str, Any],
) -> tuple[meter_status_policy.MeterStatusPolicyClient, connection.FakeAPIConnection]:
    """Return a client of a controller that answers with these results."""
    fake = connection.FakeAPIConnection({GET: {"results": list(results)}})
    return meter_status_policy.MeterStatusPolicyClient(fake, "unit-shop-0"), fake


async def test_it_is_asked_once() -> None:
    """The unit is named, its policy returned, and the next time it is known."""
    client, fake = make({"revision": 7, "policy": SHORT_JSON})
    source: status.PolicySource = client
    for _ in range(2):
        assert await source.policy() == decide.PolicyWord(SHORT)
    entities = {"entities": [{"tag": "unit-shop-0"}]}
    assert fake.calls == [connection.Call("MeterStatusPolicy", 1, "GetPolicy", entities)]


async def test_that_none_is_set_is_a_word() -> None:
    """A controller that has no policy for the unit leaves it to the agent, and says so."""
    client, _ = make({"revision": 7})
    assert await client.policy() == decide.PolicyWord(None)


async def test_what_an_event_said_need_not_be_asked() -> None:
    """A word that is heard before the first question is the answer."""
    client, fake = make({"revision": 7})
    client.hear(wire.PolicyResult(8, SHORT_WIRE))
    assert await client.policy() == decide.PolicyWord(SHORT)
    assert fake.calls == []


async def test_the_newer_word_holds() -> None:
    """By revision, whichever came first; a unit whose policy is taken away is told so."""
    client, fake = make({"revision": 7, "policy": SHORT_JSON})

    async def answer_late(_: object) -> dict[str, Any]:
        client.hear(wire.PolicyResult(9, NEVER_WIRE))
        return {"results": [{"revision": 7, "policy": SHORT_JSON}]}

    fake.answers[GET] = answer_late
    assert await client.policy() == NEVER
    client.hear(wire.PolicyResult(8, SHORT_WIRE))
    assert await client.policy() == NEVER
    client.hear(wire.PolicyResult(10))
    assert await client.policy() == decide.PolicyWord(None)


async def test_an_error_in_an_event_takes_nothing_back() -> None:
    """An event whose policy could not be said is no word that none is set, and leaves the question open."""
    client, _ = make({"revision": 7, "policy": SHORT_JSON})
    client.hear(wire.PolicyResult(8, error=wire.Error("no", "")))
    assert await client.policy() == decide.PolicyWord(SHORT)
    client.hear(wire.PolicyResult(9, error=wire.Error("no", "")))
    assert await client.policy() == decide.PolicyWord(SHORT)


async def test_a_controller_without_policies_says_nothing() -> None:
    """It is asked once; what another said before is neither confirmed nor taken back."""
    fake = connection.FakeAPIConnection()
    client = meter_status_policy.MeterStatusPolicyClient(fake, "unit-shop-0")
    for _ in range(2):
        assert await client.policy() is None
    assert fake.requests() == [GET]


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (wire.Policy(-1, 900), "AMBER after -1s"),
        (wire.Policy(20, 10), "amber grace period must be shorter than the red grace period"),
        (wire.Policy(1e300, 0), "invalid span of 1e+300 seconds"),
        (wire.Policy(300, 900, 300), "invalid warning 5m before a stage: the first stage comes after 5m"),
    ],
)
async def test_a_policy_without_sense_is_refused(
    refused: wire.Policy, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says which and why, once for as long as it is said, and the one before holds."""
    client, _ = make({"revision": 7, "policy": SHORT_JSON})
    before = await client.policy()
    for revision in (8, 9):
        client.hear(wire.PolicyResult(revision, refused))
        assert await client.policy() == before
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert line.startswith("the controller's policy for unit-shop-0 is refused: ")
    assert why in line
    assert line.endswith("what it said before holds")
    client.hear(wire.PolicyResult(10, NEVER_WIRE))
    assert await client.policy() == NEVER


async def test_a_policy_without_sense_from_the_start_is_no_word() -> None:
    """What was said on a connection before is the memory's, and stays in force."""
    client, fake = make({"revision": 7, "policy": SHORT_JSON | {"red-grace-seconds": 5}})
    for _ in range(2):
        assert await client.policy() is None
    assert fake.requests() == [GET]


async def test_a_stage_shorter_than_an_operator_may_set_is_followed() -> None:
    """Bounds are the controller's business: what can be followed is."""
    client, _ = make({"revision": 7, "policy": {"amber-grace-seconds": 1, "red-grace-seconds": 2}})
    assert await client.policy() == decide.PolicyWord(
        policy.amber_red(datetime.timedelta(seconds=1), datetime.timedelta(seconds=2))
    )


@pytest.mark.parametrize("results", [[{"revision": 0, "error": {"message": "no", "code": ""}}], [], [{}, {}]])
async def test_a_refusal_is_no_word_and_is_asked_again(
    results: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, the next call asks again, and until then it may be of any age."""
    client, fake = make(*results)
    for _ in range(2):
        assert await client.policy() == decide.PolicyWord(None, is_silent=True, place=epoch.UNSAID)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "could not be fetched, and is asked for again: " in line
    fake.answers[GET] = {"results": [{"revision": 7, "policy": SHORT_JSON}]}
    assert await client.policy() == decide.PolicyWord(SHORT)


@virtual_time.virtual
async def test_a_lost_connection_is_told() -> None:
    """A controller that does not answer is no refusal."""
    client, fake = make()
    await fake.close()
    with pytest.raises(errors.ConnectionLostError):
        await client.policy()


HEARD = "MeterStatusPolicy.ReportHeard"
SECOND = datetime.timedelta(seconds=1)


async def test_where_the_controller_is_comes_with_its_word() -> None:
    """An epoch counts before a revision; what is not there is none."""
    client, _ = make({"revision": 7, "epoch": 5, "epoch-base": 3})
    word = await client.policy()
    assert word == decide.PolicyWord(None, place=epoch.Place(5, 7))
    assert word is not None
    assert word.place is not None
    assert word.place.base == 3
    client.hear(wire.PolicyResult(4, epoch=6, epoch_base=3))
    assert await client.policy() == decide.PolicyWord(None, place=epoch.Place(6, 4))
    client.hear(wire.PolicyResult(9, epoch=5))
    assert await client.policy() == decide.PolicyWord(None, place=epoch.Place(6, 4))


async def test_a_refused_policy_says_where_the_controller_is_all_the_same() -> None:
    """And leaves what it said before in force."""
    refused = wire.Policy(20, 10)
    client, _ = make({"revision": 7, "epoch": 5, "policy": SHORT_JSON})
    await client.policy()
    client.hear(wire.PolicyResult(8, refused, epoch=5))
    assert await client.policy() == decide.PolicyWord(SHORT, place=epoch.Place(5, 8))
    first, _ = make(
        {"revision": 7, "epoch": 5, "policy": {"amber-grace-seconds": 20, "red-grace-seconds": 10}}
    )
    assert await first.policy() == decide.PolicyWord(None, is_silent=True, place=epoch.Place(5, 7))


@pytest.mark.parametrize("known", [True, False])
async def test_what_the_controller_lacks_is_said_with_each_word(known: bool) -> None:
    """Once it was told what the unit has heard."""
    client, fake = make({"revision": 7, "epoch": 5})
    fake.answers[HEARD] = {"results": [{"known": known}]}
    await client.report_heard(epoch.Place(5, 9))
    assert fake.calls[-1].params == {"reports": [{"tag": "unit-shop-0", "epoch": 5, "revision": 9}]}
    word = await client.policy()
    assert word is not None
    assert word.lacks == (None if known else epoch.Place(5, 9))


async def test_a_controller_that_takes_no_reports_lacks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """An older release of ours, or one that refuses; a lost connection is told."""
    client, fake = make({"revision": 7, "epoch": 5})
    with caplog.at_level(logging.INFO):
        await client.report_heard(epoch.Place(5, 9))
        fake.answers[HEARD] = {"results": [{"known": False, "error": {"message": "no", "code": ""}}]}
        await client.report_heard(epoch.Place(5, 9))
    assert len(caplog.records) == 2
    word = await client.policy()
    assert word is not None
    assert word.lacks is None
    await fake.close()
    with pytest.raises(errors.ConnectionLostError):
        await client.report_heard(epoch.Place(5, 9))


class TestMaintenance:
    """What is left of announced maintenance is counted from before the question."""

    class Clock:
        """Stands where a test puts it."""

        passed = 0.0

        def instant_now(self) -> offline_clock.Instant:
            return offline_clock.Instant(virtual_time.START, self.passed * SECOND, "boot")

        def now(self) -> datetime.datetime:
            return virtual_time.START

        def after(self, delay: datetime.timedelta) -> Any:
            raise NotImplementedError

    def make(self, seconds: float) -> tuple[meter_status_policy.MeterStatusPolicyClient, Any, Clock]:
        clock = self.Clock()
        answer = {"revision": 7, "epoch": 1, "maintenance-seconds": seconds}
        fake = connection.FakeAPIConnection({GET: {"results": [answer]}})
        return meter_status_policy.MeterStatusPolicyClient(fake, "unit-shop-0", clock), fake, clock

    async def left(self, client: meter_status_policy.MeterStatusPolicyClient) -> float:
        word = await client.policy()
        assert word is not None
        return word.maintenance.total_seconds()

    async def test_it_goes_by(self) -> None:
        """By the clock since boot, to nothing, without another question."""
        client, fake, clock = self.make(100)
        assert await self.left(client) == 100
        clock.passed = 30
        assert await self.left(client) == 70
        clock.passed = 101
        assert await self.left(client) == 0
        assert fake.requests() == [GET]

    async def test_an_answer_that_took_long_leaves_less(self) -> None:
        """The machine may have slept over it."""
        client, fake, clock = self.make(100)
        answer = fake.answers[GET]

        async def late(_: object) -> Any:
            clock.passed = 40
            return answer

        fake.answers[GET] = late
        assert await self.left(client) == 60

    async def test_an_event_is_a_reason_to_ask(self) -> None:
        """It may have lain there. So is one that takes it back, and none after that."""
        client, fake, _ = self.make(0)
        assert await self.left(client) == 0
        client.hear(wire.PolicyResult(8, epoch=1, maintenance_seconds=500))
        answer = {"revision": 8, "epoch": 1, "maintenance-seconds": 50}
        fake.answers[GET] = {"results": [answer]}
        assert await self.left(client) == 50
        client.hear(wire.PolicyResult(9, epoch=1))
        fake.answers[GET] = {"results": [{"revision": 9, "epoch": 1}]}
        assert await self.left(client) == 0
        client.hear(wire.PolicyResult(10, epoch=1))
        await self.left(client)
        assert fake.requests() == [GET] * 3

    async def test_an_answer_older_than_an_event_is_asked_again(self) -> None:
        """What came with the event is the newer word."""
        client, fake, _ = self.make(100)

        async def overtaken(_: object) -> Any:
            client.hear(wire.PolicyResult(9, epoch=1, maintenance_seconds=5))
            return {"results": [{"revision": 7, "epoch": 1, "maintenance-seconds": 100}]}

        fake.answers[GET] = overtaken
        assert await self.left(client) == 0
        fake.answers[GET] = {"results": [{"revision": 9, "epoch": 1, "maintenance-seconds": 5}]}
        assert await self.left(client) == 5

    @pytest.mark.parametrize(("seconds", "believed"), [(-3, 0), (1e300, 86_400), (float("nan"), 0)])
    async def test_what_cannot_be_announced_is_not_believed(self, seconds: float, believed: float) -> None:
        """Whatever the wire brings."""
        client, _, _ = self.make(seconds)
        assert await self.left(client) == believed

    async def test_without_a_clock_nothing_is_believed(self) -> None:
        """There is nothing to count it by."""
        client, _ = make({"revision": 7, "maintenance-seconds": 100})
        assert await self.left(client) == 0
