"""The tools that may do nothing in this hook, and say so in the reference's words (spec worker, D.8). Pure.

No file that a call names is opened: its content could not change the answer, and a file may be a pipe that
nobody writes to.
"""

from collections.abc import Callable

from meterstatus.domain.hook.hook_tools import answer, checks, command_line, formats, tool

_FILE = command_line.Option(("--file",), "A file to read in place of the arguments; - is standard input")
_NO_STRICT = command_line.Option(("--strict",), "Fail where the key is not there", takes_value=False)
_SECRET = tuple(
    command_line.Option((f"--{name}",), meaning)
    for name, meaning in (
        ("owner", "Who owns the secret: application or unit"),
        ("label", "What the secret is called here"),
        ("description", "What the secret is"),
        ("expire", "When the secret ends"),
        ("rotate", "How often the secret is to change"),
        ("file", "A YAML file with keys and values"),
    )
)
_NOTHING = answer.Answer()


def _refuse(check: checks.Check, prefix: str = "") -> tool.Run:
    """Return what checks the call and then refuses it."""

    def run(line: command_line.CommandLine, _stdin: bytes | None) -> answer.Answer:
        check(line)
        raise answer.ToolError(prefix + answer.RESTRICTED)

    return run


def _refuse_unless(is_nothing: Callable[[command_line.CommandLine], bool], check: checks.Check) -> tool.Run:
    """Return what does nothing, and succeeds, where nothing is asked; and refuses the rest."""
    refuse = _refuse(check)

    def run(line: command_line.CommandLine, stdin: bytes | None) -> answer.Answer:
        return _NOTHING if is_nothing(line) else refuse(line, stdin)

    return run


def _refuse_spec(line: command_line.CommandLine, stdin: bytes | None) -> answer.Answer:
    """Refuse a specification that is there: in a file, or on standard input."""
    tool.check_empty(line.arguments)
    if "file" not in line or line.values["file"] == "-":
        if stdin is None:
            return answer.Answer(needs_input=True)
        if not stdin:
            raise answer.ToolError("no spec: give it on standard input, or name a file with --file")
    raise answer.ToolError(answer.RESTRICTED)


def _state_set(line: command_line.CommandLine, stdin: bytes | None) -> answer.Answer:
    if line.values.get("file") == "-":
        if stdin is None:
            return answer.Answer(needs_input=True)
        if not stdin.strip() and not line.arguments:
            return _NOTHING
    elif "file" not in line and not line.arguments:
        return _NOTHING
    return _refuse(checks.pairs())(line, stdin)


def _is_empty(line: command_line.CommandLine) -> bool:
    return not line.arguments


_none = checks.takes(0, 0)
_status = checks.all_of(
    checks.takes(1, 2, "invalid args, require <status> [message]"),
    checks.word_of(0, ("maintenance", "blocked", "waiting", "active"), "status"),
)
_port = checks.all_of(checks.ports, checks.takes(1, 1))
_setting = checks.all_of(
    checks.takes(1, 1, "no setting specified"),
    checks.word_of(0, ("private-address", "public-address"), "setting"),
)
_payload = checks.all_of(
    checks.takes(3, 3, "missing one or more of <class>, <id> and <status>"), checks.payload_status
)


def _tool(
    name: str, takes: str, summary: str, run: tool.Run, *more: command_line.Option, prints: bool = False
) -> tool.Tool:
    return tool.Tool(name, takes, summary, run, (*more, *formats.OPTIONS) if prints else more)


def _flag(*names: str, meaning: str) -> command_line.Option:
    return command_line.Option(names, meaning, takes_value=False)


_OF_THE_UNIT = (
    _tool(
        "config-get",
        "[<key>]",
        "Print the application's configuration.",
        _refuse(checks.all_or_key),
        _flag("-a", "--all", meaning="Print all keys"),
        prints=True,
    ),
    _tool("goal-state", "", "Print what is to be deployed.", _refuse(_none), *formats.DATA_OPTIONS),
    _tool(
        "status-set",
        "<maintenance | blocked | waiting | active> [message]",
        "Set the workload status.",
        _refuse(_status),
        _flag("--application", meaning="Set the application's"),
    ),
    _tool(
        "open-port",
        "<port>[/<protocol>] | <from>-<to>[/<protocol>] | icmp",
        "Open a port or range.",
        _refuse(_port),
        command_line.Option(("--endpoints",), "For these endpoints only"),
        *formats.OPTIONS,
    ),
    _tool(
        "close-port",
        "<port>[/<protocol>] | <from>-<to>[/<protocol>] | icmp",
        "Close a port or range.",
        _refuse(_port),
        command_line.Option(("--endpoints",), "For these endpoints only"),
        *formats.OPTIONS,
    ),
    _tool("unit-get", "<setting>", "Print an address.", _refuse(_setting), prints=True),
    _tool(
        "juju-reboot",
        "",
        "Reboot the machine.",
        _refuse(_none),
        _flag("--now", meaning="Do not wait for the hook's end"),
    ),
    _tool(
        "application-version-set",
        "<version>",
        "Say which version of the application runs.",
        _refuse(checks.takes(1, 1, "no version specified")),
    ),
    _tool(
        "is-leader",
        "",
        "Tell whether the unit leads.",
        _refuse(_none, "leadership status unknown: "),
        prints=True,
    ),
    _tool(
        "leader-get",
        "[<key>]",
        "Print the leader's settings.",
        _refuse(checks.takes(0, 1), "cannot read leadership settings: "),
        prints=True,
    ),
    _tool(
        "leader-set",
        "<key>=<value> [...]",
        "Write the leader's settings.",
        _refuse(checks.pairs(), "cannot write leadership settings: "),
    ),
    _tool(
        "add-metric",
        "<key>=<value> [...]",
        "Record metrics.",
        _refuse(checks.metrics, "cannot record metric: "),
        command_line.Option(("-l", "--labels"), "Labels of the metrics"),
    ),
    _tool(
        "credential-get",
        "",
        "Print the cloud's credential.",
        _refuse(_none, "cannot access cloud credentials: "),
        prints=True,
    ),
    _tool(
        "resource-get",
        "<name>",
        "Download a resource.",
        _refuse(checks.takes(1, 1, "missing required resource name"), "could not download resource: "),
    ),
)

_OF_WHAT_IS_KEPT = (
    _tool(
        "state-get",
        "[<key>]",
        "Print the charm's state.",
        _refuse(checks.takes(0, 1)),
        _NO_STRICT,
        prints=True,
    ),
    _tool("state-set", "<key>=<value> [...]", "Write the charm's state.", _state_set, _FILE),
    _tool(
        "state-delete",
        "[<key>]",
        "Delete a key of the charm's state.",
        _refuse_unless(_is_empty, checks.takes(0, 1)),
    ),
    _tool("storage-list", "[<name>]", "Print storages.", _refuse(checks.takes(0, 1)), prints=True),
    _tool(
        "storage-add",
        "<name>[=<count>] [...]",
        "Add storages.",
        _refuse(checks.storages),
    ),
    _tool("secret-add", "<key>[#<kind>]=<value> [...]", "Add a secret.", _refuse(checks.pairs()), *_SECRET),
    _tool(
        "secret-set",
        "<id> [<key>[#<kind>]=<value> ...]",
        "Change a secret.",
        _refuse(checks.pairs_after(1, "missing secret URI")),
        *_SECRET,
    ),
    _tool(
        "secret-get",
        "<id> [<key>]",
        "Print a secret.",
        _refuse(checks.takes(0, 2)),
        command_line.Option(("--label",), "What the secret is called here"),
        _flag("--peek", meaning="Print the newest revision, once"),
        _flag("--refresh", meaning="Print the newest revision, from now on"),
        prints=True,
    ),
    _tool("secret-ids", "", "Print the secrets' ids.", _refuse(_none), prints=True),
    _tool(
        "secret-info-get",
        "<id>",
        "Print what a secret is.",
        _refuse(checks.takes(0, 1)),
        command_line.Option(("--label",), "What the secret is called here"),
        prints=True,
    ),
    _tool(
        "secret-remove",
        "<id>",
        "Remove a secret.",
        _refuse(checks.takes(1, 1, "missing secret URI")),
        command_line.Option(("--revision",), "Only this revision"),
    ),
)

_OF_ACTIONS_AND_CLUSTERS = (
    _tool(
        "action-get",
        "[<key>]",
        "Print an action's parameters.",
        _refuse(checks.takes(0, 1)),
        prints=True,
    ),
    _tool(
        "action-set",
        "<key>=<value> [...]",
        "Write an action's results.",
        _refuse_unless(_is_empty, checks.pairs()),
    ),
    _tool("action-fail", "[<message>]", "Let an action fail.", _refuse(checks.takes(0, 1))),
    _tool(
        "action-log",
        "<message>",
        "Write a message to an action's log.",
        _refuse(checks.takes(1, None, "no message specified")),
    ),
    *(
        _tool(f"{kind}-get", "", "Print the specification.", _refuse(_none))
        for kind in ("k8s-spec", "k8s-raw", "pod-spec")
    ),
    *(
        _tool(
            f"{kind}-set",
            "",
            "Set the specification.",
            _refuse_spec,
            command_line.Option(("--file",), "A file with the specification; - is standard input"),
            command_line.Option(("--k8s-resources",), "A file with further resources"),
        )
        for kind in ("k8s-spec", "k8s-raw", "pod-spec")
    ),
    _tool(
        "payload-register",
        "<type> <class> <id> [tags...]",
        "Register a payload.",
        _refuse(checks.takes(3, None, "missing one or more of <type>, <class> and <id>")),
    ),
    _tool("payload-status-set", "<class> <id> <status>", "Set a payload's status.", _refuse(_payload)),
    _tool(
        "payload-unregister",
        "<class> <id>",
        "Forget a payload.",
        _refuse(checks.takes(2, 2, "missing one or more of <class> and <id>")),
    ),
)

TOOLS = (*_OF_THE_UNIT, *_OF_WHAT_IS_KEPT, *_OF_ACTIONS_AND_CLUSTERS)

NOT_TO_BE_MADE = (
    "relation-get",
    "relation-set",
    "relation-list",
    "relation-ids",
    "network-get",
    "secret-grant",
    "secret-revoke",
    "storage-get",
)
"""Tools that cannot even be asked for help: they need what a hook of this kind does not have."""
