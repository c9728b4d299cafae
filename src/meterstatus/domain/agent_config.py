"""One unit agent's configuration, the content of ``agent.conf`` (spec juju-api, 10).

The value only. ``adapters.files.agent_conf`` reads and writes the file; paths are text here because the core
touches no file system.
"""

import dataclasses
from collections.abc import Mapping

from meterstatus import errors
from meterstatus.domain import names


@dataclasses.dataclass(frozen=True, slots=True)
class AgentConfig:
    """What a unit's agent knows from its file.

    Raises:
        NotValidError: the tag, controller or model is no tag of its kind.
    """

    tag: str
    """The agent's own tag, ``unit-shop-0``; other kinds are read, and refused by the status worker."""

    controller: str
    """The controller's tag."""

    model: str
    """The model's tag."""

    upgraded_to_version: str
    """What hooks see as JUJU_VERSION."""

    data_dir: str = "/var/lib/juju"
    log_dir: str = "/var/log/juju"
    transient_data_dir: str = "/var/run/juju"
    metrics_spool_dir: str = "/var/lib/juju/metricspool"
    nonce: str = "unused"
    api_addresses: tuple[str, ...] = ()
    """``host:port`` each; empty means that no connection is ever attempted."""

    ca_certificate: str = ""
    """The one CA to trust, PEM."""

    api_password: str = dataclasses.field(default="", repr=False)
    old_password: str = dataclasses.field(default="", repr=False)
    values: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Free settings; ours is ``MODEL_NAME``, what hooks see as JUJU_MODEL_NAME."""

    def __post_init__(self) -> None:
        for subject, text, kind in (
            ("tag", self.tag, None),
            ("controller", self.controller, names.Kind.CONTROLLER),
            ("model", self.model, names.Kind.MODEL),
        ):
            try:
                tag = names.parse_tag(text)
            except names.TagError as error:
                raise errors.NotValidError(f'{subject} "{text}"') from error
            if kind is not None and tag.kind is not kind:
                raise errors.NotValidError(f'{subject} "{text}"')

    @property
    def agent_dir(self) -> str:
        """The agent's own directory, ``<data_dir>/agents/<tag>``."""
        return f"{self.data_dir}/agents/{self.tag}"

    @property
    def model_uuid(self) -> str:
        """The UUID of the model."""
        return self.model.removeprefix("model-")

    @property
    def unit_name(self) -> str:
        """The unit's name, ``shop/0``.

        Raises:
            NotValidError: the agent is no unit's.
        """
        tag = names.parse_tag(self.tag)
        if tag.kind is not names.Kind.UNIT:
            raise errors.NotValidError(f'unit tag "{self.tag}"')
        return tag.name
