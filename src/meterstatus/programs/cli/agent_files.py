"""The files of one unit's agent, as the operator's commands make and remove them.

The configuration is what an agent looks for, so it is written last and removed first: an agent that runs
meanwhile never meets a unit without its charm.
"""

import contextlib
import dataclasses
import pathlib
import shutil

from meterstatus import errors
from meterstatus.adapters.files import agent_conf
from meterstatus.domain import agent_config, names
from meterstatus.runtime import made_directory

STATE_PATTERN = "*meter-status.yaml*"
"""The state file, what was set aside as damaged, and what a crash left half written."""


@dataclasses.dataclass(frozen=True, slots=True)
class AgentFiles:
    """Where one unit's files are."""

    data_dir: pathlib.Path
    """Absolute."""

    unit: str
    """The unit's name."""

    @property
    def directory(self) -> pathlib.Path:
        """The unit's own directory."""
        return self.data_dir / "agents" / names.unit_tag(self.unit)

    @property
    def configuration(self) -> pathlib.Path:
        """The file ``agent.conf``."""
        return self.directory / agent_conf.FILE_NAME

    @property
    def charm(self) -> pathlib.Path:
        """The directory that the charm belongs in."""
        return self.directory / "charm"

    def check_free(self, charm_source: pathlib.Path | None) -> None:
        """Make sure that nothing is there yet, and that what is to be copied is a charm.

        Raises:
            ConfigError: something is there, or the source is no charm.
        """
        if self.configuration.exists():
            raise errors.ConfigError(
                f"{self.configuration} exists already;"
                f" 'meterstatus unit remove {self.unit} --data-dir {self.data_dir}' removes it"
            )
        if charm_source is None:
            return
        if not (charm_source / "metadata.yaml").is_file():
            raise errors.ConfigError(f"{charm_source} is no charm: it has no metadata.yaml")
        if self.charm.exists():
            raise errors.ConfigError(f"{self.charm} exists already; remove it, or leave out --charm")

    def write(self, config: agent_config.AgentConfig, charm_source: pathlib.Path | None) -> None:
        """Copy the charm, then write the configuration; when one fails, neither is there.

        Raises:
            ConfigError: something could not be written; the text says what and why.
        """
        try:
            if charm_source is not None:
                self._copy_charm(charm_source)
            agent_conf.write(self.configuration, config)
        except BaseException:
            self.take_back(charm_source)  # its last step can fail after it is in place
            raise

    def take_back(self, charm_source: pathlib.Path | None) -> None:
        """Remove what ``write`` has written, as far as that can be; never raises."""
        with contextlib.suppress(OSError):
            self.configuration.unlink()
        if charm_source is not None:
            shutil.rmtree(self.charm, ignore_errors=True)
        self._remove_directory_if_empty()

    def _copy_charm(self, source: pathlib.Path) -> None:
        # Under another name first: an agent must not run a hook of a charm that is half there.
        partial = self.directory / ".charm.partial"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            made_directory.make(self.directory, 0o755)
            # Bits and contents only: an attribute may give whoever runs a file rights of its own.
            shutil.copytree(source, partial, symlinks=True, copy_function=shutil.copy)
            made_directory.tame(partial)
            partial.rename(self.charm)
        except shutil.Error as error:
            reasons = "; ".join(str(reason) for _, _, reason in error.args[0])
            raise errors.ConfigError(f"cannot copy the charm {source}: {reasons}") from error
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            raise errors.ConfigError(f"cannot copy the charm {source}: {reason}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def remove(self) -> bool:
        """Remove the configuration and the state, leave the charm, and tell whether there was anything.

        Raises:
            ConfigError: a file could not be removed.
        """
        state = sorted(self.directory.glob(STATE_PATTERN))
        found = False
        for path in (self.configuration, *state):
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise errors.ConfigError(f"cannot remove {path}: {error.strerror}") from error
            found = True
        self._remove_directory_if_empty()
        return found

    def _remove_directory_if_empty(self) -> None:
        with contextlib.suppress(OSError):
            self.directory.rmdir()
