"""The state, its YAML form and its stores as a user of the package meets them (spec worker, A.8 to A.10)."""

import asyncio
import datetime
import os
import pathlib
import stat

import pytest
import yaml

from meterstatus import (
    ControllerBackedState,
    Disconnected,
    DiskBackedState,
    MeterStatusError,
    NotFoundError,
    RequestError,
    State,
    StateCorruptError,
    StateWriteError,
    WorkerState,
)

WHOLE = State("AMBER", "half gone", Disconnected(1893456000, WorkerState.WAITING_RED))


def test_written_form() -> None:
    """Juju's keys in Juju's order."""
    assert list(yaml.safe_load(WHOLE.to_yaml()).items()) == [
        ("status-code", "AMBER"),
        ("status-info", "half gone"),
        ("disconnected", {"disconnected-at": 1893456000, "disconnected-state": 2}),
    ]


def test_written_form_leaves_out() -> None:
    """Zeros of the record are left out, and the record where there is none; texts never."""
    assert yaml.safe_load(State().to_yaml()) == {"status-code": "", "status-info": ""}
    assert yaml.safe_load(State("", "", Disconnected()).to_yaml())["disconnected"] == {}
    assert yaml.safe_load(State("", "", Disconnected(0, WorkerState.DONE)).to_yaml())["disconnected"] == {
        "disconnected-state": 3
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", State()),
        ("# nothing\n", State()),
        ("---\n", State()),
        ("~\n", State()),
        ("null\n", State()),
        ("{}\n", State()),
        ("status-code: GREEN\n", State("GREEN")),
        ("status-code: GREEN\nstatus-info: ~\n", State("GREEN")),
        ("status-code: null\nstatus-info:\n", State()),
        ("other: [1, {a: b}]\nstatus-code: RED\n", State("RED")),
        ("status-code: 1.50\nstatus-info: yes\n", State("1.50", "yes")),
        ("status-code: 0x1F\nstatus-info: true\n", State("0x1F", "true")),
        ("status-code: 2031-05-06\n", State("2031-05-06")),
        ("disconnected: ~\n", State()),
        ("disconnected: {}\n", State("", "", Disconnected())),
        ("disconnected: {x: 1}\n", State("", "", Disconnected())),
        ("disconnected:\n  disconnected-at: -5\n", State("", "", Disconnected(-5))),
        ("disconnected: {disconnected-state: 7}\n", State("", "", Disconnected(0, 7))),
        ("disconnected: {disconnected-at: ~, disconnected-state: ~}\n", State("", "", Disconnected())),
        ('{"status-code": "GREEN", "status-info": "json"}', State("GREEN", "json")),
        ("status-code: 'null'\nstatus-info: >-\n  two\n  lines\n", State("null", "two lines")),
        ("status-code: !!binary UkVE\nstatus-info: !!binary |\n  w7xi\n  ZXI=\n", State("RED", "\u00fcber")),
        ("status-code: 0o10\nstatus-info: 1:30\n", State("0o10", "1:30")),
        ("disconnected: {disconnected-at: 0o10}\n", State("", "", Disconnected(8))),
        ("disconnected: {disconnected-at: 010}\n", State("", "", Disconnected(8))),
        ("disconnected: {disconnected-at: -0X1_f}\n", State("", "", Disconnected(-31))),
        ("disconnected: {disconnected-at: +0b11}\n", State("", "", Disconnected(3))),
        ("disconnected: {disconnected-at: 1e3}\n", State("", "", Disconnected(1000))),
        ("disconnected: {disconnected-at: 08.9}\n", State("", "", Disconnected(8))),
        ("disconnected: {disconnected-at: 09}\n", State("", "", Disconnected(9))),
        ("disconnected: {disconnected-at: 1_000}\n", State("", "", Disconnected(1000))),
        ("status-code: GREEN\n---\nstatus-code: RED\n", State("GREEN")),
        ("status-code: GREEN\n---\n{ no YAML\n", State("GREEN")),
        ("--- {status-code: GREEN}\n...\nstatus-code: RED\n", State("GREEN")),
        ("status-code:\tGREEN\nstatus-info:\t'a'\n", State("GREEN", "a")),
        ("status-code: \tGREEN\t\nstatus-info: a\tb\t# c\n", State("GREEN", "a\tb")),
        ("{status-code:\tGREEN,\tstatus-info:\t\tok\t}\n", State("GREEN", "ok")),
        ("disconnected:\t\n  disconnected-at:\t5\t\n", State("", "", Disconnected(5))),
        ("status-code: |-\t\n  RED\nstatus-info: >\t# c\n  a\n  b\n", State("RED", "a b\n")),
        ("status-code: |#c\n  RED\n", State("RED\n")),
    ],
)
def test_lenient_reading(text: str, expected: State) -> None:
    """What Juju reads is read, and as Juju reads it."""
    assert State.from_yaml(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "status-code: [GREEN]\n",
        "status-code: {a: b}\n",
        "status-info: [a]\n",
        "disconnected: 5\n",
        "disconnected: []\n",
        "disconnected: {disconnected-at: [1]}\n",
        "disconnected: {disconnected-at: soon}\n",
        "disconnected: {disconnected-at: 9223372036854775808}\n",
        "disconnected: {disconnected-state: -9223372036854775809}\n",
        "[]\n",
        "GREEN\n",
        "status-code: 'GREEN\n",
        "a: b: c\n",
        "\tstatus-code: GREEN\n",
        "disconnected:\n\tdisconnected-at: 5\n",
        "status-code: GREEN\n\tstatus-info: ok\n",
        "status-code: |\n \tGREEN\n",
        "status-code: |\tGREEN\n",
        "disconnected: {disconnected-at: 1:30}\n",
        "disconnected: {disconnected-at: 1:30.5}\n",
        "disconnected: {disconnected-at: '5'}\n",
        "disconnected: {disconnected-at: !!str 5}\n",
        "disconnected: {disconnected-at: !!binary NQ==}\n",
        "disconnected: {disconnected-at: .inf}\n",
        "disconnected: {disconnected-at: true}\n",
        "status-code: !!binary '*'\n",
        'status-code: "\\ud800"\n',
        'status-code: "\\ud83d\\ude00"\n',
        'other: ["\\uDFFF"]\n',
        '"\\U0000d800": 1\n',
        "[a]: b\n",
        "? {a: b}\n: c\n",
        "disconnected: {[a]: b}\n",
    ],
)
def test_what_cannot_be_read(text: str) -> None:
    """A mapping for a scalar, a scalar for a mapping, or no YAML is an error, and of one kind."""
    with pytest.raises(StateCorruptError):
        State.from_yaml(text)


ODD_TEXTS = (
    *("", " ", "yes", "null", "~", "1.50", "0x1F", "<<", "=", "a: b", "# c", "two\nlines\n", "\x00\x07"),
    *("'", '"', "- a", "{", "x" * 5000, " lead", "trail ", "%", "@", "!!str x", "*a"),
    *("\u00e9\U0001f600", "\u2028", "\x85", "\ufeff"),
)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_any_text_comes_back(text: str) -> None:
    """Code and information are any text."""
    assert State.from_yaml(State(text, text).to_yaml()) == State(text, text)


def test_when() -> None:
    """Whole seconds since 1970, UTC; no time is 1970."""
    assert Disconnected(1893456000, WorkerState.DONE).when() == datetime.datetime(
        2030, 1, 1, tzinfo=datetime.UTC
    )
    assert Disconnected().when() == datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class TestDisk:
    """A.9."""

    @pytest.mark.parametrize("value", [State(), State("GREEN", "ok"), WHOLE])
    async def test_round_trip(self, tmp_path: pathlib.Path, value: State) -> None:
        """What is written is read, by another object too, with and without a record."""
        path = tmp_path / "state.yaml"
        await DiskBackedState(path).write(value)
        assert await DiskBackedState(str(path)).read() == value

    @pytest.mark.parametrize("content", [None, b"", b"\n"])
    async def test_absent(self, tmp_path: pathlib.Path, content: bytes | None) -> None:
        """No file, and an empty one, is not-found with its subject."""
        path = tmp_path / "state.yaml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(NotFoundError) as caught:
            await DiskBackedState(path).read()
        assert str(caught.value) == "state file not found"

    async def test_unreadable(self, tmp_path: pathlib.Path) -> None:
        """What the system says comes out, and what is there stays there."""
        with pytest.raises(IsADirectoryError):
            await DiskBackedState(tmp_path).read()
        assert tmp_path.is_dir()
        (tmp_path / "file").write_text("")
        with pytest.raises(NotADirectoryError):
            await DiskBackedState(tmp_path / "file" / "state.yaml").read()

    async def test_forbidden(self, tmp_path: pathlib.Path) -> None:
        """A file that may not be read is no absent one."""
        path = tmp_path / "state.yaml"
        path.write_text("status-code: RED\n")
        path.chmod(0)
        former = os.geteuid()
        if former == 0:  # root may read everything, so it is somebody else for a moment
            os.seteuid(65534)
        try:
            with pytest.raises(PermissionError):
                await DiskBackedState(path).read()
        finally:
            os.seteuid(former)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-8-sig"])
    async def test_other_encodings(self, tmp_path: pathlib.Path, encoding: str) -> None:
        """A file in UTF-16, with the mark that says so, is read as Juju reads it; and UTF-8 with one."""
        path = tmp_path / "state.yaml"
        mark = "\ufeff" if encoding.endswith("e") else ""
        path.write_bytes(f"{mark}status-code: RED\nstatus-info: \u00fcber\n".encode(encoding))
        assert await DiskBackedState(path).read() == State("RED", "\u00fcber")

    @pytest.mark.parametrize("content", [b"status-code: [", b"\xff\xfe\x00", b"[1]", b"\x00" * 512])
    async def test_damaged(self, tmp_path: pathlib.Path, content: bytes) -> None:
        """A damaged file is told apart, kept, and written over."""
        path = tmp_path / "state.yaml"
        path.write_bytes(content)
        store = DiskBackedState(path)
        with pytest.raises(StateCorruptError):
            await store.read()
        await store.write(WHOLE)
        assert await store.read() == WHOLE
        assert content in [other.read_bytes() for other in tmp_path.iterdir()]

    async def test_mode_and_litter(self, tmp_path: pathlib.Path) -> None:
        """0600 also over a file that everybody could read; nothing else is left in the directory."""
        path = tmp_path / "state.yaml"
        path.write_text("status-code: GREEN\n")
        path.chmod(0o644)
        before = path.stat().st_ino
        await DiskBackedState(path).write(WHOLE)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_ino != before
        assert list(tmp_path.iterdir()) == [path]

    async def test_failed_write(self, tmp_path: pathlib.Path) -> None:
        """Without a directory, or onto one, the write fails and leaves nothing."""
        with pytest.raises(StateWriteError) as caught:
            await DiskBackedState(tmp_path / "none" / "state.yaml").write(WHOLE)
        assert isinstance(caught.value.__cause__, FileNotFoundError)
        (tmp_path / "state.yaml").mkdir()
        with pytest.raises(StateWriteError):
            await DiskBackedState(tmp_path / "state.yaml").write(WHOLE)
        assert [one.name for one in tmp_path.iterdir()] == ["state.yaml"]

    async def test_always_whole(self, tmp_path: pathlib.Path) -> None:
        """Readers beside many writers see whole versions only; the last write asked for stays."""
        path = tmp_path / "state.yaml"
        store = DiskBackedState(path)
        versions = [State("GREEN", str(number) * 2000) for number in range(10)]
        await store.write(versions[0])
        writing = asyncio.gather(*(store.write(version) for version in versions))
        while not writing.done():
            assert await DiskBackedState(path).read() in versions
            await asyncio.sleep(0)
        assert await store.read() == versions[-1]


class Field:
    """The unit's meter field at a controller that can refuse."""

    def __init__(self, text: str = "", refusal: Exception | None = None) -> None:
        self.text = text
        self.refusal = refusal
        self.calls: list[str] = []

    async def state(self) -> str:
        """Return the field."""
        self.calls.append("state")
        if self.refusal:
            raise self.refusal
        return self.text

    async def set_state(self, text: str) -> None:
        """Set the field."""
        self.calls.append("set_state")
        if self.refusal:
            raise self.refusal
        self.text = text


class TestController:
    """A.10."""

    async def test_round_trip(self) -> None:
        """One call each, and the text is the YAML form."""
        field = Field()
        await ControllerBackedState(field).write(WHOLE)
        assert State.from_yaml(field.text) == WHOLE
        assert await ControllerBackedState(field).read() == WHOLE
        assert field.calls == ["set_state", "state"]

    async def test_absent(self) -> None:
        """An empty field is not-found with its subject."""
        with pytest.raises(NotFoundError) as caught:
            await ControllerBackedState(Field()).read()
        assert str(caught.value) == "state not found"

    async def test_damaged(self) -> None:
        """Text that is no state is told apart."""
        with pytest.raises(StateCorruptError):
            await ControllerBackedState(Field("[")).read()

    async def test_refused(self) -> None:
        """The controller's refusal comes out as it is."""
        refusal = RequestError("quota exceeded", "quota limit exceeded")
        store = ControllerBackedState(Field("", refusal))
        with pytest.raises(MeterStatusError) as on_read:
            await store.read()
        with pytest.raises(MeterStatusError) as on_write:
            await store.write(WHOLE)
        assert on_read.value is refusal
        assert on_write.value is refusal
