"""domain.hook.hook_tools.working: what juju-log makes of a message."""

from meterstatus.domain.hook import hook_output
from meterstatus.domain.hook.hook_tools import answer, working

LOG = next(tool for tool in working.TOOLS if tool.name == "juju-log")


def logged(*words: str) -> list[tuple[int, str]]:
    """Return what a call logs."""
    said = LOG.respond(words, None)
    assert (said.code, said.stdout, said.stderr) == (0, "", "")
    return [(record.level, record.text) for record in said.records]


def test_a_message() -> None:
    """Its words with a space between, a line for each line, at INFO."""
    assert logged("one", "two\nthree\n") == [(20, "one two"), (20, "three")]
    assert LOG.respond([], None) == answer.failure("no message specified", 2)


def test_levels() -> None:
    """In any case; one that there is not is said and is INFO, and ``--debug`` goes before all."""
    assert logged("-l", "warn", "x") == [(30, "x")]
    assert logged("--debug", "-l", "ERROR", "x") == [(10, "x")]
    assert logged("-l", "caf\udce9", "x") == [
        (30, '"caf\ufffd" is no log level; INFO is taken in its place'),
        (20, "x"),
    ]
    long = "a" * (hook_output.TAIL_CHARACTERS + 1)
    (warning, _) = logged("-l", long, "x")
    assert warning[1].startswith(f'"{long[:-1]}" is no')


def test_a_message_of_many_lines() -> None:
    """Two hundred are logged; how many are left out is said first."""
    lines = [str(number) for number in range(working.LINES_LIMIT)]
    assert logged("\n".join(lines)) == [(20, each) for each in lines]
    warning, *rest = logged("\n".join([*lines, "last"]))
    assert warning == (30, "1 more lines of this message are left out")
    assert rest == [(20, each) for each in lines]
