"""charm_ops: meter status as events of the real ``ops``, deferred ones included."""

import pathlib
import subprocess
import sys

import ops
import pytest
from ops import storage

from meterstatus import charm, charm_ops

JUJUS = {"JUJU_DISPATCH_PATH": "hooks/meter-status-changed"}


class ShopCharm(ops.CharmBase):
    """Writes down what it is told, and defers when it is busy."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.seen: list[charm.Told] = []
        self.is_busy = False
        self.meter = charm_ops.MeterStatusObserver(self)
        framework.observe(self.meter.on.changed, self._on_changed)
        framework.observe(self.meter.on.will_change, self._on_changed)

    def _on_changed(self, event: charm_ops.MeterStatusEvent) -> None:
        self.seen.append(event.told)
        if self.is_busy:
            event.defer()


class Machine:
    """Runs a charm's hooks one after another on one store, as ``ops.main`` does in a process for each."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch
        self.is_busy = False

    def _start(self) -> ShopCharm:
        store = storage.SQLiteStorage(self._folder / ".unit-state.db")
        meta = ops.CharmMeta.from_yaml("name: shop")
        # No model: there is none in this hook.
        framework = ops.Framework(store, self._folder, meta, None)  # pyright: ignore[reportArgumentType]
        started = ShopCharm(framework)
        started.is_busy = self.is_busy
        return started

    def tell(self, told: charm.Told) -> list[charm.Told]:
        """Run the hook; deferred events do not come back in it."""
        started = self._start()
        with self._monkeypatch.context() as patch:
            for name, text in {**told.variables(), **JUJUS}.items():
                patch.setenv(name, text)
            getattr(started.on, "meter_status_changed").emit()  # noqa: B009 - defined at run time
        return self._end(started)

    def run_another_hook(self) -> tuple[list[charm.Told], charm.Told | None]:
        """Run a hook in which deferred events come back; give what came, and what it knows was told last."""
        started = self._start()
        started.framework.reemit()
        newest = started.meter.told
        return self._end(started), newest

    def _end(self, started: ShopCharm) -> list[charm.Told]:
        started.framework.commit()
        started.framework.close()
        return started.seen


@pytest.fixture
def machine(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with the charm on it."""
    return Machine(tmp_path, monkeypatch)


RED = charm.Told(charm.Status.RED, "over", delivery_id="1", attempt=1, origin=charm.Origin.CONTROLLER)
GREEN = charm.Told(charm.Status.GREEN, "ok", delivery_id="2", attempt=1, origin=charm.Origin.CONTROLLER)


def test_a_charm_is_called_once_for_each_word(machine: Machine) -> None:
    """Each run of the hook is one event, with all that was told; the same word again is another run."""
    assert [machine.tell(told) for told in (RED, GREEN, GREEN)] == [[RED], [GREEN], [GREEN]]


def test_a_warning_is_another_event(machine: Machine) -> None:
    """It is told from news, and is not what was told last."""
    warning = charm.Told(charm.Status.GREEN, "ok", hook=charm.WILL_CHANGE)
    machine.tell(RED)
    assert machine.tell(warning) == [warning]
    assert machine.run_another_hook() == ([], RED)


def test_a_deferred_event_comes_back_with_its_value(machine: Machine) -> None:
    """It does so in each hook that brings events back, until the charm takes it."""
    machine.is_busy = True
    assert machine.tell(RED) == [RED]
    assert machine.run_another_hook() == ([RED], RED)
    machine.is_busy = False
    assert machine.run_another_hook() == ([RED], RED)
    assert machine.run_another_hook() == ([], RED)


def test_a_deferred_event_brings_no_old_status_back(machine: Machine) -> None:
    """RED was put off and GREEN was told meanwhile: what comes back is GREEN."""
    machine.is_busy = True
    machine.tell(RED)
    machine.is_busy = False
    machine.tell(GREEN)
    assert machine.run_another_hook() == ([GREEN], GREEN)


def test_a_word_that_waits_already_is_told_again(machine: Machine) -> None:
    """Under a Juju agent two words may be equal to the letter; ops would take the second for the first."""
    red = charm.Told(charm.Status.RED, "over")
    machine.is_busy = True
    machine.tell(red)
    machine.is_busy = False
    assert machine.tell(red) == [red]


def test_a_warning_that_was_put_off_comes_back_as_it_was(machine: Machine) -> None:
    """It says what was near, which no later word replaces."""
    warning = charm.Told(charm.Status.GREEN, "ok", hook=charm.WILL_CHANGE)
    machine.is_busy = True
    machine.tell(warning)
    machine.is_busy = False
    machine.tell(RED)
    assert machine.run_another_hook() == ([warning], RED)


def test_before_the_first_word_there_is_none(machine: Machine) -> None:
    """A hook that comes before it, such as install, finds nothing."""
    assert machine.run_another_hook() == ([], None)


def test_an_event_of_the_same_name_is_taken_over(tmp_path: pathlib.Path) -> None:
    """Another library of the charm may have defined it, or ops may one day: two observers are no error."""

    class TwiceCharm(ShopCharm):
        def __init__(self, framework: ops.Framework) -> None:
            super().__init__(framework)
            self.again = charm_ops.MeterStatusObserver(self, "again")

    store = storage.SQLiteStorage(tmp_path / ".unit-state.db")
    meta = ops.CharmMeta.from_yaml("name: shop")
    framework = ops.Framework(store, tmp_path, meta, None)  # pyright: ignore[reportArgumentType]
    assert TwiceCharm(framework).again.told is None
    framework.close()


CHARM = """
import sys

import ops

from meterstatus import charm_ops


class ShopCharm(ops.CharmBase):
    def __init__(self, framework):
        super().__init__(framework)
        self.meter = charm_ops.MeterStatusObserver(self)
        framework.observe(self.meter.on.changed, self._on_changed)

    def _on_changed(self, event):
        print(event.told.status, event.told.info)


ops.main(ShopCharm)
"""


def test_ops_itself_emits_it(tmp_path: pathlib.Path) -> None:
    """``ops.main`` of the installed release runs the charm through to the event, and ends well."""
    (tmp_path / "metadata.yaml").write_text("name: shop\n")
    tool = tmp_path / "juju-log"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", CHARM],
        env={
            **RED.variables(),
            **JUJUS,
            "JUJU_CHARM_DIR": str(tmp_path),
            "JUJU_UNIT_NAME": "shop/0",
            "JUJU_VERSION": "3.6.1",
            "PATH": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "RED over\n"), done.stderr
