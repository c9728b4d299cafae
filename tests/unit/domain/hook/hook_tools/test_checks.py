"""domain.hook.hook_tools.checks: a wrong call is told apart from one that may only not be made."""

import pytest

from meterstatus.domain.hook.hook_tools import answer, checks, command_line


def wrong(check: checks.Check, *arguments: str) -> tuple[str, int]:
    """Return what is wrong with a call and its exit status; nothing and 0 where nothing is."""
    try:
        check(command_line.CommandLine({}, arguments))
    except answer.ToolError as error:
        return str(error), error.code
    return "", 0


def test_how_many_arguments_there_are() -> None:
    """Too few are what is said to be missing, and those that are too many are named."""
    check = checks.takes(1, 2, "no word")
    assert wrong(check) == ("no word", 2)
    assert wrong(check, "a") == wrong(check, "a", "b") == ("", 0)
    assert wrong(check, "a", "b", "c", "d") == ('unrecognized args: ["c" "d"]', 2)
    assert wrong(checks.takes(1, None)) == ("", 2)
    assert wrong(checks.takes(0, None), *"abcdef") == ("", 0)


@pytest.mark.parametrize("word", ["key", "=value", "=a=b", ""])
def test_what_is_no_pair(word: str) -> None:
    """A key, the first equals sign, and anything."""
    text = f'expected "key=value", got "{word}"'
    assert wrong(checks.pairs(), "a=b", word) == (text, 2)
    assert wrong(checks.pairs_after(1, "no id"), "id", "a=b", word) == (text, 2)


def test_pairs() -> None:
    """All arguments, or all after so many words, which must be there."""
    assert wrong(checks.pairs()) == wrong(checks.pairs(), "a=", "b=c=d") == ("", 0)
    assert wrong(checks.pairs(1)) == ("", 2)
    assert wrong(checks.pairs(1, "no pair")) == ("no pair", 2)
    after = checks.pairs_after(2, "no id")
    assert wrong(after, "id") == ("no id", 2)
    assert wrong(after, "id", "word") == wrong(after, "id", "word", *("a=b",) * 5) == ("", 0)


def test_a_word_of_several() -> None:
    """What it may be is said."""
    check = checks.word_of(1, ("up", "down"), "way")
    assert wrong(check, "x", "up") == wrong(check, "x", "down") == ("", 0)
    assert wrong(check, "up", "left") == ('invalid way "left", expected one of [up down]', 2)


@pytest.mark.parametrize("word", ["1", "65535", "80/tcp", "1-65535/UDP", "8000-8000", "icmp", "ICMP"])
def test_what_is_a_port(word: str) -> None:
    """From 1 to 65535, one or a range, with or without a protocol."""
    assert wrong(checks.ports, "80", word) == ("", 0)


@pytest.mark.parametrize("word", ["0", "65536", "2-1", "0-80", "80-65536", "80/sctp", "http", "99999", ""])
def test_what_is_no_port(word: str) -> None:
    """It is named, wherever it stands."""
    assert wrong(checks.ports, "80", word) == (f'invalid port or range "{word}"', 2)
    assert wrong(checks.ports) == ("no port or range specified", 2)


def test_all_or_one_key() -> None:
    """At most one key, and none beside all."""
    assert wrong(checks.all_or_key) == wrong(checks.all_or_key, "k") == ("", 0)
    assert wrong(checks.all_or_key, "k", "l") == ('unrecognized args: ["l"]', 2)


def test_storages() -> None:
    """Each with at most how many, from 1."""
    assert wrong(checks.storages, "data", "logs=12", "tmp=01") == ("", 0)
    assert wrong(checks.storages) == ("storage add requires a storage directive", 2)
    for word in ("d=0", "d=x", "d=", "=1", "", "d=1=2", "d=-1"):
        text = f'invalid storage directive "{word}": expected <name>[=<count>]'
        assert wrong(checks.storages, "data", word) == (text, 2)


def test_metrics() -> None:
    """A key of Juju's own is no wrong call, and is refused."""
    assert wrong(checks.metrics) == ("no metrics specified", 2)
    assert wrong(checks.metrics, "users=5", "my-juju-units=1") == ("", 0)
    assert wrong(checks.metrics, "users=5", "juju-units=1=2") == ("juju-units uses a reserved prefix", 1)


def test_the_status_of_a_payload() -> None:
    """One of four; another fails, and is no wrong call."""
    for word in ("starting", "running", "stopping", "stopped"):
        assert wrong(checks.payload_status, "class", "id", word) == ("", 0)
    known = "starting running stopping stopped"
    text = f'status "STOPPED" not supported, expected one of [{known}]'
    assert wrong(checks.payload_status, "class", "id", "STOPPED") == (text, 1)


def test_one_check_after_the_other() -> None:
    """The first that finds something is the one that counts."""
    check = checks.all_of(checks.takes(1, 1, "no way"), checks.word_of(0, ("up",), "way"))
    assert wrong(check) == ("no way", 2)
    assert wrong(check, "left") == ('invalid way "left", expected one of [up]', 2)
    assert wrong(check, "up") == ("", 0)
