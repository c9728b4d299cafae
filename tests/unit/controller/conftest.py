"""A controller in memory for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from harness import controller_bench


@pytest.fixture
async def bench() -> AsyncIterator[controller_bench.Bench]:
    """Give a running controller with the default limits."""
    async with controller_bench.running() as made:
        yield made
