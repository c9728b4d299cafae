"""The environment of the ``meter-status-changed`` hook (spec worker, D.4), put together from plain values.

Pure. Differs from the reference on purpose: the unit's real name, and the hook's, version's and model's
variables that every other hook has and charm frameworks rely on (B-21); a socket of its own (B-09); text
that would keep the hook from starting is mended.
"""

import dataclasses
import re
from collections.abc import Mapping

from meterstatus.domain import agent_config
from meterstatus.domain.hook import hook_call
from meterstatus.domain.text import hidden

HOOK_NAME = hook_call.HookKind.CHANGED.value
DOCUMENT_NAME = "meter-status-delivery.json"
"""In the unit's agent directory."""

DEFAULT_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where a hook looks for programs, where whoever started the agent does not say; Debian's for root."""

TOLD_LIMIT_BYTES = 64 * 1024
"""Linux refuses a variable of 128 KiB, and with it the hook."""

_ELLIPSIS = "…"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_impossible_re = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")
_control_re = re.compile(f"[\x01-\x08\x0a-\x1f{hidden.UNSEEN}]")
_proxies = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")


@dataclasses.dataclass(frozen=True, slots=True)
class HookContext:
    """One unit's side of the environment: what stays the same from hook to hook.

    Raises:
        NotValidError: the tag is no unit's.
    """

    config: agent_config.AgentConfig
    inherited: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    """The agent's own environment, of which only PATH and proxies are passed on."""

    os_release: str = ""
    """The text of the machine's os-release file."""

    def __post_init__(self) -> None:
        assert self.config.unit_name  # raises here, not in the middle of a run

    @property
    def logger_name(self) -> str:
        """The logger that the hook's output goes to (spec worker, D.3)."""
        return f"unit.{self.config.unit_name}.{HOOK_NAME}"

    @property
    def log_name(self) -> str:
        """The logger that ``juju-log`` writes to (spec worker, D.8)."""
        return f"unit.{self.config.unit_name}.juju-log"

    @property
    def charm_dir(self) -> str:
        """Where the charm is unpacked, and the hook's working directory."""
        return f"{self.config.agent_dir}/charm"

    @property
    def document_path(self) -> str:
        """Where the JSON file lies that has all that the hook is told."""
        return f"{self.config.agent_dir}/{DOCUMENT_NAME}"

    @property
    def socket_path(self) -> str:
        """Where hook tools reach the agent, while a hook runs."""
        return f"{self.config.agent_dir}/meter-status-agent.socket"

    @property
    def tools_dir(self) -> str:
        """Where the hook tools lie: not in Juju's own directory of them, which a Juju agent makes anew."""
        return f"{self.config.agent_dir}/meter-status-tools"

    def variables(self, told: hook_call.HookCall, context_id: str, *, has_document: bool) -> dict[str, str]:
        """Return the whole environment for one run.

        Args:
            told: its texts are cleaned of what is no line of text, and end in an ellipsis after 64 KiB.
            context_id: ties hook tools to this run; must not be guessable (spec worker, B-23).
            has_document: the JSON file is there.
        """
        config = self.config
        variables = {
            "CHARM_DIR": self.charm_dir,
            "JUJU_CHARM_DIR": self.charm_dir,
            "JUJU_CONTEXT_ID": context_id,
            "JUJU_AGENT_SOCKET_ADDRESS": self.socket_path,
            "JUJU_AGENT_SOCKET_NETWORK": "unix",
            "JUJU_UNIT_NAME": config.unit_name,
            "JUJU_HOOK_NAME": told.hook.value,
            "JUJU_VERSION": config.upgraded_to_version,
            "JUJU_MODEL_UUID": config.model_uuid,
            "JUJU_MODEL_NAME": config.values.get("MODEL_NAME", ""),
            "JUJU_API_ADDRESSES": " ".join(config.api_addresses),
            **_proxy_variables(config.values, self.inherited),
            "JUJU_METER_STATUS": _told(told.status.code),
            "JUJU_METER_INFO": _told(told.status.info),
            **{name: _told(text) for name, text in hook_call.variables(told).items()},
            **({"METER_STATUS_FILE": self.document_path} if has_document else {}),
            **_os_variables(self.os_release),
            "PATH": ":".join(
                (
                    self.tools_dir,
                    f"{config.data_dir}/tools/{config.tag}",
                    *_path(self.inherited.get("PATH", "")),
                )
            ),
            "JUJU_DISPATCH_PATH": dispatch_path(told.hook),
        }
        return {name: executable_text(text) for name, text in variables.items()}


def _path(inherited: str) -> tuple[str, ...]:
    """Return the directories of a PATH; an empty one, which is the working directory, is none."""
    return tuple(filter(None, inherited.split(":"))) or DEFAULT_PATH


def dispatch_path(hook: hook_call.HookKind) -> str:
    """Return where a hook's own script lies in the charm."""
    return f"hooks/{hook.value}"


def context_id(unit_tag: str, randomness: str) -> str:
    """Return the id of one run's context, in the reference's form."""
    return f"{unit_tag}-meter-status-{randomness}"


def executable_text(text: str) -> str:
    """Replace what no environment can hold, NUL and lone surrogates, by U+FFFD.

    The surrogates that stand for undecodable bytes of the agent's own environment are kept.
    """
    return _impossible_re.sub(_REPLACEMENT, text)


def _told(text: str) -> str:
    # Mended before it is measured: each NUL grows to three bytes. What would break a line, colour a
    # terminal or hide text becomes a space: a shell script takes the text for one line, and shows it.
    return shorten(_control_re.sub(" ", executable_text(text)), TOLD_LIMIT_BYTES)


def encode(variables: Mapping[str, str]) -> dict[bytes, bytes]:
    """Encode an environment as UTF-8 whatever the agent's locale, which would refuse some texts."""
    return {
        name.encode(errors="surrogateescape"): text.encode(errors="surrogateescape")
        for name, text in variables.items()
    }


def shorten(text: str, limit_bytes: int) -> str:
    """Cut text to a length in UTF-8 bytes, the ellipsis that then ends it included."""
    encoded = text.encode(errors="surrogatepass")
    if len(encoded) <= limit_bytes:
        return text
    return encoded[: limit_bytes - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS


def _proxy_variables(values: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that are configured, in ``agent.conf`` first, else for the agent itself."""
    variables: dict[str, str] = {}
    for proxy in _proxies:
        charm = f"JUJU_CHARM_{proxy.upper()}"
        charm_value = values.get(charm) or inherited.get(charm)
        if charm_value:
            variables[charm] = charm_value
        sources = (source.get(name) for source in (values, inherited) for name in (proxy, proxy.upper()))
        value = next(filter(None, sources), None)
        if value:
            variables[proxy] = variables[proxy.upper()] = value
    return variables


def _os_variables(os_release: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in os_release.splitlines():
        key, _, value = line.partition("=")
        fields[key.strip()] = value.strip().strip("\"'")
    match fields.get("ID", ""), fields.get("VERSION_ID", ""):
        case "ubuntu", _:
            return {
                "APT_LISTCHANGES_FRONTEND": "none",
                "DEBIAN_FRONTEND": "noninteractive",
                "LANG": "C.UTF-8",
                "TERM": "tmux-256color",
            }
        case "centos", "7":
            return {"LANG": "C.UTF-8", "TERM": "screen-256color"}
        case "centos", _:
            return {"LANG": "C.UTF-8", "TERM": "tmux-256color"}
        case _:
            return {"LANG": "C.UTF-8", "TERM": "screen"}
