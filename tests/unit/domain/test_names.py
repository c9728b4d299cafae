"""Names and tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterstatus import errors
from meterstatus.domain import names

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


@pytest.mark.parametrize(
    ("tag", "kind", "name"),
    [
        ("unit-mysql-0", names.Kind.UNIT, "mysql/0"),
        ("unit-my-shop-12", names.Kind.UNIT, "my-shop/12"),
        ("unit-mysql/0", names.Kind.UNIT, "mysql/0"),
        ("application-my-shop", names.Kind.APPLICATION, "my-shop"),
        (f"model-{UUID}", names.Kind.MODEL, UUID),
        (f"controller-{UUID}", names.Kind.CONTROLLER, UUID),
        ("user-bob", names.Kind.USER, "bob"),
        ("user-bob@local", names.Kind.USER, "bob"),
        ("user-bob@corp", names.Kind.USER, "bob@corp"),
        ("machine-0", names.Kind.MACHINE, "0"),
        ("machine-0-lxd-1", names.Kind.MACHINE, "0/lxd/1"),
    ],
)
def test_reads_each_kind_of_tag(tag: str, kind: names.Kind, name: str) -> None:
    """Each kind of tag gives its kind and the name a person sees."""
    assert names.Tag(kind, name) == names.parse_tag(tag)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '"" is not a valid tag'),
        ("unit", '"unit" is not a valid tag'),
        ("planet-mars", '"planet-mars" is not a valid tag'),
        ("unit-", '"unit-" is not a valid unit tag'),
        ("unit-mysql", '"unit-mysql" is not a valid unit tag'),
        ("unit-mysql-00", '"unit-mysql-00" is not a valid unit tag'),
        ("unit-Mysql-0", '"unit-Mysql-0" is not a valid unit tag'),
        ("application-shop-2", '"application-shop-2" is not a valid application tag'),
        (f"model-{UUID.upper()}", f'"model-{UUID.upper()}" is not a valid model tag'),
        (f"model-{UUID}-x", f'"model-{UUID}-x" is not a valid model tag'),
        ("user-b", '"user-b" is not a valid user tag'),
        ("machine-x", '"machine-x" is not a valid machine tag'),
    ],
)
def test_refuses_what_is_no_tag_in_the_references_words(text: str, message: str) -> None:
    """The text says whether the kind or the rest was wrong, and there is no wire code."""
    with pytest.raises(names.TagError) as caught:
        names.parse_tag(text)

    assert (message, "") == (str(caught.value), caught.value.code)
    assert caught.value.text == text


@pytest.mark.parametrize("tag", ["unit-my-shop-0", "machine-0-lxd-1", f"model-{UUID}", "user-bob@corp"])
def test_a_tag_is_written_as_it_was_read(tag: str) -> None:
    """Reading and writing a canonical tag changes nothing."""
    assert tag == str(names.parse_tag(tag))


@given(st.text())
def test_any_text_is_a_tag_or_a_tag_error(text: str) -> None:
    """No text makes the parser fail in another way, nor does any behind a known kind."""
    for candidate in (text, f"unit-{text}", f"user-{text}", f"machine-{text}"):
        try:
            parsed = names.parse_tag(candidate)
        except names.TagError:
            continue
        assert parsed == names.parse_tag(str(parsed))


def test_unit_names_give_their_application_number_and_tag() -> None:
    """A unit name is taken apart at its last slash."""
    assert ("my-shop", 12, "unit-my-shop-12") == (
        names.application_of("my-shop/12"),
        names.unit_number("my-shop/12"),
        names.unit_tag("my-shop/12"),
    )


@pytest.mark.parametrize(
    "name", ["shop", "shop/", "shop/01", "/0", "shop/0\n", "unit-shop-0", f"shop/{10**18}"]
)
def test_refuses_what_is_no_unit_name(name: str) -> None:
    """Each function of a unit name refuses other text as not valid."""
    for function in (names.application_of, names.unit_number, names.unit_tag):
        with pytest.raises(errors.NotValidError, match="unit name"):
            function(name)


def test_tells_the_kinds_of_name_apart() -> None:
    """The four questions answer for names only, whole."""
    assert names.is_application("my-shop") and not names.is_application("shop/0")
    assert names.is_unit("shop/0") and not names.is_unit("shop")
    assert names.is_uuid(UUID) and not names.is_uuid(UUID + "0")
    assert names.is_user("bob") and not names.is_user("bob@")


LONGEST = "a" * (names.MAX_NAME_CHARACTERS - 2)


def test_a_name_has_a_longest_form() -> None:
    """A unit's directory bears its tag, and a file's name has 255 bytes: no longer name is one."""
    assert names.is_unit(f"{LONGEST}/0") and len(names.unit_tag(f"{LONGEST}/0")) == 255
    assert not names.is_unit(f"{LONGEST}/10")
    assert names.is_application(f"{LONGEST}aa") and not names.is_application(f"{LONGEST}aaa")
    assert names.is_user(f"{LONGEST}aa") and not names.is_user(f"{LONGEST}aaa")
    for tag in (f"unit-{LONGEST}-10", f"application-{'a' * 5000}", f"machine-{'1/a/' * 100}1"):
        with pytest.raises(names.TagError):
            names.parse_tag(tag)


@pytest.mark.timeout(10)  # it takes microseconds, or, where a part may end in two places, centuries
@pytest.mark.parametrize("part", ["-aaaaaaaaaaa", "-a1", "-1a1a1a", "-a"])
def test_a_text_is_read_once_however_odd_it_is(part: str) -> None:
    """What is no name in its last character only is not divided again in each way that there is."""
    text = f"a{part * 100}"[: names.MAX_NAME_CHARACTERS - 1].rstrip("-") + "!"
    assert not names.is_application(text) and not names.is_unit(text)
    for tag in (f"application-{text}", f"unit-{text}", f"unit-{text}-0"):
        with pytest.raises(names.TagError):
            names.parse_tag(tag)


def test_an_error_repeats_little_of_a_long_text() -> None:
    """What is no tag and no name is quoted by its beginning: no refusal is as long as a message."""
    with pytest.raises(names.TagError) as caught:
        names.parse_tag(f"unit-{'x' * 100_000}")
    assert len(str(caught.value)) < 150
    for function in (names.application_of, names.unit_number, names.unit_tag):
        with pytest.raises(errors.NotValidError) as refused:
            function("x" * 100_000)
        assert len(str(refused.value)) < 150
