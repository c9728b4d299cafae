"""A network between a controller and PostgreSQL that fails in chosen ways; it reads along, so no TLS."""

import asyncio
import contextlib
import enum


class Way(enum.Enum):
    """What becomes of what is sent."""

    OPEN = enum.auto()
    """It arrives."""

    BLACK_HOLE = enum.auto()
    """Nothing arrives any more, and nobody is told; nor is a new connection answered."""

    CLOSED = enum.auto()
    """All connections end, and new ones too."""

    LOSES_COMMIT = enum.auto()
    """The next COMMIT does not arrive, and its connection ends."""

    LOSES_ANSWER = enum.auto()
    """The next COMMIT arrives, and its connection ends without an answer."""

    LOSES_ANSWER_AND_CLOSES = enum.auto()
    """The same, and from then on it is closed."""


_ONE_COMMIT = (Way.LOSES_COMMIT, Way.LOSES_ANSWER, Way.LOSES_ANSWER_AND_CLOSES)
_ANSWER_SECONDS = 10.0


class Proxy:
    """Passes connections on to a server on this machine.

    Attributes:
        way: how it fails; may be changed at any time.
        port: what it listens on.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._way = Way.OPEN
        self._open: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Future[None]] = set()
        self._listening: asyncio.Server | None = None
        self.port = 0

    @property
    def way(self) -> Way:
        """How it fails."""
        return self._way

    @way.setter
    def way(self, way: Way) -> None:
        self._way = way
        if way is Way.CLOSED:
            for writer in tuple(self._open):
                writer.transport.abort()

    async def start(self) -> None:
        """Listen."""
        self._listening = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End everything."""
        assert self._listening is not None
        self._listening.close()
        self.way = Way.CLOSED
        for passing in self._passing:
            passing.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.way is Way.CLOSED:
            writer.transport.abort()
            return
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        ends = (writer, server_writer)
        self._open.update(ends)
        for source, sink, reads_commits in ((reader, server_writer, True), (server_reader, writer, False)):
            passing = asyncio.ensure_future(self._pass(source, sink, ends, reads_commits=reads_commits))
            self._passing.add(passing)
            passing.add_done_callback(self._passing.discard)

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, ...],
        *,
        reads_commits: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while content := await source.read(65536):
                if self.way is Way.BLACK_HOLE:
                    continue
                if reads_commits and b"COMMIT\0" in content and self.way in _ONE_COMMIT:
                    await self._fail_commit(content, sink, ends)
                    break
                sink.write(content)
                await sink.drain()
        for end in ends:
            self._open.discard(end)
            end.transport.abort()

    async def _fail_commit(
        self, content: bytes, sink: asyncio.StreamWriter, ends: tuple[asyncio.StreamWriter, ...]
    ) -> None:
        was = self.way
        self._open.difference_update(ends)  # this one is still to be sent
        self.way = Way.CLOSED if was is Way.LOSES_ANSWER_AND_CLOSES else Way.OPEN
        ends[0].transport.abort()
        if was is not Way.LOSES_COMMIT:
            sink.write(content)
            await sink.drain()
            # Whoever reads the answer has nobody to pass it on to, and ends the connection.
            async with asyncio.timeout(_ANSWER_SECONDS):
                await sink.wait_closed()
