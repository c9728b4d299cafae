"""Storage over the wire: there is none."""

import pytest

from harness import controller_bench


@pytest.mark.parametrize("method", ["ListStorageDetails", "ListFilesystems", "ListVolumes"])
async def test_every_filter_finds_nothing(bench: controller_bench.Bench, method: str) -> None:
    """One empty result for each filter, as clients without Client 7 ask beside a status (8.3)."""
    client = await bench.user("reader")
    wishes: list[list[dict[str, list[str]]] | None] = [[{}], [{"machines": ["0"]}, {}], None]
    for filters in wishes:
        answer = await client.call("Storage", 6, method, {"filters": filters})
        assert answer["response"]["results"] == [{"result": []} for _ in filters or ()]
