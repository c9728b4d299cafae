"""adapters.hook_runner.charm: which script, or why none (spec worker, D.2 and B-07)."""

import pathlib
from collections.abc import Callable

import pytest

from meterstatus.adapters.hook_runner import charm
from meterstatus.domain.hook import hook_call, outcome

Write = Callable[..., pathlib.Path]


def _refusal(charm_dir: pathlib.Path) -> tuple[outcome.HookResult, str]:
    chosen = charm.choose_handler(charm_dir, hook_call.HookKind.CHANGED)
    assert isinstance(chosen, outcome.HookOutcome)
    assert chosen.exit_status is None
    return chosen.result, chosen.detail


def _path(charm_dir: pathlib.Path) -> pathlib.Path:
    chosen = charm.choose_handler(charm_dir, hook_call.HookKind.CHANGED)
    assert isinstance(chosen, charm.Handler)
    return chosen.path


def test_dispatch_goes_before_the_hook(charm_dir: pathlib.Path, write_script: Write) -> None:
    """A charm with both is a dispatching one."""
    write_script("true")
    assert _path(charm_dir) == charm_dir / "hooks" / "meter-status-changed"
    write_script("true", "dispatch")
    assert _path(charm_dir) == charm_dir / "dispatch"


def test_where_juju_deploys_its_marker_is_waited_for(charm_dir: pathlib.Path, write_script: Write) -> None:
    """Until Juju's deployer has written it the charm is not whole (B-07)."""
    write_script("true")
    (charm_dir.parent / "state" / "deployer").mkdir(parents=True)
    result, detail = _refusal(charm_dir)
    assert result is outcome.HookResult.NOT_STARTED
    assert detail.endswith("is not deployed yet: Juju has not written .juju-charm")
    (charm_dir / ".juju-charm").write_text("ch:shop-1\n")
    assert _path(charm_dir) == charm_dir / "hooks" / "meter-status-changed"


def test_a_plain_directory_is_a_charm_too(charm_dir: pathlib.Path, write_script: Write) -> None:
    """Where no deployer of Juju's is at work there is no marker of its to wait for."""
    write_script("true")
    (charm_dir.parent / "state").mkdir()
    assert charm.awaited(charm_dir) == ""
    assert _path(charm_dir) == charm_dir / "hooks" / "meter-status-changed"


def test_a_charm_that_has_not_started_or_has_stopped_holds_its_status_back(
    charm_dir: pathlib.Path, write_script: Write
) -> None:
    """It ships the file, its start removes it, and its stop makes it again (B-08)."""
    write_script("true")
    hold = charm_dir / ".meter-status-hold"
    hold.touch()
    assert _refusal(charm_dir) == (
        outcome.HookResult.NOT_STARTED,
        f"the charm holds its meter status back: {hold} is there",
    )
    hold.unlink()
    assert charm.awaited(charm_dir) == ""
    hold.touch()
    assert _refusal(charm_dir)[0] is outcome.HookResult.NOT_STARTED


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


def test_a_charm_that_cannot_be_looked_into_is_not_waited_for(charm_dir: pathlib.Path) -> None:
    """That is a fault, which the attempt to run the hook reports."""
    (charm_dir / "metadata.yaml").unlink()
    (charm_dir / "metadata.yaml").symlink_to("metadata.yaml")
    assert charm.awaited(charm_dir) == ""
    assert "Too many levels of symbolic links" in _refusal(charm_dir)[1]


def test_a_warning_does_not_go_to_dispatch(charm_dir: pathlib.Path, write_script: Write) -> None:
    """A dispatch speaks of Juju's hooks; ops, which does not know this one for restricted, fails at it."""
    write_script("true", "dispatch")
    missing = charm.choose_handler(charm_dir, hook_call.HookKind.WILL_CHANGE)
    assert isinstance(missing, outcome.HookOutcome)
    assert missing.result is outcome.HookResult.MISSING
    path = write_script("true", "hooks/meter-status-will-change")
    assert charm.choose_handler(charm_dir, hook_call.HookKind.WILL_CHANGE) == charm.Handler(
        path, "by the hook's own script"
    )


def test_a_warning_has_a_script_of_its_own(
    charm_dir: pathlib.Path, write_script: Callable[..., pathlib.Path]
) -> None:
    """The hook that warns of a stage is another one, and missing where the charm has only Juju's."""
    write_script("true")
    missing = charm.choose_handler(charm_dir, hook_call.HookKind.WILL_CHANGE)
    assert isinstance(missing, outcome.HookOutcome)
    assert missing.result is outcome.HookResult.MISSING
    path = write_script("true", "hooks/meter-status-will-change")
    chosen = charm.choose_handler(charm_dir, hook_call.HookKind.WILL_CHANGE)
    assert isinstance(chosen, charm.Handler)
    assert chosen.path == path


def test_any_other_reason_is_the_kernels(charm_dir: pathlib.Path) -> None:
    """A script that went meanwhile, one that cannot be read, and a right that is missing."""
    path = charm_dir / "hooks" / "meter-status-changed"
    absent = charm.why_not_started(path, FileNotFoundError(2, "No such file or directory"))
    assert absent == f"cannot start {path}: No such file or directory"
    path.mkdir()
    refused = charm.why_not_started(path, PermissionError(13, "Permission denied"))
    assert refused == f"cannot start {path}: Permission denied"
