"""``meterstatus juju-client``: introduce this controller to Juju's own client, and to python-libjuju."""

import os
import pathlib
import shlex

import click

from meterstatus import errors
from meterstatus.adapters.files import juju_data
from meterstatus.programs.cli import parameters, paths, session


@click.command("juju-client", short_help="Let the juju client work with this controller.")
@click.option(
    "--juju-data",
    "directory",
    metavar="DIR",
    type=parameters.DIRECTORY,
    envvar="JUJU_DATA",
    default=paths.juju_data_dir,
    show_default=paths.JUJU_DATA_SHOWN,
    show_envvar=True,
    help="Where the juju client keeps what it knows.",
)
@click.option(
    "--name",
    metavar="NAME",
    type=parameters.CONTROLLER_NAME,
    show_default=juju_data.DEFAULT_NAME,
    help="What to call the controller there.",
)
@parameters.login_option
@click.pass_obj
def juju_client(
    make_dialer: session.MakeDialer, directory: pathlib.Path, name: str | None, login: pathlib.Path
) -> None:
    """Let the juju client, and python-libjuju, work with this controller as the login file's user.

    Writes controllers.yaml, accounts.yaml and models.yaml; other controllers in them stay. The files then
    hold the user's password, as the login file does.
    """
    account = session.ask(login, make_dialer, _account, on_controller=True)
    try:
        written = juju_data.write(directory, account, name)
    except OSError as error:
        where = error.filename or directory
        raise errors.ConfigError(
            f"the juju client's files cannot be written: {where}: {error.strerror or error};"
            " --juju-data or JUJU_DATA names another directory"
        ) from error
    _tell(directory, account, written)


async def _account(opened: session.Session) -> juju_data.Account:
    file = opened.file
    access = await opened.account.access(file.user)
    found = {model.uuid: model for model in await opened.account.models(file.user)}
    if file.model not in found:
        raise errors.ConfigError(
            f'the controller does not show user "{file.user}" the model {file.model} of the login file'
        )
    return juju_data.Account(
        controller=file.controller,
        addresses=file.addresses,
        ca_certificate=file.ca_certificate,
        user=file.user,
        password=file.password,
        access=access,
        models={model.qualified_name: model.uuid for model in found.values()},
        model=found[file.model].qualified_name,
    )


def _tell(directory: pathlib.Path, account: juju_data.Account, written: juju_data.Written) -> None:
    click.echo(f'The juju client knows this controller as "{written.name}", and logs in as {account.user}.')
    for path, former in written.changed.items():
        click.echo(f"Written: {path}" + ("" if former is None else f" (before: {former})"))
    if not written.changed:
        click.echo(f"Its files in {directory} say so already.")
    elsewhere = directory != paths.juju_data_dir() and not _is_told_to_juju(directory)
    prefix = f"JUJU_DATA={shlex.quote(str(directory))} " if elsewhere else ""
    if written.is_current:
        click.echo(f"Now: {prefix}juju status")
    else:
        click.echo("Another controller is the current one there, and stays so.")
        click.echo(f"Now: {prefix}juju status -m {written.name}:{account.model}")


def _is_told_to_juju(directory: pathlib.Path) -> bool:
    told = os.environ.get("JUJU_DATA")
    return bool(told) and pathlib.Path(told).resolve() == directory
