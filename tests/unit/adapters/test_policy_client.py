"""adapters.policy_client: what is asked, and which word holds."""

import datetime
import logging
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters import policy_client
from meterstatus.domain import decide, policy
from meterstatus.ports import status
from meterstatus.protocol.facades import wire
from meterstatus.testing import connection, virtual_time

GET = "MeterStatusPolicy.GetPolicy"
SHORT_JSON = {"amber-grace-seconds": 10, "red-grace-seconds": 20.5, "warning-seconds": 2}
SHORT = policy.Policy(
    datetime.timedelta(seconds=10), datetime.timedelta(seconds=20.5), datetime.timedelta(seconds=2)
)
SHORT_WIRE = wire.Policy(10, 20.5, 2)
NEVER_WIRE = wire.Policy(0, 0)
NEVER = decide.PolicyWord(policy.Policy(None, None))


def make(
    *results: dict[str, Any],
) -> tuple[policy_client.MeterStatusPolicyClient, connection.FakeAPIConnection]:
    """Return a client of a controller that answers with these results."""
    fake = connection.FakeAPIConnection({GET: {"results": list(results)}})
    return policy_client.MeterStatusPolicyClient(fake, "unit-shop-0"), fake


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
    client = policy_client.MeterStatusPolicyClient(fake, "unit-shop-0")
    for _ in range(2):
        assert await client.policy() is None
    assert fake.requests() == [GET]


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (wire.Policy(-1, 900), "AMBER after -1s"),
        (wire.Policy(20, 10), "amber grace period must be shorter than the red grace period"),
        (wire.Policy(1e300, 0), "a span of 1e+300 seconds"),
        (wire.Policy(300, 900, 300), "a warning 5m before a stage that comes after 5m"),
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
        policy.Policy(datetime.timedelta(seconds=1), datetime.timedelta(seconds=2))
    )


@pytest.mark.parametrize("results", [[{"revision": 0, "error": {"message": "no", "code": ""}}], [], [{}, {}]])
async def test_a_refusal_is_no_word_and_is_asked_again(
    results: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and the next call asks again."""
    client, fake = make(*results)
    for _ in range(2):
        assert await client.policy() is None
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
