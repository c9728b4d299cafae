"""The form of a unit's state file: the state's YAML behind a few lines that tell whether it is whole.

Pure. It stays one YAML document, which Juju's lenient reader takes. The lines come first, and the checksum
covers all that follows it, so that a file that was cut anywhere, or has one bit wrong, is no state any more,
and never another one. A file without those lines is Juju's own (spec worker, A.8), and is read as it is.
"""

import codecs
import dataclasses
import re
import zlib

from meterstatus import errors

VERSION = 1
_first_line = f"version: {VERSION}\n"
_envelope_re = re.compile(r"version: 1\nchecksum: ([0-9a-f]{8})\n")
_inner_re = re.compile(r"unit: '([^'\n]*)'\ngeneration: ([0-9]{1,18})\n")
_later_re = re.compile(r"version: ([0-9]{1,18})\n")
_any_key_re = re.compile(r"^(version|checksum|generation):", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    body: str
    """The state's own YAML."""

    unit: str
    """The name of the unit that it belongs to; "" where it does not say."""

    generation: int
    """Counts the writes; 0 where the file is Juju's own."""


def encode(contents: Contents) -> bytes:
    """Return the file's bytes."""
    inner = f"unit: '{contents.unit}'\ngeneration: {contents.generation}\n{contents.body}"
    return f"{_first_line}checksum: {_checksum(inner)}\n{inner}".encode()


def _checksum(text: str) -> str:
    # Against damage, not against people: who can write the file can write any checksum. CRC-32 finds every
    # flipped bit and every short burst, and costs the agent no library.
    return f"{zlib.crc32(text.encode()):08x}"


def decode(content: bytes) -> Contents:
    """Read a file's bytes.

    Raises:
        StateCorruptError: it was cut or changed, or a later release wrote it.
    """
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise errors.StateCorruptError(f"it is no text: {error.reason}") from error
    envelope = _envelope_re.match(text)
    if envelope is None:
        return _without_envelope(text)
    inner = text[envelope.end() :]
    found = _checksum(inner)
    if found != envelope[1]:
        raise errors.StateCorruptError(f"its checksum is {found} where it says {envelope[1]}")
    keys = _inner_re.match(inner)
    if keys is None:
        raise errors.StateCorruptError("it does not say whose it is")
    return Contents(inner[keys.end() :], keys[1], int(keys[2]))


def _encoding(content: bytes) -> str:
    """Tell a file's encoding by its mark, as Juju's reader does; ours has none, and is UTF-8."""
    is_utf_16 = content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and len(content) > 2
    return "utf-16" if is_utf_16 else "utf-8-sig"


def _without_envelope(text: str) -> Contents:
    later = _later_re.match(text)
    if later is not None and int(later[1]) > VERSION:
        raise errors.StateCorruptError(f"a later release wrote it, in version {later[1]}; this one knows 1")
    if _any_key_re.search(text):
        raise errors.StateCorruptError("it was cut short or changed")
    return Contents(text, "", 0)
