"""Two controllers on one PostgreSQL, and agents, as real processes."""

import concurrent.futures
import dataclasses
import json
import pathlib
import time
from collections.abc import Callable, Iterator

import pytest

from harness import postgres, real_fleet, real_pair
from meterstatus.adapters.files import agent_conf, login_file
from meterstatus.domain import status
from meterstatus.programs.cli import session

UNITS = ("shop/0", "shop/1", "till/0")
Told = dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server of the test's own, which keeps what it has acknowledged."""
    with postgres.running(is_durable=True) as made:
        yield made


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, server: postgres.Server) -> Iterator[real_pair.RealPair]:
    """Two controllers that run, and an agent with three units that are GREEN.

    The second begins when the agent is connected to the first, and is heard of by both.
    """
    folder = tmp_path_factory.mktemp("pair")
    made = real_pair.RealPair(folder, server.url(server.database()))
    try:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            made.start_controller()
            charm = real_fleet.write_charm(folder / "source")
            adding = [pool.submit(made.add_unit, unit, charm, "--status", "GREEN") for unit in UNITS]
            for one in adding:
                one.result()
        made.start_agent()
        real_fleet.wait_until(lambda: all(told(made).values()), "all told")
        assert dialled(made) == {made.port}
        made.start_second()
        for login in (made.login, made.second_login):
            real_fleet.wait_until(lambda login=login: has_heard_of_both(made, login), "both are known")
        real_fleet.wait_until(lambda: dialled(made) == {made.port, made.second_port}, "agents know of both")
        yield made
    finally:
        made.stop()


def has_heard_of_both(pair: real_pair.RealPair, login: pathlib.Path) -> bool:
    """Tell whether a controller gives agents, as they log in, the address of the other as well."""

    async def ask(opened: session.Session) -> tuple[str, ...]:
        return opened.login.servers

    ports = {int(place.rpartition(":")[2]) for place in session.ask(login, session.websocket_dialer, ask)}
    return ports == {pair.port, pair.second_port}


def dialled(pair: real_pair.RealPair) -> set[int]:
    """Return the ports of the controllers that every unit's file leads to."""
    found: list[set[int]] = []
    for unit in UNITS:
        held = agent_conf.read(pair.unit_dir(unit) / "agent.conf")
        found.append({int(place.rpartition(":")[2]) for place in held.api_addresses})
    return found[0].intersection(*found)


def told(pair: real_pair.RealPair) -> Told:
    """Return what each unit's hook was told."""
    return {unit: real_fleet.told(pair.unit_dir(unit) / "charm") for unit in UNITS}


def put_all_and_wait(pair: real_pair.RealPair, login: pathlib.Path, info: str) -> None:
    """Set every unit by one controller, and wait until every hook was told."""
    for unit in UNITS:
        real_fleet.put(login, unit, "GREEN", info)
    real_fleet.wait_until(
        lambda: all(of[-1] == ("GREEN", info) for of in told(pair).values()), f"{info} told"
    )


def logged_in(pair: real_pair.RealPair, name: str) -> int:
    """Count the logins of agents at a controller."""
    return sum(" logged in" in line and " unit-" in line for line in pair.log(name).splitlines())


def test_a_rolling_restart_and_a_kill_pass_unnoticed(pair: real_pair.RealPair) -> None:
    """No hook runs for a restart or a controller killed, and a change at either reaches every agent."""
    before = told(pair)
    for stop, start, other in (
        (pair.stop_controller, pair.start_controller, "second"),
        (pair.stop_second, pair.start_second, "controller"),
    ):
        assert stop() == 0
        real_fleet.wait_until(lambda name=other: logged_in(pair, name) >= len(UNITS), "agents moved")
        start()
    assert told(pair) == before
    put_all_and_wait(pair, pair.login, "by the first")
    put_all_and_wait(pair, pair.second_login, "by the second")
    pair.kill_second()
    put_all_and_wait(pair, pair.login, "by the one that is left")
    pair.start_second()
    expected = ["by the first", "by the second", "by the one that is left"]
    for unit, words in told(pair).items():
        assert words == [*before[unit], *(("GREEN", info) for info in expected)]


def test_commands_go_on_with_the_controller_that_is_left(
    pair: real_pair.RealPair, tmp_path: pathlib.Path
) -> None:
    """One that is not named in the login file answers where the one that is was killed."""
    login, place = tmp_path / "login.yaml", f"localhost:{pair.second_port}"
    dataclasses.replace(login_file.read(pair.login), addresses=(place,)).write(login)
    pair.meterstatus("status", "--login", str(login))
    pair.kill_second()
    try:
        shown = json.loads(pair.meterstatus("status", "--format", "json", "--login", str(login)))
    finally:
        pair.start_second()
    assert set(shown["units"]) == set(UNITS)


def test_no_acknowledged_change_is_lost_with_the_database(
    pair: real_pair.RealPair, server: postgres.Server
) -> None:
    """Disconnected, killed and stopped for a while: what was acknowledged is kept, and no watcher is dead."""
    acknowledged: list[status.MeterStatus] = []
    until = time.monotonic() + 12

    def change(login: pathlib.Path, name: str) -> None:
        number = 0
        while time.monotonic() < until:
            number += 1
            info = f"{name} {number}"
            try:
                real_fleet.put(login, "shop/0", "GREEN", info)
            except Exception:  # noqa: BLE001, S112 - what was not acknowledged is no matter
                continue
            acknowledged.append(status.MeterStatus("GREEN", info))

    faults: list[Callable[[], object]] = [
        lambda: server.disconnect(pair.database),
        lambda: (server.kill(), time.sleep(1), server.start()),
        lambda: (server.stop(), time.sleep(2), server.start()),
    ]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        changing = [pool.submit(change, pair.login, "one"), pool.submit(change, pair.second_login, "two")]
        for fault in faults:
            time.sleep(1)
            fault()
        for one in changing:
            one.result()
    assert len(acknowledged) > 10
    put_all_and_wait(pair, pair.login, "afterwards by the first")
    put_all_and_wait(pair, pair.second_login, "afterwards by the second")
    kept = json.loads(pair.meterstatus("history", "--limit", "100000", "--format", "json"))["changes"]
    infos = [change["new"]["info"] for change in kept if change["action"] == "set"]
    assert {one.info for one in acknowledged} - set(infos) == set()
    ours = [info for info in infos if info.startswith(("one ", "two "))]
    assert len(ours) == len(set(ours))
    assert "AMBER" not in {code for words in told(pair).values() for code, _ in words}
