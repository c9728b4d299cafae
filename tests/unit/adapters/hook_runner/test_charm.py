"""adapters.hook_runner.charm: which script, or why none (spec worker, D.2 and B-07)."""

import pathlib
from collections.abc import Callable

import pytest

from meterstatus.adapters.hook_runner import charm
from meterstatus.domain import outcome, telling

Write = Callable[..., pathlib.Path]


def _refusal(charm_dir: pathlib.Path) -> tuple[outcome.HookResult, str]:
    chosen = charm.choose_handler(charm_dir, telling.HookKind.CHANGED)
    assert isinstance(chosen, outcome.HookOutcome)
    assert chosen.exit_status is None
    return chosen.result, chosen.detail


def _path(charm_dir: pathlib.Path) -> pathlib.Path:
    chosen = charm.choose_handler(charm_dir, telling.HookKind.CHANGED)
    assert isinstance(chosen, charm.Handler)
    return chosen.path


def test_dispatch_goes_before_the_hook(charm_dir: pathlib.Path, write_script: Write) -> None:
    """A charm with both is a dispatching one."""
    write_script("true")
    assert _path(charm_dir) == charm_dir / "hooks" / "meter-status-changed"
    write_script("true", "dispatch")
    assert _path(charm_dir) == charm_dir / "dispatch"


def test_the_markers_of_juju_are_not_asked_for(charm_dir: pathlib.Path, write_script: Write) -> None:
    """A deployed marker changes nothing."""
    write_script("true")
    (charm_dir / ".juju-charm").write_text("ch:shop-1\n")
    assert _path(charm_dir) == charm_dir / "hooks" / "meter-status-changed"


@pytest.mark.parametrize("missing", ["charm", "metadata"])
def test_a_charm_that_is_not_there_is_not_started(charm_dir: pathlib.Path, missing: str) -> None:
    """The charm may still be on its way: that is no missing hook."""
    if missing == "charm":
        charm_dir = charm_dir.with_name("absent")
    else:
        (charm_dir / "metadata.yaml").unlink()
    result, detail = _refusal(charm_dir)
    assert result is outcome.HookResult.NOT_STARTED
    assert detail.startswith("charm missing from disk")


def test_a_charm_that_is_being_unpacked_is_not_touched(charm_dir: pathlib.Path, write_script: Write) -> None:
    """Its scripts may be half there."""
    write_script("true")
    (charm_dir / ".juju-deploying").touch()
    result, detail = _refusal(charm_dir)
    assert result is outcome.HookResult.NOT_STARTED
    assert detail.endswith("is being unpacked")


def test_neither_script_is_a_missing_hook(charm_dir: pathlib.Path) -> None:
    """Nothing to run, and that is final for this charm."""
    result, detail = _refusal(charm_dir)
    assert result is outcome.HookResult.MISSING
    assert detail == f"{charm_dir}/hooks/meter-status-changed does not exist"


def test_a_dangling_link_is_absent(charm_dir: pathlib.Path) -> None:
    """Links count for what they lead to."""
    (charm_dir / "dispatch").symlink_to("nowhere")
    (charm_dir / "hooks" / "meter-status-changed").symlink_to("nowhere")
    assert _refusal(charm_dir)[0] is outcome.HookResult.MISSING


def test_a_charm_without_a_directory_of_hooks_misses_the_hook(charm_dir: pathlib.Path) -> None:
    """A file in the directory's place is as good as nothing."""
    (charm_dir / "hooks").rmdir()
    (charm_dir / "hooks").touch()
    assert _refusal(charm_dir)[0] is outcome.HookResult.MISSING


@pytest.mark.parametrize("name", ["dispatch", "hooks/meter-status-changed"])
def test_a_script_that_cannot_be_executed_is_not_started(
    charm_dir: pathlib.Path, write_script: Write, name: str
) -> None:
    """No falling back from dispatch to the hook, and no taking it for missing."""
    write_script("true")
    path = write_script("true", name, mode=0o644)
    assert _refusal(charm_dir) == (
        outcome.HookResult.NOT_STARTED,
        f"{path} cannot be executed: its mode is 0644",
    )


def test_a_directory_for_a_dispatch_is_not_started(charm_dir: pathlib.Path, write_script: Write) -> None:
    """It is there, so it speaks for the charm, and cannot be run."""
    write_script("true")
    (charm_dir / "dispatch").mkdir()
    result, detail = _refusal(charm_dir)
    assert result is outcome.HookResult.NOT_STARTED
    assert detail.endswith("it is a directory")


def test_a_charm_that_cannot_be_looked_into_is_not_started(charm_dir: pathlib.Path) -> None:
    """A loop of links is neither absent nor there."""
    (charm_dir / "dispatch").symlink_to("dispatch")
    result, detail = _refusal(charm_dir)
    assert result is outcome.HookResult.NOT_STARTED
    assert "Too many levels of symbolic links" in detail


def test_a_warning_has_a_script_of_its_own(
    charm_dir: pathlib.Path, write_script: Callable[..., pathlib.Path]
) -> None:
    """The hook that warns of a stage is another one, and missing where the charm has only Juju's."""
    write_script("true")
    missing = charm.choose_handler(charm_dir, telling.HookKind.WILL_CHANGE)
    assert isinstance(missing, outcome.HookOutcome)
    assert missing.result is outcome.HookResult.MISSING
    path = write_script("true", "hooks/meter-status-will-change")
    chosen = charm.choose_handler(charm_dir, telling.HookKind.WILL_CHANGE)
    assert isinstance(chosen, charm.Handler)
    assert chosen.path == path
