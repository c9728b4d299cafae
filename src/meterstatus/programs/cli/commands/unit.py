"""``meterstatus unit``: add and remove units, at the controller and on this machine."""

import pathlib
from collections.abc import Iterator, Sequence
from typing import TextIO

import click

from meterstatus import errors
from meterstatus.domain import agent_config
from meterstatus.programs.cli import agent_files, parameters, paths, session
from meterstatus.protocol import messages, wire
from meterstatus.protocol.facades import meter_status_admin

AT_ONCE = 100
"""How many units a call adds or removes: each gets a password, which takes the controller a moment."""


@click.group("unit")
def unit() -> None:
    """Add and remove units."""


@unit.command("add")
@click.argument("unit_names", metavar="[UNIT]...", type=parameters.UNIT, nargs=-1)
@click.option(
    "--file",
    "listed",
    metavar="FILE",
    type=click.File(encoding="utf-8"),
    help="A list of more units, one in each line; - is standard input.",
)
@click.option("--status", "code", metavar="STATUS", type=parameters.STATUS, help="Their first status.")
@click.option("--info", metavar="TEXT", type=parameters.TEXT, default="", help="The information beside it.")
@parameters.reason_option
@parameters.agent_data_dir_option("The data directory of the agent that will serve them.")
@click.option(
    "--charm",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path),
    help="A charm to copy to its place.",
)
@parameters.login_option
@click.pass_context
def add(
    context: click.Context,
    unit_names: tuple[str, ...],
    listed: TextIO | None,
    code: str | None,
    info: str,
    reason: str,
    data_dir: pathlib.Path,
    charm: pathlib.Path | None,
    login: pathlib.Path,
) -> None:
    """Add every UNIT at the controller and write its agent.conf here, all or none.

    Their status is NOT SET unless --status says otherwise. An agent is told NOT SET as AMBER "not set".
    """
    if info and code is None:
        raise click.UsageError("--info needs --status: a status that is not set has no information")
    every = dict.fromkeys((*unit_names, *_listed(context, listed)))
    if not every:
        raise click.UsageError("name a UNIT, or several, or a --file of them")
    places_of = [agent_files.AgentFiles(data_dir, name) for name in every]
    for files in places_of:
        files.check_free(charm)
    requests = [meter_status_admin.AddUnit(name, code or "", info, reason) for name in every]
    session.ask(login, context.obj, lambda opened: _add(opened, requests, places_of, charm))
    _tell_added(places_of, charm, data_dir)


def _listed(context: click.Context, listed: TextIO | None) -> Iterator[str]:
    """Read the names of a list; empty lines, and what follows a #, are no names."""
    try:
        lines = [] if listed is None else listed.read().splitlines()
    except UnicodeDecodeError as error:
        raise click.UsageError("the --file is no list of units: it is not UTF-8") from error
    for number, line in enumerate(lines, 1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        try:
            yield parameters.UNIT.convert(name, None, context)
        except click.UsageError as error:
            raise click.UsageError(f"line {number} of the --file: {error.message}") from error


def _tell_added(
    places_of: Sequence[agent_files.AgentFiles], charm: pathlib.Path | None, data_dir: pathlib.Path
) -> None:
    first = places_of[0]
    is_one = len(places_of) == 1
    its, where = ("its", first.directory) if is_one else ("their", first.directory.parent / "unit-*")
    click.echo(f"{first.unit} is added." if is_one else f"{len(places_of)} units are added.")
    click.echo(f"{its.capitalize()} agent.conf: {where / first.configuration.name}")
    if charm is None:
        click.echo(f"Put {its} charm in: {where / first.charm.name}")
    else:
        click.echo(f"{its.capitalize()} charm: {where / first.charm.name}")
    click.echo(f"To serve {'it' if is_one else 'them'}: meterstatus agent run --data-dir {data_dir}")


async def _add(
    opened: session.Session,
    requests: Sequence[meter_status_admin.AddUnit],
    places_of: Sequence[agent_files.AgentFiles],
    charm: pathlib.Path | None,
) -> None:
    added: list[tuple[meter_status_admin.AddUnitResult, agent_files.AgentFiles]] = []
    written: list[agent_files.AgentFiles] = []
    try:
        for start in range(0, len(requests), AT_ONCE):
            results = await opened.admin.add_units(requests[start : start + AT_ONCE])
            answered = list(zip(results, places_of[start : start + AT_ONCE], strict=True))
            added += [each for each in answered if each[0].error is None]
            for result, _ in answered:
                _check(result.error)
        for result, files in added:
            files.write(_configuration(opened, result, files.data_dir), charm)
            written.append(files)
    except errors.OutcomeUnknownError:
        raise  # nobody knows what there is to take back
    except BaseException as error:
        for files in written:
            files.take_back(charm)
        await _take_back(opened, [files.unit for _, files in added], error)
        raise


def _check(error: wire.Error | None) -> None:
    if error is not None:
        raise messages.to_error(error.message, error.code, error.info)


def _configuration(
    opened: session.Session, added: meter_status_admin.AddUnitResult, data_dir: pathlib.Path
) -> agent_config.AgentConfig:
    # Those of the login file come first: they have just been proved from here.
    addresses = dict.fromkeys((*opened.file.addresses, *opened.login.servers))
    return agent_config.AgentConfig(
        tag=added.tag,
        controller=f"controller-{opened.file.controller}",
        model=f"model-{opened.file.model}",
        upgraded_to_version=opened.login.server_version,
        data_dir=str(data_dir),
        log_dir=str(data_dir / "log"),
        transient_data_dir=str(data_dir / "run"),
        metrics_spool_dir=str(data_dir / "metricspool"),
        api_addresses=tuple(addresses),
        ca_certificate=opened.file.ca_certificate,
        old_password=added.password,
        values={"MODEL_NAME": opened.file.model_name},
    )


async def _take_back(opened: session.Session, added: Sequence[str], reason: BaseException) -> None:
    requests = [
        meter_status_admin.RemoveUnit(name, "not all that was asked for could be done") for name in added
    ]
    try:
        for start in range(0, len(requests), AT_ONCE):
            for removed in await opened.admin.remove_units(requests[start : start + AT_ONCE]):
                _check(removed.error)
    except errors.MeterStatusError as error:
        whose = added[0] if len(added) == 1 else f"some of {', '.join(added)}"
        raise errors.ConfigError(
            f"{reason}; {whose} is left at the controller, which could not take it back: {error};"
            f" 'meterstatus unit remove {added[0]}' removes it"
        ) from reason


@unit.command("remove")
@click.argument("name", metavar="UNIT", type=parameters.UNIT)
@parameters.reason_option
@click.option(
    "--data-dir",
    metavar="DIR",
    type=parameters.DIRECTORY,
    help="The data directory of its agent here: remove its agent.conf and state there too.",
)
@parameters.login_option
@click.pass_obj
def remove(
    make_dialer: session.MakeDialer,
    name: str,
    reason: str,
    data_dir: pathlib.Path | None,
    login: pathlib.Path,
) -> None:
    """Remove UNIT at the controller and, with --data-dir, its files here; a charm stays."""
    files = None if data_dir is None else agent_files.AgentFiles(data_dir, name)
    known = session.ask(login, make_dialer, lambda opened: _remove(opened, name, reason, files))
    if known:
        click.echo(f"{name} is removed at the controller.")
    else:
        click.echo(f"The controller does not know {name}.")
    if files is not None:
        done = "are removed" if files.remove() else "were not there"
        click.echo(f"Its agent.conf and state in {files.directory} {done}.")
        return
    left = agent_files.AgentFiles(paths.agent_data_dir(), name)
    if left.configuration.exists():
        click.echo(f"Its agent.conf is still here; --data-dir {left.data_dir} removes it too.", err=True)


async def _remove(
    opened: session.Session, name: str, reason: str, files: agent_files.AgentFiles | None
) -> bool:
    """Remove it and return True; False where it is not known but has files left from a former try."""
    try:
        (removed,) = await opened.admin.remove_units([meter_status_admin.RemoveUnit(name, reason)])
        _check(removed.error)
    except errors.RequestError as error:
        if error.code == errors.NotFoundError.code and files is not None and files.configuration.exists():
            return False
        raise session.hinted(error) from error
    return True
