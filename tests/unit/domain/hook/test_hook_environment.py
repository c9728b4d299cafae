"""domain.hook.hook_environment: what a hook sees (spec worker, D.4 with B-09, B-21 and B-23)."""

import dataclasses

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config, status
from meterstatus.domain.hook import hook_call, hook_environment

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
TOOLS = "/var/lib/juju/agents/unit-shop-0/meter-status-tools:/var/lib/juju/tools/unit-shop-0"
CONFIG = agent_config.AgentConfig(
    tag="unit-shop-0",
    controller=f"controller-{UUID}",
    model=f"model-{UUID}",
    upgraded_to_version="3.6.1",
    api_addresses=("10.0.0.1:17070", "10.0.0.2:17070"),
    values={"MODEL_NAME": "prod"},
)


def _variables(
    context: hook_environment.HookContext, code: str = "RED", info: str = "late"
) -> dict[str, str]:
    told = hook_call.HookCall(status.MeterStatus(code, info))
    return context.variables(told, "unit-shop-0-meter-status-x", has_document=False)


def test_the_whole_environment() -> None:
    """Nothing is missing, and nothing else of the agent's environment gets in."""
    context = hook_environment.HookContext(
        CONFIG, inherited={"PATH": "/usr/bin:/bin", "HOME": "/root", "SECRET": "x"}, os_release="ID=debian\n"
    )
    charm = "/var/lib/juju/agents/unit-shop-0/charm"
    assert list(_variables(context).items()) == list(
        {
            "CHARM_DIR": charm,
            "JUJU_CHARM_DIR": charm,
            "JUJU_CONTEXT_ID": "unit-shop-0-meter-status-x",
            "JUJU_AGENT_SOCKET_ADDRESS": "/var/lib/juju/agents/unit-shop-0/meter-status-agent.socket",
            "JUJU_AGENT_SOCKET_NETWORK": "unix",
            "JUJU_UNIT_NAME": "shop/0",
            "JUJU_HOOK_NAME": "meter-status-changed",
            "JUJU_VERSION": "3.6.1",
            "JUJU_MODEL_UUID": UUID,
            "JUJU_MODEL_NAME": "prod",
            "JUJU_API_ADDRESSES": "10.0.0.1:17070 10.0.0.2:17070",
            "JUJU_METER_STATUS": "RED",
            "JUJU_METER_INFO": "late",
            "LANG": "C.UTF-8",
            "TERM": "screen",
            "PATH": f"{TOOLS}:/usr/bin:/bin",
            "JUJU_DISPATCH_PATH": "hooks/meter-status-changed",
        }.items()
    )


def test_variables_without_a_value_are_there_all_the_same() -> None:
    """Charm frameworks fail at an absent variable, not at an empty one."""
    context = hook_environment.HookContext(dataclasses.replace(CONFIG, values={}, api_addresses=()))
    variables = _variables(context, code="", info="")
    for name in ("JUJU_MODEL_NAME", "JUJU_API_ADDRESSES", "JUJU_METER_STATUS", "JUJU_METER_INFO"):
        assert variables[name] == ""


UBUNTU = ("none", "noninteractive", "tmux-256color")


@pytest.mark.parametrize(
    ("os_release", "expected"),
    [
        ('NAME="Ubuntu"\nID=ubuntu\n', UBUNTU),
        ('ID="ubuntu"', UBUNTU),
        ('ID="centos"\nVERSION_ID="7"\n', (None, None, "screen-256color")),
        ('ID="centos"\nVERSION_ID="9"\n', (None, None, "tmux-256color")),
        ("ID=debian\nID_LIKE=ubuntu\n", (None, None, "screen")),
        ("ID=ubuntuX\n", (None, None, "screen")),
        ("", (None, None, "screen")),
    ],
)
def test_the_part_that_depends_on_the_system(os_release: str, expected: tuple[str | None, ...]) -> None:
    """The ID of os-release decides, quoted or not."""
    variables = _variables(hook_environment.HookContext(CONFIG, os_release=os_release))
    names = ("APT_LISTCHANGES_FRONTEND", "DEBIAN_FRONTEND", "TERM")
    assert tuple(variables.get(name) for name in names) == expected
    assert variables["LANG"] == "C.UTF-8"


def test_proxies_come_from_the_file_first_and_in_both_cases() -> None:
    """What agent.conf says beats the agent's environment; what nobody says is absent."""
    config = dataclasses.replace(
        CONFIG, values={"JUJU_CHARM_HTTP_PROXY": "http://file", "http_proxy": "http://legacy"}
    )
    inherited = {
        "JUJU_CHARM_HTTP_PROXY": "http://env",
        "HTTP_PROXY": "http://env",
        "NO_PROXY": "localhost",
        "ftp_proxy": "",
    }
    variables = _variables(hook_environment.HookContext(config, inherited=inherited))
    assert {name: text for name, text in variables.items() if "PROXY" in name.upper()} == {
        "JUJU_CHARM_HTTP_PROXY": "http://file",
        "http_proxy": "http://legacy",
        "HTTP_PROXY": "http://legacy",
        "no_proxy": "localhost",
        "NO_PROXY": "localhost",
    }


def test_a_charms_proxy_may_be_the_agents() -> None:
    """What agent.conf does not say is taken from the agent's environment."""
    inherited = {"JUJU_CHARM_HTTP_PROXY": "http://env"}
    assert _variables(hook_environment.HookContext(CONFIG, inherited=inherited))["JUJU_CHARM_HTTP_PROXY"] == (
        "http://env"
    )


@pytest.mark.parametrize("inherited", [{}, {"PATH": ""}, {"PATH": "::"}])
def test_without_a_path_there_is_the_systems(inherited: dict[str, str]) -> None:
    """A hook finds programs although whoever started the agent said nothing of where they are."""
    path = _variables(hook_environment.HookContext(CONFIG, inherited))["PATH"]
    assert path == f"{TOOLS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def test_no_part_of_the_path_is_empty() -> None:
    """An empty one is the working directory, where a charm may have anything."""
    path = _variables(hook_environment.HookContext(CONFIG, {"PATH": ":/usr/bin::/opt/bin:"}))["PATH"]
    assert path == f"{TOOLS}:/usr/bin:/opt/bin"


def test_what_else_is_told_is_cleaned_too() -> None:
    """Each of our own variables is one line of text."""
    told = hook_call.HookCall(
        status.MeterStatus("RED"), previous=status.MeterStatus("GREEN", "a\nb"), attempt=2
    )
    variables = hook_environment.HookContext(CONFIG).variables(told, "x", has_document=False)
    assert variables["METER_STATUS_PREVIOUS_INFO"] == "a b"
    assert variables["METER_STATUS_ATTEMPT"] == "2"


def test_text_that_no_environment_can_hold_is_mended() -> None:
    """NUL and lone surrogates become U+FFFD, so that the hook starts."""
    variables = _variables(hook_environment.HookContext(CONFIG), code="A\0B", info="\ud800\0x\udfff")
    assert variables["JUJU_METER_STATUS"] == "A\ufffdB"
    assert variables["JUJU_METER_INFO"] == "\ufffd\ufffdx\ufffd"


@pytest.mark.parametrize("info", ["x" * 200_000, "\0" * 65_000, "é" * 40_000, "a" + "€" * 30_000])
def test_long_info_is_cut_at_64_kib(info: str) -> None:
    """Whatever its characters take, the variable fits and ends in an ellipsis."""
    told = _variables(hook_environment.HookContext(CONFIG), info=info)["JUJU_METER_INFO"]
    assert 64 * 1024 - 4 <= len(told.encode()) <= 64 * 1024
    assert told.endswith("…")


def test_info_of_exactly_64_kib_is_whole() -> None:
    """The limit itself is not cut."""
    assert hook_environment.shorten("x" * 65_536, 65_536) == "x" * 65_536


def test_a_lone_surrogate_is_measured_like_any_character() -> None:
    """Text that was not mended is cut all the same, and does not raise."""
    assert hook_environment.shorten("\ud800", 3) == "\ud800"


def test_encoding_keeps_the_bytes_of_a_name() -> None:
    """Of whatever variable the agent has."""
    assert hook_environment.encode({"A\udce9": "x"}) == {b"A\xe9": b"x"}


def test_encoding_keeps_the_bytes_of_an_undecodable_path() -> None:
    """A PATH that is no UTF-8 reaches the hook as the agent has it."""
    context = hook_environment.HookContext(CONFIG, inherited={"PATH": "/opt/\udce9"})
    encoded = hook_environment.encode(_variables(context, info="ü"))
    assert encoded[b"PATH"] == TOOLS.encode() + b":/opt/\xe9"
    assert encoded[b"JUJU_METER_INFO"] == "ü".encode()


def test_the_logger_has_the_units_name() -> None:
    """Hook output is found under the name that people use (B-21)."""
    assert hook_environment.HookContext(CONFIG).logger_name == "unit.shop/0.meter-status-changed"
    assert hook_environment.HookContext(CONFIG).log_name == "unit.shop/0.juju-log"


def test_an_agent_that_is_no_units_is_refused() -> None:
    """A machine has no such hook."""
    with pytest.raises(errors.NotValidError, match="machine-0"):
        hook_environment.HookContext(dataclasses.replace(CONFIG, tag="machine-0"))


def test_the_context_id_has_jujus_form() -> None:
    """The tag, the kind of context, and what cannot be guessed."""
    assert hook_environment.context_id("unit-shop-0", "c0ffee") == "unit-shop-0-meter-status-c0ffee"


def test_the_document_is_named_where_there_is_one() -> None:
    """It lies in the unit's own directory, and a hook's own script under the hook's name."""
    context = hook_environment.HookContext(CONFIG)
    told = hook_call.HookCall(status.MeterStatus("GREEN"), hook=hook_call.HookKind.WILL_CHANGE)
    variables = context.variables(told, "made-up", has_document=True)
    assert variables["METER_STATUS_FILE"] == context.document_path
    assert context.document_path == f"{CONFIG.agent_dir}/meter-status-delivery.json"
    assert variables["JUJU_HOOK_NAME"] == "meter-status-will-change"
    assert variables["JUJU_DISPATCH_PATH"] == "hooks/meter-status-will-change"


def test_a_text_is_one_line() -> None:
    """What would break a line, colour a terminal or hide text becomes a space; joiners spell words."""
    info = "a\nb\x1b[31m\tc\x9b\u202e\u2028\u200bd 👩\u200d🚀"
    told = _variables(hook_environment.HookContext(CONFIG), info=info)["JUJU_METER_INFO"]
    assert told == "a b [31m\tc    d 👩\u200d🚀"
