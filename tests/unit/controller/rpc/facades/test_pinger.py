"""An agent that pings is there (spec juju-api, 3)."""

import datetime

from harness import controller_bench


async def test_pings_keep_an_agent(bench: controller_bench.Bench) -> None:
    """An agent that pings stays; after Pinger.Stop it stays without (spec juju-api, 3)."""
    client = await bench.agent()
    for _ in range(5):
        await bench.clock.advance(datetime.timedelta(minutes=2))
        assert await client.call("Pinger", 1, "Ping") == {"response": {}}
    assert await client.call("Pinger", 1, "Stop") == {"response": {}}
    await bench.clock.advance(datetime.timedelta(minutes=30))
    assert not client.peer.closed
