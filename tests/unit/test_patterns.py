"""Every regular expression of the project, tried with texts made to keep it busy."""

import ast
import importlib
import pathlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

import pytest

import meterstatus

words: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
"""How the library itself takes a pattern apart; it has no public name for it."""

SOURCE = pathlib.Path(meterstatus.__file__).parent
LENGTH = 4 * 1024 * 1024
"""The longest message that a controller takes (``protocol.limits.MAX_REQUEST_BYTES``)."""

LIMIT_SECONDS = 10
"""Of this process's own time: a pattern that reads its text once takes a tenth of a second, one that begins
anew at each character takes hours."""

WAYS = ("match", "fullmatch", "search", "sub", "findall", "finditer", "split")


class Used(NamedTuple):
    """A compiled pattern, and a way in which its module uses it."""

    module: str
    name: str
    way: str
    pattern: "re.Pattern[str]"


def _modules() -> Iterator[str]:
    for found in pkgutil.walk_packages(meterstatus.__path__, "meterstatus."):
        if not found.name.endswith("__main__"):
            yield found.name


def _source(module: str) -> str:
    path = SOURCE.joinpath(*module.split(".")[1:])
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()


def _used() -> Iterator[Used]:
    for module in _modules():
        text = _source(module)
        if "import re\n" not in text:
            continue
        for name, value in vars(importlib.import_module(module)).items():
            if not isinstance(value, re.Pattern):
                continue
            ways = [way for way in WAYS if re.search(rf"\b{name}\.{way}\(", text)]
            # Handed to something else: then any way is possible, and the harshest is taken.
            yield from (Used(module, name, way, value) for way in ways or ["fullmatch"])


PATTERNS = list(_used())


def test_every_pattern_has_a_name_in_its_module() -> None:
    """Nowhere is one made or used on the way, where the test below would not find it."""
    strays: list[str] = []
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).as_posix() == "domain/fleet/unit_patterns.py":
            continue  # a person's own, few and short
        tree = ast.parse(path.read_text())
        named = {id(each.value) for each in tree.body if isinstance(each, ast.Assign)}
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=called)):
                    if called not in ("compile", "escape") or (called == "compile" and id(node) not in named):
                        strays.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
                case _:
                    pass
    assert strays == []
    assert len({(used.module, used.name) for used in PATTERNS}) > 20


def _sample(items: Any, choice: int) -> str:
    """Return a short text that a part of a pattern takes; of several, the first or the last there is."""
    return "".join(_sample_one(kind, value, choice) for kind, value in items)


def _sample_one(kind: Any, value: Any, choice: int) -> str:
    match kind:
        case words.LITERAL:
            return chr(value)
        case words.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        case words.ANY:
            return "a"
        case words.IN:
            return _sample_set(value, choice)
        case words.CATEGORY:
            return _CATEGORIES.get(value, "a")
        case words.BRANCH:
            return _sample(value[1][choice], choice)
        case words.SUBPATTERN:
            return _sample(value[3], choice)
        case words.ATOMIC_GROUP:
            return _sample(value, choice)
        case words.MAX_REPEAT | words.MIN_REPEAT | words.POSSESSIVE_REPEAT:
            return _sample(value[2], choice) * max(value[0], 1)
        case _:
            return ""


_CATEGORIES = {words.CATEGORY_DIGIT: "1", words.CATEGORY_SPACE: " ", words.CATEGORY_WORD: "a"}


def _sample_set(choices: Any, choice: int) -> str:
    if choices[0][0] is words.NEGATE:
        taken = re.compile("[" + "".join(_class(*each) for each in choices[1:]) + "]")
        return next(letter for letter in "a b1-\n" if not taken.match(letter))
    kind, value = choices[choice]
    return chr(value[0]) if kind is words.RANGE else _sample_one(kind, value, choice)


def _class(kind: Any, value: Any) -> str:
    if kind is words.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return re.escape(_sample_one(kind, value, 0))


def _hostile(items: Any, choice: int, before: str = "") -> Iterator[str]:
    """Yield, for each part that may be repeated, a text that gets there and repeats it to the end."""
    for kind, value in items:
        match kind:
            case words.MAX_REPEAT | words.MIN_REPEAT | words.POSSESSIVE_REPEAT:
                once = _sample(value[2], choice)
                yield before + once * (LENGTH // max(len(once), 1))
                yield from _hostile(value[2], choice, before)
            case words.SUBPATTERN:
                yield from _hostile(value[3], choice, before)
            case words.ATOMIC_GROUP:
                yield from _hostile(value, choice, before)
            case words.BRANCH:
                for branch in value[1]:
                    yield from _hostile(branch, choice, before)
            case _:
                pass
        before += _sample_one(kind, value, choice)


def _ring(_: int, __: FrameType | None) -> None:
    raise TimeoutError


@pytest.mark.parametrize("used", PATTERNS, ids=lambda used: f"{used.module[12:]}.{used.name}-{used.way}")
def test_no_pattern_takes_long_for_a_hostile_text(used: Used) -> None:
    """Four megabytes that fit up to their end are read once, whatever the pattern."""
    pattern = used.pattern
    assert isinstance(pattern.pattern, str)
    tree = parser.parse(pattern.pattern, pattern.flags)
    texts = ["a" * LENGTH, "1" * LENGTH]
    for choice in (0, -1):
        whole = _sample(tree, choice)
        texts += [*_hostile(tree, choice), whole * (LENGTH // max(len(whole), 1))]
    former = signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_SECONDS)
    try:
        for text in dict.fromkeys(text[:LENGTH] for text in texts):
            _try(used.way, pattern, text + "\0")
    except TimeoutError:
        pytest.fail(f"{pattern.pattern!r} takes more than {LIMIT_SECONDS} s")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def _try(way: str, pattern: "re.Pattern[str]", text: str) -> None:
    if way == "sub":
        pattern.sub("", text)
    elif way == "split":
        pattern.split(text, maxsplit=1)
    elif way in ("findall", "finditer"):
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, way)(text)
