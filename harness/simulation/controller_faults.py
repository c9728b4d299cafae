"""The faults of controllers: each by itself, or what all of them have in common."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from harness.simulation import faults, headquarters, observer, story

_HELD = 900.0
"""Seconds until an operator ends it that an old copy was put back: long enough for both stages."""


class ControllerFaults:
    """Lets faults befall controllers, one at a time each.

    Args:
        controller: all of them.
        most: how many there may come to be.
        witness: takes note of what the agents cannot know.
        log: the story.
    """

    def __init__(
        self, controller: headquarters.Headquarters, most: int, witness: observer.Observer, log: story.Story
    ) -> None:
        self._controller, self._observer, self._log = controller, witness, log
        self._turns = [asyncio.Lock() for _ in range(most)]

    @contextlib.asynccontextmanager
    async def spared(self) -> AsyncGenerator[None]:
        """Keep all faults off for as long as the context lasts."""
        async with contextlib.AsyncExitStack() as turns:
            for turn in self._turns:
                await turns.enter_async_context(turn)
            yield

    async def strike(self, fault: faults.Fault) -> None:
        """Strike one controller, chosen by the fault, or what all of them have in common."""
        seats = self._controller.seats
        number = int(fault.draw * 1000) % len(seats)
        which = f": {seats[number].name}" if len(seats) > 1 else ""
        if fault.kind in faults.SHARED:
            is_all = fault.kind is faults.Kind.CONTROLLERS_STORE
            self._log.say(f"FAULT {fault.kind}{'' if is_all else which}, {fault.seconds:.0f} s")
            with self._controller.cut(None if is_all else number):
                await asyncio.sleep(fault.seconds)
            self._log.say(f"end of {fault.kind}{'' if is_all else which}")
            return
        is_of_all = fault.kind in (faults.Kind.CONTROLLER_RESTORE, faults.Kind.CONTROLLER_LED_BACK)
        async with contextlib.AsyncExitStack() as turns:
            for turn in self._turns if is_of_all else (self._turns[number],):
                await turns.enter_async_context(turn)
            self._log.say(f"FAULT {fault.kind}{'' if is_of_all else which}")
            await self._strike(fault, number)

    async def _strike(self, fault: faults.Fault, number: int) -> None:
        hit = self._controller.seats[number]
        match fault.kind:
            case faults.Kind.CONTROLLER_RESTORE:
                self._controller.back_up()
                await asyncio.sleep(fault.seconds)
                under_way = len(self._controller.seats) > 1 and fault.draw < 0.5
                await self._controller.restore(under_way=under_way)
                self._observer.controller_restored()
                return
            case faults.Kind.CONTROLLER_LED_BACK:
                self._controller.back_up()
                await asyncio.sleep(fault.seconds)
                self._observer.led_back(await self._controller.put_back())
                await asyncio.sleep(_HELD)
                self._observer.may_follow()
                await self._controller.begin_epoch()
                self._observer.follows_again()
                self._observer.controller_restored()
                return
            case faults.Kind.CONTROLLER_FREEZE:
                hit.hold()
                await asyncio.sleep(fault.seconds)
                hit.release()
                return
            case faults.Kind.CONTROLLER_REFUSES:
                self._controller.refuses_copies = True
                await asyncio.sleep(fault.seconds)
                self._controller.refuses_copies = False
                return
            case faults.Kind.CONTROLLER_STOP:
                await hit.stop()
            case _:
                await hit.crash(is_silent=fault.kind is faults.Kind.CONTROLLER_POWER)
        await asyncio.sleep(fault.seconds)
        await self._controller.start(number)
