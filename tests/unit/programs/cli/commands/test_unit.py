"""Adding and removing units: all or nothing."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.adapters.files import agent_conf

Type = Callable[..., Any]


@pytest.fixture
def data_dir(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a data directory that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def unit_dir(data_dir: pathlib.Path) -> pathlib.Path:
    """Give the directory of the unit shop/0."""
    return data_dir / "agents" / "unit-shop-0"


@pytest.fixture
def charm(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a charm with a hook."""
    hook = tmp_path / "source" / "hooks" / "meter-status-changed"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    (tmp_path / "source" / "metadata.yaml").write_text("name: shop\n")
    return tmp_path / "source"


@pytest.fixture
def here(operator: Any, data_dir: pathlib.Path) -> Type:
    """Give a function that types a ``unit`` command about this data directory."""
    return lambda *words: operator("unit", *words, "--data-dir", str(data_dir))


def test_writes_what_the_agent_needs(here: Type, unit_dir: pathlib.Path, data_dir: pathlib.Path) -> None:
    """The agent's file names the unit, its controller and every address, and no place but its own."""
    answer = here("add", "shop/0")
    config = agent_conf.read(unit_dir / "agent.conf")
    assert answer.exit_status == 0
    assert str(unit_dir / "charm") in answer.out
    assert config.unit_name == "shop/0"
    assert config.old_password == "secret-of-unit"
    assert config.api_addresses == ("127.0.0.1:17070", "[::1]:17070", "10.0.0.9:17070")
    assert config.values == {"MODEL_NAME": "default"}
    assert config.upgraded_to_version == "3.6.0"
    kept_in = (config.data_dir, config.log_dir, config.transient_data_dir, config.metrics_spool_dir)
    assert all(pathlib.Path(place).is_relative_to(data_dir) for place in kept_in)
    assert "secret" not in answer.out + answer.err


def test_adds_with_a_first_status(here: Type, controller: Any) -> None:
    """A unit can begin with a status of its own."""
    here("add", "shop/0", "--status", "green", "--info", "paid", "--reason", "new")
    assert (controller.units["shop/0"].code, controller.units["shop/0"].info) == ("GREEN", "paid")
    assert controller.changes[0].reason == "new"


def test_copies_the_charm(here: Type, charm: pathlib.Path, unit_dir: pathlib.Path) -> None:
    """The charm is in its place, and its hook can still be executed."""
    assert here("add", "shop/0", "--charm", str(charm)).exit_status == 0
    hook = unit_dir / "charm" / "hooks" / "meter-status-changed"
    assert hook.stat().st_mode & 0o111
    assert sorted(path.name for path in unit_dir.iterdir()) == ["agent.conf", "charm"]


@pytest.mark.parametrize(
    ("words", "exit_status"),
    [
        (("add", "shop"), 2),
        (("add", "shop/0", "--status", "BLUE"), 2),
        (("add", "shop/0", "--info", "x"), 2),
        (("add", "shop/0", "--charm", "/nowhere"), 2),
        (("add", "shop/0", "--charm", "/"), 1),
    ],
)
def test_refuses_before_anything_is_done(
    here: Type, controller: Any, data_dir: pathlib.Path, words: tuple[str, ...], exit_status: int
) -> None:
    """What cannot be is refused with one line, and neither the controller nor the disk is touched."""
    answer = here(*words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (exit_status, "", 1)
    assert controller.dialled == []
    assert not data_dir.exists()


def test_keeps_a_configuration_that_is_there(here: Type, controller: Any, unit_dir: pathlib.Path) -> None:
    """An agent.conf that exists already is refused before the controller is asked."""
    here("add", "shop/0")
    before = (unit_dir / "agent.conf").read_bytes()
    dialled = len(controller.dialled)
    answer = here("add", "shop/0")
    assert answer.exit_status == 1
    assert "unit remove shop/0" in answer.err
    assert (unit_dir / "agent.conf").read_bytes() == before
    assert len(controller.dialled) == dialled


def test_keeps_a_charm_that_is_there(
    here: Type, controller: Any, charm: pathlib.Path, unit_dir: pathlib.Path
) -> None:
    """A charm that exists already is not overwritten."""
    (unit_dir / "charm").mkdir(parents=True)
    assert here("add", "shop/0", "--charm", str(charm)).exit_status == 1
    assert controller.dialled == []


def test_takes_the_unit_back_when_its_file_cannot_be_written(
    here: Type, controller: Any, data_dir: pathlib.Path
) -> None:
    """A failure that only shows when writing is undone at the controller too, and says why."""
    data_dir.mkdir()
    (data_dir / "agents").write_text("in the way")
    answer = here("add", "shop/0")
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert [change.action for change in controller.changes] == ["add", "remove"]
    assert controller.units == {}


def test_a_charm_that_cannot_be_copied_leaves_nothing(
    here: Type, controller: Any, charm: pathlib.Path, unit_dir: pathlib.Path
) -> None:
    """A charm that cannot be copied whole leaves neither a part of it nor the unit."""
    os.mkfifo(charm / "pipe")
    answer = here("add", "shop/0", "--charm", str(charm))
    assert (answer.exit_status, answer.err.count("\n")) == (1, 1)
    assert "cannot copy the charm" in answer.err
    assert not unit_dir.exists()
    assert controller.units == {}


def test_copies_links_as_they_are(here: Type, charm: pathlib.Path, unit_dir: pathlib.Path) -> None:
    """A link in a charm stays a link, also one that leads nowhere yet."""
    (charm / "later").symlink_to("/nowhere/at/all")
    assert here("add", "shop/0", "--charm", str(charm)).exit_status == 0
    assert (unit_dir / "charm" / "later").is_symlink()


def test_says_what_is_left_when_it_cannot_be_undone(
    here: Type, controller: Any, data_dir: pathlib.Path
) -> None:
    """Where the controller does not take the unit back, both failures and the way out are named."""
    data_dir.mkdir()
    (data_dir / "agents").write_text("in the way")
    controller.refused = "RemoveUnits"
    answer = here("add", "shop/0")
    assert answer.exit_status == 1
    assert "the disk is full" in answer.err
    assert "'meterstatus unit remove shop/0' removes it" in answer.err
    assert answer.err.count("\n") == 1


def test_says_that_it_does_not_know(here: Type, controller: Any, unit_dir: pathlib.Path) -> None:
    """Where the answer is lost, nothing is claimed and nothing is written."""
    controller.lost_after = "AddUnits"
    answer = here("add", "shop/0")
    assert answer.exit_status == 3
    assert "it may have been done" in answer.err
    assert not unit_dir.exists()


def test_a_unit_that_exists_is_left_alone(here: Type, controller: Any, unit_dir: pathlib.Path) -> None:
    """Adding a unit that the controller has already changes nothing, there or here."""
    here("add", "shop/0", "--status", "GREEN")
    (unit_dir / "agent.conf").unlink()
    answer = here("add", "shop/0")
    assert answer.exit_status == 1
    assert answer.err == 'meterstatus: unit "shop/0" already exists\n'
    assert controller.units["shop/0"].code == "GREEN"
    assert not (unit_dir / "agent.conf").exists()


def test_removes_the_unit_and_its_files(
    here: Type, controller: Any, unit_dir: pathlib.Path, charm: pathlib.Path
) -> None:
    """The configuration and the state go, the charm stays."""
    here("add", "shop/0", "--charm", str(charm))
    (unit_dir / "meter-status.yaml").write_text("status-code: RED\n")
    answer = here("remove", "shop/0", "--reason", "moved")
    assert answer.exit_status == 0
    assert controller.changes[-1].reason == "moved"
    assert [path.name for path in unit_dir.iterdir()] == ["charm"]


def test_removing_can_be_finished(here: Type, controller: Any, unit_dir: pathlib.Path) -> None:
    """Where a former try removed the unit only at the controller, the files go all the same."""
    here("add", "shop/0")
    controller.units.clear()
    answer = here("remove", "shop/0")
    assert answer.exit_status == 0
    assert answer.out.startswith("The controller does not know shop/0.\n")
    assert not unit_dir.exists()


def test_removing_what_is_nowhere_fails(here: Type) -> None:
    """A unit that neither the controller nor this machine knows is a failure."""
    answer = here("remove", "shop/0")
    assert (answer.exit_status, answer.out) == (1, "")
    assert 'unit "shop/0" not found' in answer.err


def test_removing_without_a_controller_touches_nothing(
    here: Type, controller: Any, unit_dir: pathlib.Path
) -> None:
    """Where the controller cannot be reached, the files stay."""
    here("add", "shop/0")
    controller.unreachable = OSError(113, "No route to host")
    assert here("remove", "shop/0").exit_status == 1
    assert (unit_dir / "agent.conf").exists()


def test_removes_only_at_the_controller_where_no_directory_is_given(
    operator: Any, here: Type, unit_dir: pathlib.Path
) -> None:
    """Without --data-dir no file is touched."""
    here("add", "shop/0")
    assert operator("unit", "remove", "shop/0").exit_status == 0
    assert (unit_dir / "agent.conf").exists()


def test_adds_many_by_one_command(
    here: Type, controller: Any, charm: pathlib.Path, data_dir: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Those named and those of a list, each once, a hundred at a time, with a charm each."""
    listed = tmp_path / "units"
    more = [f"shop/{number}" for number in range(150)]
    listed.write_text("\n".join(["# the fleet", "", *more, "  shop/3  # again"]), encoding="utf-8")
    answer = here("add", "web/0", "shop/0", "--file", str(listed), "--charm", str(charm), "--status", "GREEN")
    assert answer.out == (
        "151 units are added.\n"
        f"Their agent.conf: {data_dir}/agents/unit-*/agent.conf\n"
        f"Their charm: {data_dir}/agents/unit-*/charm\n"
        f"To serve them: meterstatus agent run --data-dir {data_dir}\n"
    )
    assert list(controller.units) == ["web/0", *more]
    assert {held.code for held in controller.units.values()} == {"GREEN"}
    assert controller.added_at_once == [100, 51]
    for path in data_dir.glob("agents/*"):
        assert (path / "charm" / "metadata.yaml").is_file()
        assert agent_conf.read(path / "agent.conf").tag == path.name


def test_adds_all_or_none(here: Type, controller: Any, charm: pathlib.Path, data_dir: pathlib.Path) -> None:
    """Where one is there already, or its files cannot be made, nothing is left of the others."""
    here("add", "shop/1")
    (data_dir / "agents" / "unit-shop-1" / "agent.conf").unlink()
    answer = here("add", "shop/0", "shop/1", "shop/2", "--charm", str(charm))
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == 'meterstatus: unit "shop/1" already exists\n'
    assert list(controller.units) == ["shop/1"]
    (data_dir / "agents" / "unit-web-0").write_text("no directory")
    answer = here("add", "shop/0", "web/0", "--charm", str(charm))
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert list(controller.units) == ["shop/1"]
    assert not (data_dir / "agents" / "unit-shop-0").exists()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "name a UNIT, or several, or a --file of them"),
        (b"shop/0\n\nshop\n", 'line 3 of the --file: "shop" is not a valid unit, which looks like shop/0'),
        (b"\xff\xfe", "the --file is no list of units: it is not UTF-8"),
    ],
)
def test_refuses_a_list_that_is_none(
    here: Type, controller: Any, tmp_path: pathlib.Path, text: bytes, line: str
) -> None:
    """With the line, before the controller hears of it."""
    listed = tmp_path / "units"
    listed.write_bytes(text)
    answer = here("add", "--file", str(listed))
    assert answer.err == f"meterstatus unit add: {line} (see 'meterstatus unit add --help')\n"
    assert (answer.exit_status, controller.dialled) == (2, [])
    assert here("add").exit_status == 2
