"""The file of a backup: whole or none, durable, and never over another."""

import pathlib
from collections.abc import Callable

import pytest

from meterstatus import errors
from meterstatus.adapters.files import backup_file

HEADER = backup_file.Header("2031-05-06T07:08:09+00:00", "0.1", "controller", "model", 1, 498)


def write(path: pathlib.Path) -> None:
    with backup_file.Writer(path) as writer:
        writer.header(HEADER)
        writer.file(backup_file.File("ca.pem", "a certificate\n"))
        writer.rows("units", ("name", "added"), [["shop/0", 1]])
        writer.rows("units", ("name", "added"), [["shop/1", 2]])
        writer.finish()


def test_what_is_read_is_what_was_written(tmp_path: pathlib.Path) -> None:
    """Header, files and rows, in order; the file is its owner's alone, and nothing lies beside it."""
    path = tmp_path / "backup"
    write(path)
    assert list(backup_file.read(path)) == [
        HEADER,
        backup_file.File("ca.pem", "a certificate\n"),
        backup_file.Row("units", {"name": "shop/0", "added": 1}),
        backup_file.Row("units", {"name": "shop/1", "added": 2}),
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert backup_file.verify(path) == backup_file.Summary(HEADER, {"units": 2}, path.stat().st_size)


def test_nothing_is_left_of_one_that_was_not_finished(tmp_path: pathlib.Path) -> None:
    """Neither the file nor what it was built from."""
    with backup_file.Writer(tmp_path / "backup") as writer:
        writer.header(HEADER)
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_over(tmp_path: pathlib.Path) -> None:
    """Not one that is there before, nor one that came meanwhile; a directory must be there."""
    path = tmp_path / "backup"
    with backup_file.Writer(path) as writer:
        path.write_text("precious")
        with pytest.raises(errors.ConfigError, match="there already"):
            writer.finish()
    with pytest.raises(errors.ConfigError, match="there already"):
        backup_file.Writer(path)
    assert path.read_text() == "precious"
    with pytest.raises(errors.ConfigError, match="cannot be written: No such file"):
        backup_file.Writer(tmp_path / "nowhere" / "backup")


def without_last_line(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[:-1])


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut at a line": without_last_line,
    "cut within a line": lambda content: content[:-40],
    "one letter changed": lambda content: content.replace(b"shop/1", b"shop/2"),
    "a row taken out": lambda content: content.replace(b'["row","units","shop/1",2]\n', b""),
    "something after the end": lambda content: content + b"[]\n",
    "no JSON": lambda content: b"backup\n" + content,
    "a row of no table": lambda content: content.replace(b'["table"', b'["tabel"'),
    "a row that is too long": lambda content: content.replace(b'"shop/1",2', b'"shop/1",2,3'),
    "a revision that is none": lambda content: content.replace(b":498", b':"x"'),
    "another document": lambda _: b"{}\n",
    "a list": lambda _: b"[]\n",
    "nothing": lambda _: b"",
    "a later version": lambda content: content.replace(b'backup":1', b'backup":2'),
    "only an end": lambda content: content.splitlines(keepends=True)[-1],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_not_whole_is_refused(tmp_path: pathlib.Path, damage: Callable[[bytes], bytes]) -> None:
    """However it was cut or changed."""
    path = tmp_path / "backup"
    write(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(errors.ConfigError):
        backup_file.verify(path)


def test_no_cut_of_it_is_whole(tmp_path: pathlib.Path) -> None:
    """At whichever byte it ends."""
    path = tmp_path / "backup"
    write(path)
    content = path.read_bytes()
    for length in range(len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(errors.ConfigError):
            backup_file.verify(path)


def test_what_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    """In a sentence."""
    with pytest.raises(errors.ConfigError, match="cannot be read: No such file"):
        backup_file.verify(tmp_path / "absent")
