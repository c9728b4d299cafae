"""The form of the state file, and that damage never passes for a state."""

import pytest
import yaml

from meterstatus import errors
from meterstatus.domain.unit import state, state_file

STATE = state.State("AMBER", "über budget: 'soon'", state.Disconnected(1893456000, 2))
CONTENTS = state_file.Contents(STATE.to_yaml(), "shop/0", 12)


def test_what_is_encoded_is_decoded() -> None:
    """Body, unit and generation come back as they were."""
    assert state_file.decode(state_file.encode(CONTENTS)) == CONTENTS


def test_it_is_a_document_that_others_read() -> None:
    """Juju's reader, and ours of the body, pass over the keys before it."""
    content = state_file.encode(CONTENTS)
    document = yaml.safe_load(content)
    assert (document["version"], document["unit"], document["generation"]) == (1, "shop/0", 12)
    assert state.State.from_yaml(content.decode()) == STATE


def test_jujus_own_form_is_taken_as_it_is() -> None:
    """A file without our keys belongs to nobody in particular."""
    assert state_file.decode(STATE.to_yaml().encode()) == state_file.Contents(STATE.to_yaml(), "", 0)


def _is_refused(content: bytes) -> bool:
    """Tell whether a reader of the whole, body included, refuses it or finds it empty."""
    try:
        contents = state_file.decode(content)
        state.State.from_yaml(contents.body)
    except errors.StateCorruptError:
        return True
    return not content.strip()


def test_every_truncation_is_noticed() -> None:
    """A file cut at any length is no state."""
    content = state_file.encode(CONTENTS)
    assert [length for length in range(len(content)) if not _is_refused(content[:length])] == []


def test_every_flipped_bit_is_noticed() -> None:
    """A file with any one bit wrong is no state."""
    content = state_file.encode(CONTENTS)
    passed = [
        (position, bit)
        for position in range(len(content))
        for bit in range(8)
        if not _is_refused(
            content[:position] + bytes([content[position] ^ 1 << bit]) + content[position + 1 :]
        )
    ]
    assert passed == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "it is no text"),
        (b"version: 2\nstatus-code: RED\n", "a later release wrote it, in version 2"),
        (b"version: 1\nstatus-code: RED\n", "^it was cut short or changed$"),
        (
            b"version: 1\nchecksum: 00000000\nx",
            "^its checksum is 8cdc1683 where it says 00000000$",
        ),
        (b"status-code: RED\ngeneration: 3\n", "it was cut short or changed"),
    ],
)
def test_says_what_is_wrong(content: bytes, said: str) -> None:
    """The sentence names the fault."""
    with pytest.raises(errors.StateCorruptError, match=said):
        state_file.decode(content)


def test_a_file_that_is_whole_but_nobodys_is_refused() -> None:
    """A checksum that is right does not make up for the keys behind it."""
    inner = "status-code: RED\n"
    content = f"version: 1\nchecksum: {state_file._checksum(inner)}\n{inner}"  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(errors.StateCorruptError, match=r"^it does not say whose it is$"):
        state_file.decode(content.encode())
