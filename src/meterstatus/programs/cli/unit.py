"""``meterstatus unit``: add and remove units, at the controller and on this machine."""

import pathlib

import click

from meterstatus import errors
from meterstatus.domain import agent_config
from meterstatus.programs.cli import agent_files, parameters, places, session
from meterstatus.protocol import messages
from meterstatus.protocol.facades import meter_status_admin, wire


@click.group("unit")
def unit() -> None:
    """Add and remove units."""


@unit.command("add")
@click.argument("name", metavar="UNIT", type=parameters.UNIT)
@click.option("--status", "code", metavar="STATUS", type=parameters.STATUS, help="Its first status.")
@click.option("--info", metavar="TEXT", type=parameters.TEXT, default="", help="The information beside it.")
@parameters.reason_option
@parameters.agent_data_dir_option("The data directory of the agent that will serve it.")
@click.option(
    "--charm",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path),
    help="A charm to copy to its place.",
)
@parameters.login_option
@click.pass_obj
def add(
    make_dialer: session.MakeDialer,
    name: str,
    code: str | None,
    info: str,
    reason: str,
    data_dir: pathlib.Path,
    charm: pathlib.Path | None,
    login: pathlib.Path,
) -> None:
    """Add UNIT at the controller and write its agent.conf here.

    Its status is NOT SET unless --status says otherwise. Its agent is told NOT SET as AMBER "not set".
    """
    if info and code is None:
        raise click.UsageError("--info needs --status: a status that is not set has no information")
    files = agent_files.AgentFiles(data_dir, name)
    files.check_free(charm)
    request = meter_status_admin.AddUnit(name, code or "", info, reason)
    session.ask(login, make_dialer, lambda opened: _add(opened, request, files, charm))
    click.echo(f"{name} is added.")
    click.echo(f"Its agent.conf: {files.configuration}")
    if charm is None:
        click.echo(f"Put its charm in: {files.charm}")
    else:
        click.echo(f"Its charm: {files.charm}")
    click.echo(f"To serve it: meterstatus agent run --data-dir {data_dir}")


async def _add(
    opened: session.Session,
    request: meter_status_admin.AddUnit,
    files: agent_files.AgentFiles,
    charm: pathlib.Path | None,
) -> None:
    (added,) = await opened.admin.add_units([request])
    _check(added.error)
    try:
        files.write(_configuration(opened, added, files.data_dir), charm)
    except BaseException as error:
        await _take_back(opened, request.unit, error)
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


async def _take_back(opened: session.Session, name: str, reason: BaseException) -> None:
    request = meter_status_admin.RemoveUnit(name, "its agent.conf could not be written")
    try:
        (removed,) = await opened.admin.remove_units([request])
        _check(removed.error)
    except errors.MeterStatusError as error:
        raise errors.ConfigError(
            f"{reason}; {name} is left at the controller, which could not take it back: {error};"
            f" 'meterstatus unit remove {name}' removes it"
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
    left = agent_files.AgentFiles(places.agent_data_dir(), name)
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
