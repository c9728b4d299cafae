"""adapters.websocket_client.connecting: the first address that answers, and no socket left behind."""

import asyncio
import contextlib
import gc
import socket
import warnings
from collections.abc import Generator, Iterator

import pytest

from meterstatus.adapters.websocket_client import connecting
from meterstatus.runtime import resolving

V4 = socket.AF_INET


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def at(listener: socket.socket) -> resolving.Address:
    return V4, listener.getsockname()


@contextlib.contextmanager
def refusing() -> Generator[resolving.Address]:
    """An address that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield V4, bound.getsockname()


@contextlib.contextmanager
def silent() -> Generator[resolving.Address]:
    """An address that does not answer: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        for _ in range(3):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filling.connect(full.getsockname())
        yield V4, full.getsockname()


async def test_connects_to_the_only_address(listener: socket.socket) -> None:
    """Most hosts have one."""
    with await connecting.connect([at(listener)]) as made:
        assert made.getpeername() == listener.getsockname()


async def test_goes_on_at_once_where_one_refuses(listener: socket.socket) -> None:
    """No head start is left to wait for."""
    with refusing() as nobody, await connecting.connect([nobody, at(listener)]) as made:
        assert made.getpeername() == listener.getsockname()


async def test_goes_on_after_the_head_start_where_one_is_silent(listener: socket.socket) -> None:
    """And what was begun in vain is closed."""
    gc.collect()  # what other tests have left
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        with silent() as nobody, await connecting.connect([nobody, at(listener)]) as made:
            assert made.getpeername() == listener.getsockname()
        await asyncio.sleep(0)
        gc.collect()
    assert [str(one.message) for one in complaints if one.category is ResourceWarning] == []


async def test_says_why_the_first_failed_where_all_did() -> None:
    """The order is that of the look-up, whose first is the best."""
    with refusing() as one, refusing() as other, pytest.raises(ConnectionRefusedError):
        await connecting.connect([one, other])


async def test_a_host_without_addresses_fails() -> None:
    """A look-up may find none."""
    with pytest.raises(OSError, match="no address"):
        await connecting.connect([])


async def test_cancelled_at_any_step_it_leaves_no_socket(listener: socket.socket) -> None:
    """Also where it has just won, which asyncio's own race does not see to."""
    gc.collect()  # what other tests have left
    with warnings.catch_warnings(record=True) as complaints, refusing() as nobody:
        warnings.simplefilter("always")
        for steps in range(8):
            dialling = asyncio.ensure_future(connecting.connect([nobody, at(listener), at(listener)]))
            for _ in range(steps):
                await asyncio.sleep(0)
            dialling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                (await dialling).close()
            await asyncio.sleep(0)
        gc.collect()
    assert [str(one.message) for one in complaints if one.category is ResourceWarning] == []
