"""testing.connection: the fake keeps the rules that the real ones keep."""

import asyncio
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.ports import connection as ports
from meterstatus.protocol import wire
from meterstatus.testing import connection, virtual_time

ENDPOINT = ports.Endpoint("10.0.0.5:17070", "/api", "PEM")


async def test_calls_are_recorded_and_answered() -> None:
    """A response, an error or a function answers; params are recorded as they would be sent."""

    async def echo(params: Any) -> Any:
        return {"echo": params}

    fake = connection.FakeAPIConnection(
        {"A.fixed": {"a": 1}, "A.error": errors.UnauthorizedError(), "A.echo": echo}
    )
    api: ports.APIConnection = fake
    assert await api.call("A", 1, "fixed") == {"a": 1}
    assert await api.call("A", 1, "echo", wire.Entity("t"), object_id="7") == {"echo": {"tag": "t"}}
    with pytest.raises(errors.UnauthorizedError):
        await api.call("A", 2, "error")
    with pytest.raises(errors.UnsupportedError):
        await api.call("A", 1, "missing")
    assert fake.requests() == ["A.fixed", "A.echo", "A.error", "A.missing"]
    assert fake.calls[1] == connection.Call("A", 1, "echo", {"tag": "t"}, "7")


@virtual_time.virtual
async def test_a_call_has_its_limit_and_ends_with_the_connection() -> None:
    """A wait ends by its limit, or by the close, after which nothing can be called."""
    fake = connection.FakeAPIConnection()
    fake.add_watcher("1")
    with pytest.raises(errors.RequestTimeoutError):
        await fake.call("NotifyWatcher", 1, "Next", object_id="1", timeout_seconds=5)
    waiting = asyncio.ensure_future(
        fake.call("NotifyWatcher", 1, "Next", object_id="1", timeout_seconds=None)
    )
    await virtual_time.settle()
    await fake.close()
    await fake.close()
    await fake.wait_closed()
    with pytest.raises(errors.ConnectionLostError):
        await waiting
    with pytest.raises(errors.ConnectionLostError):
        await fake.call("A", 1, "b")


@virtual_time.virtual
async def test_watchers_have_the_facades_rules() -> None:
    """An event is kept for the next Next; Stop ends the Next that waits; the id is unknown from then on."""
    fake = connection.FakeAPIConnection()
    fake.add_watcher("1")
    fake.fire("1")
    assert await fake.call("NotifyWatcher", 1, "Next", object_id="1") == {}
    waiting = asyncio.ensure_future(fake.call("NotifyWatcher", 1, "Next", object_id="1"))
    await virtual_time.settle()
    assert not waiting.done()
    assert await fake.call("NotifyWatcher", 1, "Stop", object_id="1") == {}
    with pytest.raises(errors.RequestError) as stopped:
        await waiting
    assert stopped.value.code == "stopped"
    for method in ("Next", "Stop"):
        with pytest.raises(errors.RequestError) as unknown:
            await fake.call("NotifyWatcher", 1, method, object_id="1")
        assert unknown.value.code == "not found"


async def test_the_dialer_gives_what_it_is_told() -> None:
    """Errors and connections come in order, the last for ever."""
    api = connection.FakeAPIConnection()
    fake = connection.FakeDialer(errors.ConnectFailedError("refused"), api)
    dialer: ports.Dialer = fake
    with pytest.raises(errors.ConnectFailedError, match="refused"):
        await dialer.dial(ENDPOINT)
    assert await dialer.dial(ENDPOINT) is api
    assert await dialer.dial(ENDPOINT) is api
    assert fake.dialled == [ENDPOINT] * 3
