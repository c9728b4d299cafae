"""The tools that work in the hook: ``juju-log``, ``status-get`` and ``opened-ports`` (spec worker, D.8).

Pure.
"""

from meterstatus.domain.hook import hook_output
from meterstatus.domain.hook.hook_tools import answer, command_line, formats, tool

LINES_LIMIT = 200
"""How many lines of one message are logged: the agent has other units to serve meanwhile."""

_FORMAT_WARNING = "--format has no effect on juju-log\n"
"""Juju warns as well and goes on; refused, a hook under ``set -e`` would never end well."""

_LEVELS = {
    "TRACE": answer.Level.TRACE,
    "DEBUG": answer.Level.DEBUG,
    "INFO": answer.Level.INFO,
    "WARN": answer.Level.WARNING,
    "WARNING": answer.Level.WARNING,
    "ERROR": answer.Level.ERROR,
    "CRITICAL": answer.Level.CRITICAL,
}


def _log(line: command_line.CommandLine, _stdin: bytes | None) -> answer.Answer:
    if not line.arguments:
        raise answer.UsageError("no message specified")
    records = _pieces(" ".join(line.arguments).removesuffix("\n"))
    word = line.values.get("log-level", "INFO")
    level = _LEVELS.get(word.upper(), answer.Level.INFO)
    warnings: list[answer.Record] = []
    if word.upper() not in _LEVELS:
        text = f'"{_readable(word)}" is no log level; INFO is taken in its place'
        warnings.append(answer.Record(answer.Level.WARNING, text))
    if "debug" in line:
        level = answer.Level.DEBUG
    too_many = len(records) - LINES_LIMIT
    if too_many > 0:
        text = f"{too_many} more lines of this message are left out"
        warnings.append(answer.Record(answer.Level.WARNING, text))
    logged = [answer.Record(level, text) for text in records[:LINES_LIMIT]]
    return answer.Answer(stderr=_FORMAT_WARNING * ("format" in line), records=(*warnings, *logged))


def _pieces(message: str) -> list[str]:
    """Cut a message as the hook's own output is cut: a line for each line, and none too long."""
    splitter = hook_output.LineSplitter()
    return splitter.feed(message.encode(errors="surrogateescape") + b"\n") + splitter.finish()


def _readable(word: str) -> str:
    return word.encode(errors="surrogateescape").decode(errors="replace")[: hook_output.TAIL_CHARACTERS]


def _status_get(line: command_line.CommandLine, _stdin: bytes | None) -> answer.Answer:
    tool.check_empty(line.arguments)
    if "include-data" not in line:
        return formats.printed(line, "unknown")
    # Juju prints the word alone here too, and charmhelpers' status_get, which looks into it, fails there.
    known: dict[str, object] = {"message": "", "status": "unknown", "status-data": {}}
    if "application" in line:
        return formats.printed(line, {"application-status": {**known, "units": {}}})
    return formats.printed(line, known)


def _opened_ports(line: command_line.CommandLine, _stdin: bytes | None) -> answer.Answer:
    tool.check_empty(line.arguments)
    return formats.printed(line, formats.EMPTY)


TOOLS = (
    tool.Tool(
        "juju-log",
        "<message>",
        "Write a message to the agent's log.",
        _log,
        (
            command_line.Option(("--debug",), "Log at DEBUG", takes_value=False),
            command_line.Option(
                ("-l", "--log-level"), "Log at this level: TRACE, DEBUG, INFO, WARNING or ERROR"
            ),
            command_line.Option(("--format",), "Without effect; taken with a warning, as by Juju"),
        ),
    ),
    tool.Tool(
        "status-get",
        "",
        "Print the unit's workload status, which this agent does not know.",
        _status_get,
        (
            command_line.Option(("--application",), "Print the application's", takes_value=False),
            command_line.Option(("--include-data",), "Print all that belongs to it", takes_value=False),
            *formats.OPTIONS,
        ),
    ),
    tool.Tool(
        "opened-ports",
        "",
        "Print the ports that the unit has opened: none.",
        _opened_ports,
        (
            command_line.Option(("--endpoints",), "Print the endpoints as well", takes_value=False),
            *formats.OPTIONS,
        ),
    ),
)
