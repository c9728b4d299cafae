"""A controller in memory, with a user of each level and two units, for tests of what it answers."""

import contextlib
import dataclasses
from collections.abc import AsyncGenerator

from harness import repository, rpc
from meterstatus.controller import front as fronts
from meterstatus.controller import settings
from meterstatus.controller.fleet import fleet
from meterstatus.controller.service import service
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import blast_radius, passwords, records
from meterstatus.ports import repository as repositories
from meterstatus.ports import time, transport
from meterstatus.testing import manual_clock

USER_PASSWORD = "a user's password"  # noqa: S105 - of users that exist only in tests
MODEL_PATH = f"/model/{repository.IDENTITY.model_uuid}/api"
CA_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n"
"""What the controller says that it is trusted by."""

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
_SALT = "c2FsdHNhbHRzYWx0"


@dataclasses.dataclass
class Bench:
    """What a test has to hand."""

    clock: manual_clock.ManualClock
    stored: repository.MemoryDatabase
    store: repository.MemoryRepository
    fleet: fleet.Fleet
    service: service.Service
    front: fronts.Front
    agent_passwords: dict[str, str]
    """By unit name."""

    def connect(self, path: str = MODEL_PATH) -> rpc.MemoryClient:
        """Connect, to the model where no path is given."""
        request = transport.HTTPRequest("GET", path, "192.0.2.1:4711")
        return rpc.MemoryClient(self.front.accept(request))

    async def agent(self, unit: str = "shop/0") -> rpc.MemoryClient:
        """Connect and log in as a unit's agent."""
        client = self.connect()
        answer = await client.log_in(names.unit_tag(unit), self.agent_passwords[unit])
        assert "error" not in answer, answer
        return client

    async def user(self, name: str = "admin", path: str = MODEL_PATH) -> rpc.MemoryClient:
        """Connect and log in as ``admin``, ``writer`` or ``reader``."""
        client = self.connect(path)
        answer = await client.log_in(f"user-{name}", USER_PASSWORD)
        assert "error" not in answer, answer
        return client

    async def set_status(self, unit: str, code: str, info: str = "") -> None:
        """Set a unit's status as the admin."""
        wanted = {"tag": names.unit_tag(unit), "code": code, "info": info}
        client = await self.user()
        answer = await client.call("MetricsDebug", 2, "SetMeterStatus", {"statues": [wanted]})
        assert answer == {"response": {"results": [{}]}}, answer
        client.leave()


@dataclasses.dataclass
class Started:
    """A fleet that follows a store, and the use cases on it; nobody is connected."""

    clock: time.Clock
    store: repositories.Repository
    fleet: fleet.Fleet
    service: service.Service

    async def add_unit(self, name: str, initial: status.MeterStatus | None = None) -> None:
        """Add a unit as an admin."""
        await self.service.units.add(ADMIN, name, initial)

    async def remove_unit(self, name: str) -> None:
        """Remove a unit as an admin."""
        await self.service.units.remove(ADMIN, name)

    async def set_status(self, tag: str, wanted: status.MeterStatus, reason: str = "") -> None:
        """Set the status of a unit or an application as an admin does by Juju's call."""
        await self.service.statuses.set_as_juju(ADMIN, names.parse_tag(tag), wanted, reason)

    async def set_policy(self, tag: str, wanted: policy.Policy | None) -> None:
        """Set a policy as an admin."""
        await self.service.policies.set(ADMIN, names.parse_tag(tag), wanted)


async def start(
    store: repositories.Repository,
    clock: time.Clock | None = None,
    *,
    radius: blast_radius.BlastRadius | None = None,
) -> Started:
    """Start a fleet on a store, by a clock that stands still where none is given."""
    clock = clock or manual_clock.ManualClock()
    of = fleet.Fleet(store, clock)
    await of.start()
    return Started(clock, store, of, service.Service(of, store, clock, radius=radius))


@contextlib.asynccontextmanager
async def running(limits: settings.Settings | None = None) -> AsyncGenerator[Bench]:
    """Run a controller with units ``shop/0`` and ``shop/1``, and users as ``Bench.user`` says.

    There is a disabled user ``former`` as well.
    """
    hashed = passwords.user_hash(USER_PASSWORD, _SALT)
    users = [
        records.User("reader", _SALT, hashed, records.Access.READ),
        records.User("writer", _SALT, hashed, records.Access.WRITE),
        records.User("admin", _SALT, hashed, records.Access.ADMIN),
        records.User("former", _SALT, hashed, records.Access.ADMIN, enabled=False),
    ]
    clock = manual_clock.ManualClock()
    stored = repository.MemoryDatabase(users=users)
    store = repository.MemoryRepository(stored)
    started = await start(store, clock)
    of, made = started.fleet, started.service
    admin = of.users["admin"]
    agent_passwords = {name: await made.units.add(admin, name, None) for name in ("shop/0", "shop/1")}
    front = fronts.Front(of, made, clock, limits or settings.Settings(), CA_CERTIFICATE)
    front.reached_at(17070)
    async with front.running():
        yield Bench(clock, stored, store, of, made, front, agent_passwords)
