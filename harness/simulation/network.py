"""The network between agents and the controller: latency, order within a connection, cuts and silence."""

import asyncio
import contextvars
import dataclasses
import enum
import random as randoms
from collections.abc import Callable, Sequence

from wsproto import events as ws_events

from harness.simulation import process, wiretap
from meterstatus import errors
from meterstatus.adapters.websocket_client import rpc, stream
from meterstatus.ports import connection, transport
from meterstatus.protocol import limits

_NOBODYS = contextvars.Context()
"""What is on its way belongs to no process, and arrives at its time whoever is held."""

Accept = Callable[[transport.HTTPRequest], transport.Conversation | transport.HTTPAnswer]


class Link(enum.Enum):
    """How a machine reaches the controller."""

    UP = "up"
    REFUSED = "refused"
    """Dials fail at once; what was connected is reset."""

    SILENT = "silent"
    """Nothing arrives, and nobody is told; what was sent meanwhile arrives afterwards."""

    HALF_OPEN = "half-open"
    """What the agent sends arrives, the answers do not."""

    SLOW = "slow"
    """Everything arrives, up to some seconds late."""


@dataclasses.dataclass(frozen=True, slots=True)
class LockFile:
    """A controller that lets somebody in."""

    server: process.Process
    accept: Accept
    """Its front."""


class Network:
    """All connections.

    Args:
        random: draws how long everything takes.
        addresses: of the controllers.

    Attributes:
        doors: by address, of the controllers that run.
        changed_at: when the link of a machine last changed.
    """

    def __init__(self, random: randoms.Random, addresses: Sequence[str]) -> None:
        self.random = random
        self.addresses = tuple(addresses)
        self.doors: dict[str, LockFile] = {}
        self.links: dict[str, Link] = {}
        self.changed_at: dict[str, float] = {}
        self.pipes: list[Pipe] = []

    def set_link(self, machine: str, link: Link) -> None:
        """Change how a machine reaches the controller."""
        self.links[machine], self.changed_at[machine] = link, asyncio.get_running_loop().time()
        for pipe in tuple(self.pipes):
            if pipe.machine == machine:
                pipe.reset() if link is Link.REFUSED else pipe.flush()

    def is_reachable(self, machine: str) -> bool:
        """Tell whether a dial from a machine finds a controller whichever it tries, and answers at once."""
        is_up = self.links.get(machine, Link.UP) is Link.UP
        is_there = len(self.doors) == len(self.addresses)
        return is_up and is_there and not any(door.server.is_held for door in self.doors.values())

    def served_by(self, server: process.Process) -> int:
        """Return how many connections a controller's process has open."""
        return sum(pipe.server is server and pipe.is_served for pipe in self.pipes)

    def drop(self, *, machine: str = "", server: process.Process | None = None, is_silent: bool) -> None:
        """End the connections of a process that is gone: silently, or with a reset."""
        for pipe in tuple(self.pipes):
            if pipe.machine == machine or (server is not None and pipe.server is server):
                if is_silent:
                    pipe.lose(agent=bool(machine))
                else:
                    pipe.reset()


class _Stream(stream.Stream):
    """The agent's end, with a pipe where the socket would be."""

    pipe: "Pipe"

    def send(self, message: bytes) -> None:
        """Send one message."""
        self.pipe.send_up(message)

    def begin_close(self, event: ws_events.CloseConnection) -> None:
        """End the connection from this side."""
        self.pipe.close_by_agent()

    def abort(self) -> None:
        """End at once."""
        self.pipe.close_by_agent()


class MemoryConnection(rpc.WebSocketConnection):
    """The adapter's own RPC connection on a pipe."""

    def __init__(self, pipe: "Pipe") -> None:
        super().__init__(limits.MAX_RESPONSE_BYTES)
        made = _Stream(limits.MAX_RESPONSE_BYTES, self._received, self._end)
        made.pipe = pipe
        self.stream = made

    def take(self, message: bytes) -> None:
        """Take a message that arrived."""
        self._received(message)


class Pipe:
    """One connection; ``Peer`` for the controller. In order in each direction."""

    def __init__(
        self,
        network: Network,
        machine: str,
        unit: str,
        owner: process.Process,
        server: process.Process,
        ear: wiretap.Ear,
    ) -> None:
        self.network, self.machine, self.unit = network, machine, unit
        self.owner, self.server = owner, server
        self.opened_at = asyncio.get_running_loop().time()
        self._tap = wiretap.Wiretap(ear, hears_answers_leave=len(network.addresses) > 1)
        self.client = MemoryConnection(self)
        self.conversation: transport.Conversation
        self._free_at = {"up": 0.0, "down": 0.0}
        self._stuck: dict[str, list[Callable[[], None]]] = {"up": [], "down": []}
        self._agent_open = self._server_open = True
        network.pipes.append(self)

    @property
    def is_served(self) -> bool:
        """Tell whether the controller's side is open."""
        return self._server_open

    def is_joined_since(self, at: float) -> bool:
        """Tell whether both sides have been open, and nothing between them, since before a time."""
        is_open = self._agent_open and self._server_open
        is_up = self.network.links.get(self.machine, Link.UP) is Link.UP
        return is_open and is_up and max(self.opened_at, self.network.changed_at.get(self.machine, 0.0)) < at

    def _is_stuck(self, way: str) -> bool:
        link = self.network.links.get(self.machine, Link.UP)
        return link is Link.SILENT or (link is Link.HALF_OPEN and way == "down")

    def _transmit(self, way: str, arrive: Callable[[float], None], to: process.Process) -> None:
        if self._is_stuck(way):
            self._stuck[way].append(lambda: self._transmit(way, arrive, to))
            return
        loop = asyncio.get_running_loop()
        latest = 8.0 if self.network.links.get(self.machine) is Link.SLOW else 0.08
        due = max(self._free_at[way], loop.time() + self.network.random.uniform(0.001, latest))
        self._free_at[way] = due + 1e-6

        def arrived() -> None:
            if self._is_stuck(way):
                self._stuck[way].append(lambda: self._transmit(way, arrive, to))
            else:
                to.receive(arrive, due)

        loop.call_at(due, arrived, context=_NOBODYS)

    def flush(self) -> None:
        """Send on what was stuck, where it is stuck no more."""
        for way in ("up", "down"):
            if not self._is_stuck(way):
                stuck, self._stuck[way] = self._stuck[way], []
                for send in stuck:
                    send()

    # The agent's side.

    def send_up(self, message: bytes) -> None:
        """Send a request."""
        if not self._agent_open or self.owner.is_dead:
            return
        self._tap.went(message)
        self._transmit("up", lambda _: self._arrive_up(message), self.server)

    def _arrive_up(self, message: bytes) -> None:
        if self._server_open and not self.server.is_dead:
            self.conversation.received(message)

    def close_by_agent(self) -> None:
        """End both sides, this one at once."""
        if self._agent_open:
            self._end_agent()
            if not self.owner.is_dead:
                self._transmit("up", lambda _: self._end_server(), self.server)

    def _end_agent(self) -> None:
        if self._agent_open:
            self._agent_open = False
            self._forget()
            self.client.stream.connection_lost(None)

    def _forget(self) -> None:
        if not (self._agent_open or self._server_open) and self in self.network.pipes:
            self.network.pipes.remove(self)

    # The controller's side.

    def send(self, message: bytes) -> None:
        """Send an answer; see ``ports.transport.Peer``."""
        if self._server_open and not self.server.is_dead:
            said = self._tap.left(message)
            self._transmit("down", lambda at: self._arrive_down(message, said, at), self.owner)

    def _arrive_down(self, message: bytes, said: wiretap.Response, at: float) -> None:
        if self._agent_open and not self.owner.is_dead:
            self._tap.came_back(said, is_late=asyncio.get_running_loop().time() > at + 0.1)
            self.client.take(message)

    def admit(self) -> None:
        """Do nothing: no message here is long."""

    def unsent_bytes(self) -> int:
        """Return 0: there is room."""
        return 0

    def close(self) -> None:
        """End the connection from the controller."""
        if self._server_open:
            self._transmit("down", lambda _: self._end_agent(), self.owner)
            asyncio.get_running_loop().call_soon(self._end_server)

    def _end_server(self) -> None:
        if self._server_open:
            self._server_open = False
            self._forget()
            if not self.server.is_dead:
                self.conversation.closed()

    # Faults.

    def reset(self) -> None:
        """End both sides at once."""
        loop = asyncio.get_running_loop()
        loop.call_soon(self._end_agent, context=self.owner.context)
        loop.call_soon(self._end_server, context=self.server.context)

    def lose(self, *, agent: bool) -> None:
        """Let one side be gone without a word."""
        if agent:
            self._agent_open = False
        else:
            self._server_open = False
        self._forget()


class Dialer:
    """``ports.connection.Dialer`` of one unit on one machine."""

    def __init__(self, network: Network, machine: str, unit: str, ear: wiretap.Ear) -> None:
        self._network, self._machine, self._unit, self._ear = network, machine, unit, ear

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        """Connect through the simulated network."""
        link = self._network.links.get(self._machine, Link.UP)
        await asyncio.sleep(self._network.random.uniform(0.002, 2.5 if link is Link.SLOW else 0.1))
        link = self._network.links.get(self._machine, Link.UP)
        if link in (Link.SILENT, Link.HALF_OPEN):
            await asyncio.sleep(45)
        owner, door = process.current(), self._network.doors.get(endpoint.address)
        if link not in (Link.UP, Link.SLOW) or owner is None or owner.is_dead or door is None:
            raise errors.ConnectFailedError(f"cannot connect to {endpoint.address}: connection refused")
        server = door.server
        # Its kernel takes the connection, and nobody says anything; nor when it goes on.
        while server.is_held:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        if server.is_dead or owner.is_dead:
            raise errors.ConnectFailedError(f"cannot connect to {endpoint.address}: connection reset")
        request = transport.HTTPRequest("GET", endpoint.path, f"192.0.2.1:{self._machine}")
        accepted = server.context.copy().run(door.accept, request)
        if isinstance(accepted, transport.HTTPAnswer):
            raise errors.ConnectFailedError(f"cannot connect to {endpoint.address}: {accepted.body}")
        pipe = Pipe(self._network, self._machine, self._unit, owner, server, self._ear)
        pipe.conversation = accepted
        server.context.copy().run(accepted.connected, pipe)
        return pipe.client
