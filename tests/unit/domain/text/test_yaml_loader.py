"""domain.text.yaml_loader: what libyaml takes and refuses, where PyYAML does otherwise."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain.text import yaml_loader


def values(node: yaml.Node | None) -> object:
    """Return a node as plain values: a scalar's text, a list, or pairs."""
    if isinstance(node, yaml.MappingNode):
        return [(values(key), values(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [values(item) for item in node.value]
    return None if node is None else node.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# only\n", None),
        ("\ufeffa: b", [("a", "b")]),
        ("a:\tb", [("a", "b")]),
        ("a\t:\tb\t", [("a", "b")]),
        ("- a\t\n- b", ["a", "b"]),
        ("{a:\tb,\tc:\td\t}", [("a", "b"), ("c", "d")]),
        ("[\n\ta,\n\tb]", ["a", "b"]),
        ("a: b\tc\t\td", [("a", "b\tc\t\td")]),
        ("a: b\t# c", [("a", "b")]),
        ("a: b\n  c\n\n\td", None),
        ("a: b\n  \tc", [("a", "b c")]),
        ("a: b\n\n  c", [("a", "b\nc")]),
        ("a: b\u2028  c", [("a", "b\u2028c")]),
        ("a: b\n---\nc: d", [("a", "b")]),
        ("a: b\n...\n}", [("a", "b")]),
        ("a: b\n\n--- {", [("a", "b")]),
        ("a: b\n---c", None),
        ("a: 'b\tc'", [("a", "b\tc")]),
        ("a: |\t\n  b\n", [("a", "b\n")]),
        ("a: >-\t# c\n  b\n", [("a", "b")]),
        ("a: |2+ \t\n  b\n\n", [("a", "b\n\n")]),
        ("a: |-1\n \tb\n", [("a", "\tb")]),
        ("a: |#c\n b\n", [("a", "b\n")]),
        ("a: |\n  b\n  \tc\n", [("a", "b\n\tc\n")]),
        ("a: |\tb\n", None),
        ("a: |0\n b\n", None),
        ("a: |\n \tb\n", None),
        ("a: |\n  b\n\t\n  c\n", None),
    ],
)
def test_composes(text: str, expected: object) -> None:
    """The first document, with tabs wherever they indent no block; what follows is not looked at."""
    if expected is None and text.strip("# only\n"):
        with pytest.raises(yaml.YAMLError):
            yaml_loader.compose(text)
    else:
        assert values(yaml_loader.compose(text)) == expected


@pytest.mark.parametrize("text", ["\ta: b", "- \ta", "a:\n\tb: c", "a: b\n\tc: d", "-\ta: b\n\tc: d"])
def test_a_tab_indents_nothing(text: str) -> None:
    """Where a block's indentation is counted a tab is an error."""
    with pytest.raises(yaml.YAMLError):
        yaml_loader.compose(text)


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\uDFFF"', r'{a: "\ud83d\ude00"}', r'"\U0000d800"'])
def test_half_of_a_pair_is_no_character(text: str) -> None:
    """Also where the other half follows: in YAML an escape is one character."""
    with pytest.raises(yaml.YAMLError, match="half of a surrogate pair"):
        yaml_loader.compose(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-5", -5),
        ("+1_000", 1000),
        ("0o10", 8),
        ("0O17", 15),
        ("010", 8),
        ("0x1F", 31),
        ("-0X_1f", -31),
        ("0b11", 3),
        ("+0B1_1", 3),
        ("09", 9.0),
        ("08.5", 8.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("1_0.5_0e-1", 1.05),
        ("!!int 7", 7),
        ("!!float 7", 7.0),
        ("!!int '7'", 7),
    ],
)
def test_numbers(text: str, expected: float) -> None:
    """As the library behind Juju's files has them: no sixties, both octal forms, exponents."""
    node = yaml_loader.compose(text)
    assert isinstance(node, yaml.ScalarNode)
    found = yaml_loader.number(node)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "text",
    [
        "1:30",
        "1:30.5",
        "'5'",
        "!!str 5",
        "!!int x",
        "!!int 09",
        "!!float 1:30",
        "true",
        "~",
        "_1",
        "0x",
        "0b2",
    ],
)
def test_what_is_no_number(text: str) -> None:
    """Sixties, texts in quotes, and whatever else looks like one."""
    node = yaml_loader.compose(text)
    assert isinstance(node, yaml.ScalarNode)
    with pytest.raises(ValueError, match=r".*"):
        yaml_loader.number(node)


@given(st.text(alphabet=" \t\n-:#'\"[]{},?|>&*!%@ab01.~", max_size=40))
def test_it_ends_with_a_node_or_a_fault_of_yaml(text: str) -> None:
    """No text makes it fail in another way; and what PyYAML takes without a tab, it takes alike."""
    try:
        found = values(yaml_loader.compose(text))
    except (yaml.YAMLError, ValueError):
        return
    try:
        theirs = values(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return  # a tab, or a second document
    assert found == theirs
