"""ports.status.StateReadWriter: one suite for the file, the controller and the fake."""

import datetime
import pathlib

import pytest

from meterstatus import errors
from meterstatus.adapters.files import state
from meterstatus.domain import policy
from meterstatus.domain import status as statuses
from meterstatus.domain.unit import offline_clock
from meterstatus.domain.unit import state as states
from meterstatus.ports import status
from meterstatus.testing import fakes


@pytest.fixture(params=["disk", "controller", "fake"])
def store(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> status.StateReadWriter:
    """An empty store of each kind."""
    if request.param == "disk":
        return state.DiskBackedState(tmp_path / "meter-status.yaml")
    if request.param == "controller":
        return state.ControllerBackedState(fakes.FakeUnitStateAPI())
    return fakes.FakeStateReadWriter()


async def test_an_empty_store_says_not_found(store: status.StateReadWriter) -> None:
    """Nothing stored is an error of its own, and no blank state."""
    with pytest.raises(errors.NotFoundError):
        await store.read()


@pytest.mark.parametrize(
    "value",
    [
        states.State(),
        states.State("AMBER", "not set"),
        states.State("", "multi\nline: 'quoted' ünïcode"),
        states.State("RED", "gone", states.Disconnected(1893456000, states.WorkerState.DONE)),
        states.State("RED", "gone", states.Disconnected()),
        states.State(
            "GREEN",
            observed=statuses.MeterStatus("RED", "over"),
            mark=offline_clock.contact(
                offline_clock.Instant(
                    datetime.datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=datetime.UTC),
                    datetime.timedelta(seconds=1.5),
                    "boot-1",
                )
            ),
            delivering=states.Delivery("d-1", statuses.MeterStatus("RED", "over"), 3),
            deliveries=7,
            policy=policy.amber_red(datetime.timedelta(seconds=1.5), datetime.timedelta(hours=1)),
        ),
    ],
)
async def test_what_is_written_is_read_back(store: status.StateReadWriter, value: states.State) -> None:
    """A state survives the store whole, with and without a disconnect record."""
    await store.write(value)
    assert await store.read() == value


async def test_a_write_replaces_the_former_state(store: status.StateReadWriter) -> None:
    """Nothing of the former state shows through."""
    await store.write(states.State("RED", "gone", states.Disconnected(1, states.WorkerState.DONE)))
    await store.write(states.State("GREEN"))
    assert await store.read() == states.State("GREEN")
