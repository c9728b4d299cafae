"""The connected handler and worker, driven through their ports (spec worker, A.4 and C.8)."""

import asyncio
import dataclasses
import datetime
import logging
from typing import Any

import pytest

import meterstatus
from meterstatus import errors
from meterstatus.domain import epoch, policy
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.hook import trouble
from meterstatus.domain.unit import decide, delivery, offline_clock
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import attempts, clocks

FAILED = meterstatus.HookOutcome(meterstatus.HookResult.FAILED, 1)
NOT_STARTED = meterstatus.HookOutcome(meterstatus.HookResult.NOT_STARTED)
MISSING = meterstatus.HookOutcome(meterstatus.HookResult.MISSING)
LOGGER = logging.getLogger("test.connected")
SHORT = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=20))
CUT_OFF = meterstatus.Disconnected(1893456000, meterstatus.WorkerState.DONE)


class Setting:
    """A connected unit's parts, all fakes that share one list of calls."""

    def __init__(self, **parts: Any) -> None:
        self.calls: list[str] = []
        self.client = fakes.FakeMeterStatusClient("GREEN", "ok", self.calls)
        self.store = fakes.FakeStateReadWriter(parts.pop("stored", None), self.calls)
        self.runner = parts.pop("runner", None) or fakes.FakeHookRunner(parts.pop("outcomes", ()), self.calls)
        self.clock = virtual_time.VirtualClock()
        self.config = meterstatus.ConnectedConfig(
            runner=self.runner,
            state_read_writer=self.store,
            status=parts.pop("status", self.client),
            logger=LOGGER,
            clock=self.clock,
            memory=parts.pop("memory", None),
            **parts,
        )
        self.abort = asyncio.Event()

    async def handler(self) -> meterstatus.ConnectedStatusHandler:
        handler = meterstatus.ConnectedStatusHandler(self.config)
        await handler.set_up()
        return handler


class Sleeping(fakes.FakeMeterStatusClient):
    """A machine that sleeps for a while as the first answer comes."""

    sleep: float = 31.0

    async def meter_status(self) -> Any:
        """Answer once the machine is awake."""
        told = await super().meter_status()
        await asyncio.sleep(self.sleep)
        self.sleep = 0.0
        return told


@virtual_time.virtual
async def test_a_start_fetches_the_status_once() -> None:
    """The watch's first event is the first fetch, although contact has to be confirmed now and then."""
    setting = Setting(confirms_contact=True)
    await setting.clock.advance(datetime.timedelta(hours=1))
    worker = meterstatus.ConnectedStatusWorker.start(setting.config)
    await virtual_time.settle()
    assert setting.calls.count("status") == 1
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_an_answer_that_lay_there_while_the_machine_slept_is_no_contact() -> None:
    """It is asked again, because contact counts from when the status is taken."""
    setting = Setting()
    client = Sleeping("GREEN", "ok", setting.calls)
    slept = Setting(status=client)
    handler = await slept.handler()
    setting.calls.clear()
    await handler.handle(slept.abort)
    assert setting.calls.count("status") == 2

    setting.calls.clear()
    await handler.handle(slept.abort)
    assert setting.calls.count("status") == 1


@virtual_time.virtual
async def test_maintenance_goes_on_while_the_status_is_asked_for() -> None:
    """What is left of it counts from the contact: an answer that takes its time makes no stage later."""
    policies, memory = fakes.FakePolicySource(), fakes.FakeStateReadWriter()
    policies.word = decide.PolicyWord(None, maintenance=datetime.timedelta(seconds=40))
    for sleep, left in ((31.0, 9), (9.0, 31), (29.0, 11)):
        client = Sleeping("GREEN", "ok")
        client.sleep = sleep
        setting = Setting(status=client, policies=policies, memory=memory)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        mark = memory.writes[-1].mark
        assert mark is not None
        assert mark.longer == datetime.timedelta(seconds=left)


class Keeping(fakes.FakeMeterStatusClient):
    """A client with a word that came by itself; the controller can be asked no more."""

    word: decide.ContactConfirmed | None = None

    def untaken(self) -> decide.ContactConfirmed | None:
        """Return the word."""
        return self.word


class TestUntaken:
    """A word may come while a hook runs or waits, and the connection end before it is taken.

    Found by the simulation, seed 10296: AMBER and GREEN came in one instant, behind a neighbour's hook that
    hung, the controller stopped, and the unit was told AMBER.
    """

    async def lose(self, setting: Setting, client: Keeping) -> None:
        client.word = decide.ContactConfirmed(
            meterstatus.MeterStatus("GREEN", "newest"), heard=clocks.instants(setting.clock).instant_now()
        )
        client.failure = errors.ConnectionLostError("the controller stopped")

    @virtual_time.virtual
    async def test_it_is_told_in_place_of_the_older_one(self) -> None:
        """A hook that waited for the machine lock is told the newest word that came."""
        client, runner = Keeping("AMBER", "older"), fakes.FakeDeliveryRunner()
        setting = Setting(status=client, runner=runner)
        handler = await setting.handler()
        await runner.lock.acquire()
        handling = asyncio.ensure_future(handler.handle(setting.abort))
        await asyncio.sleep(30)
        await self.lose(setting, client)
        await asyncio.sleep(30)
        runner.lock.release()
        await handling
        assert runner.told == [("GREEN", "newest")]

    @virtual_time.virtual
    async def test_it_is_left_to_the_next_worker(self) -> None:
        """A worker that ends writes it down, with contact counted from when it came."""
        client, disk = Keeping("AMBER", "older"), fakes.FakeStateReadWriter()
        setting = Setting(status=client, memory=disk)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        await self.lose(setting, client)
        came = setting.clock.now()
        await asyncio.sleep(30)
        await handler.tear_down()
        assert disk.value is not None and disk.value.mark is not None
        assert (disk.value.observed, disk.value.mark.at.wall) == (client.word and client.word.status, came)
        assert setting.runner.told == [("AMBER", "older")]


class Silent(fakes.FakeMeterStatusClient):
    """A controller that takes calls and answers none while it is silent."""

    is_silent = True

    async def meter_status(self) -> Any:
        """Answer, or never."""
        if self.is_silent:
            await asyncio.Event().wait()
        return await super().meter_status()

    async def watch_meter_status(self) -> fakes.FakeNotifyWatcher:
        """Answer, or never."""
        if self.is_silent:
            await asyncio.Event().wait()
        return await super().watch_meter_status()


class TestSilence:
    """A controller that does not answer is given up before the first stage (``escalation.answer_limit``)."""

    def setting(self, ruling: policy.Policy) -> tuple[Setting, list[datetime.datetime]]:
        """A unit with a policy on its disk; and when the connection was given up."""
        memory = fakes.FakeStateReadWriter(meterstatus.State("GREEN", "ok", policy=ruling))
        given_up: list[datetime.datetime] = []

        async def give_up() -> None:
            given_up.append(setting.clock.now())

        setting = Setting(memory=memory, confirms_contact=True, status=Silent("GREEN", "ok"), give_up=give_up)
        return setting, given_up

    @virtual_time.virtual
    async def test_ends_the_connection_in_time_for_the_first_stage(self) -> None:
        """Three seconds for a stage of ten, for the watch as for the status."""
        setting, given_up = self.setting(SHORT)
        client: Any = setting.config.status
        began = setting.clock.now()
        handler = meterstatus.ConnectedStatusHandler(setting.config)
        with pytest.raises(errors.RequestTimeoutError):
            await handler.set_up()
        assert given_up == [began + datetime.timedelta(seconds=3)]

        client.is_silent = False
        await handler.set_up()
        await handler.handle(setting.abort)
        client.is_silent = True
        with pytest.raises(errors.RequestTimeoutError, match="did not answer within 3 s"):
            await handler.handle(setting.abort)
        assert given_up[1:] == [began + datetime.timedelta(seconds=6)]

    @pytest.mark.parametrize("counted", [290.0, 897.5])
    @virtual_time.virtual
    async def test_no_stage_waits_for_an_answer(self, counted: float) -> None:
        """A connection that has brought no contact by then is given up: who waits for it tells no stage."""
        setting, given_up = self.setting(policy.JUJU_POLICY)
        now = clocks.instants(setting.clock).instant_now()
        mark = offline_clock.Mark(datetime.timedelta(seconds=counted), now, now.wall)
        memory: Any = setting.config.memory
        memory.value = meterstatus.State("GREEN", "ok", meterstatus.Disconnected(1, 1), mark=mark)
        began = setting.clock.now()
        handler = meterstatus.ConnectedStatusHandler(setting.config)
        with pytest.raises(errors.RequestTimeoutError):
            await asyncio.wait_for(handler.set_up(), 3600)
        stage = 300.0 if counted < 300 else 900.0
        assert given_up == [began + datetime.timedelta(seconds=stage - counted)]

    @virtual_time.virtual
    async def test_what_was_overdue_at_the_start_waits_no_longer(self) -> None:
        """A connection has what is left of the thirty seconds, until it has brought a status."""
        setting, given_up = self.setting(policy.JUJU_POLICY)
        known = attempts.Attempts(setting.clock)
        known.first_try_ends = clocks.instants(setting.clock).instant_now().boot + datetime.timedelta(
            seconds=4
        )
        client: Any = setting.config.status
        began = setting.clock.now()
        handler = meterstatus.ConnectedStatusHandler(dataclasses.replace(setting.config, attempts=known))
        with pytest.raises(errors.RequestTimeoutError):
            await asyncio.wait_for(handler.set_up(), 3600)
        assert given_up == [began + datetime.timedelta(seconds=4)]
        client.is_silent = False
        known.first_try_ends += datetime.timedelta(seconds=4)
        await handler.set_up()
        await handler.handle(setting.abort)
        assert known.first_try_ends is None

    @virtual_time.virtual
    async def test_long_stages_have_time(self) -> None:
        """With Juju's the client's own limits are soon enough, and nothing else ends a call."""
        setting, given_up = self.setting(policy.JUJU_POLICY)
        handler = meterstatus.ConnectedStatusHandler(setting.config)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(handler.set_up(), 3600)
        assert given_up == []


class TestHandler:
    @virtual_time.virtual
    async def test_does_not_rerun_without_a_change(self) -> None:
        """Calls: watch, status, hook, status; one read, one write."""
        setting = Setting()
        handler = await setting.handler()
        await handler.handle(setting.abort)
        await handler.handle(setting.abort)

        assert ["read", "watch", "status", "hook", "write", "status"] == setting.calls
        assert [meterstatus.State("GREEN", "ok")] == setting.store.writes

    @virtual_time.virtual
    async def test_a_policy_is_written_down_and_confirms_contact_accordingly(self) -> None:
        """With a short policy contact is confirmed often, with none any more as seldom as before."""
        policies, memory = fakes.FakePolicySource(), fakes.FakeStateReadWriter()
        setting = Setting(policies=policies, memory=memory, confirms_contact=True)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        assert handler.wake_in == datetime.timedelta(minutes=1)

        policies.word = decide.PolicyWord(SHORT)
        await handler.handle(setting.abort)
        assert handler.wake_in == datetime.timedelta(seconds=2)
        assert memory.writes[-1].policy == SHORT

        policies.word = decide.PolicyWord(None)
        await handler.handle(setting.abort)
        assert handler.wake_in == datetime.timedelta(minutes=1)
        assert memory.writes[-1].policy is None
        assert setting.runner.told == [("GREEN", "ok")]

    @virtual_time.virtual
    async def test_silence_keeps_the_policy_that_was_stored(self) -> None:
        """A controller that says nothing of policies takes none back."""
        memory = fakes.FakeStateReadWriter(meterstatus.State("GREEN", "ok", policy=SHORT))
        setting = Setting(policies=fakes.FakePolicySource(), memory=memory, confirms_contact=True)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        assert handler.wake_in == datetime.timedelta(seconds=2)
        assert memory.writes[-1].policy == SHORT

    @virtual_time.virtual
    async def test_runs_the_hook_on_changes(self) -> None:
        """Calls: watch, status, hook, status, hook; two writes."""
        setting = Setting()
        handler = await setting.handler()
        await handler.handle(setting.abort)
        setting.client.change("RED", "over")
        await handler.handle(setting.abort)

        assert ["read", "watch", "status", "hook", "write", "status", "hook", "write"] == setting.calls
        assert [("GREEN", "ok"), ("RED", "over")] == setting.runner.told

    @virtual_time.virtual
    async def test_a_missing_hook_is_recorded(self) -> None:
        """A charm without the hook has been told all it can be."""
        setting = Setting(outcomes=[MISSING])
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert ["read", "watch", "status", "hook", "write"] == setting.calls
        assert handler.wake_in is None

    @virtual_time.virtual
    async def test_a_failed_hook_is_not_recorded(self) -> None:
        """The handler succeeds, writes nothing, and asks to be called again (B-06)."""
        setting = Setting(outcomes=[FAILED])
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert ["read", "watch", "status", "hook"] == setting.calls
        assert delivery.FIRST_RETRY == handler.wake_in

    @virtual_time.virtual
    async def test_an_event_hurries_a_hook_that_was_not_started_and_a_poll_does_not(self) -> None:
        """Asked again when it was time to, the controller has said nothing; with an event it has."""
        setting = Setting(outcomes=[NOT_STARTED], confirms_contact=True, own_policy=SHORT)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        assert handler.wake_in is not None
        assert datetime.timedelta() < handler.wake_in < delivery.FIRST_RETRY
        await setting.clock.advance(handler.wake_in)
        await handler.handle(setting.abort)
        assert setting.calls.count("hook") == 1

        await handler.handle(setting.abort)
        assert setting.calls.count("hook") == 2

    @virtual_time.virtual
    async def test_contact_is_confirmed_each_minute_where_that_is_wanted(self) -> None:
        """Counted from the last status fetched; else it would be lost since the last change."""
        setting = Setting(confirms_contact=True)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        await setting.clock.advance(datetime.timedelta(seconds=20))

        assert datetime.timedelta(seconds=40) == handler.wake_in

    @virtual_time.virtual
    async def test_does_not_rerun_after_a_restart(self) -> None:
        """A status that is stored is not told again, nor written."""
        setting = Setting(stored=meterstatus.State("GREEN", "ok"))
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert ["read", "watch", "status"] == setting.calls

    @virtual_time.virtual
    async def test_other_errors_of_the_store_stop_the_set_up(self) -> None:
        """An unreachable store fails the set-up, and no watch is made."""
        setting = Setting()
        setting.store.read_failure = PermissionError("no")
        with pytest.raises(PermissionError):
            await setting.handler()

        assert ["read"] == setting.calls

    @virtual_time.virtual
    async def test_a_corrupt_store_is_passed_over(self) -> None:
        """What cannot be understood is nothing stored: the status is told again (B-13)."""
        setting = Setting()
        setting.store.read_failure = meterstatus.StateCorruptError("gibberish")
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert [("GREEN", "ok")] == setting.runner.told

    @virtual_time.virtual
    async def test_a_refused_watch_fails_the_set_up(self) -> None:
        """The watch's error comes out."""
        setting = Setting()
        setting.client.failure = meterstatus.UnsupportedError("no such facade")
        with pytest.raises(meterstatus.UnsupportedError):
            await setting.handler()

    @virtual_time.virtual
    async def test_a_failed_fetch_does_nothing_else(self) -> None:
        """Without a status there is no hook and no write."""
        setting = Setting()
        handler = await setting.handler()
        setting.client.failure = meterstatus.ConnectionLostError()
        with pytest.raises(meterstatus.ConnectionLostError):
            await handler.handle(setting.abort)

        assert ["read", "watch", "status"] == setting.calls

    @virtual_time.virtual
    async def test_a_failed_write_says_so(self) -> None:
        """Without a disk to remember by, the write's failure is the handler's."""
        setting = Setting()
        setting.store.failure = OSError("disk full")
        handler = await setting.handler()
        with pytest.raises(
            meterstatus.StateWriteError, match=r"^failed to record meter status worker state: disk full$"
        ):
            await handler.handle(setting.abort)

    @virtual_time.virtual
    async def test_contact_clears_the_record_without_a_change(self) -> None:
        """A stored disconnect record is gone with the first contact, though the status is the same (B-10)."""
        setting = Setting(stored=meterstatus.State("GREEN", "ok", CUT_OFF))
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert [] == setting.runner.told
        assert [meterstatus.State("GREEN", "ok")] == setting.store.writes

    @virtual_time.virtual
    async def test_an_abort_keeps_the_hook_from_starting(self) -> None:
        """A handler that is told to stop starts nothing and records nothing."""
        setting = Setting()
        handler = await setting.handler()
        setting.abort.set()
        await handler.handle(setting.abort)

        assert ["read", "watch", "status"] == setting.calls

    @virtual_time.virtual
    async def test_tear_down_does_nothing(self) -> None:
        """Tearing down succeeds and touches no port."""
        setting = Setting()
        handler = await setting.handler()
        await handler.tear_down()

        assert ["read", "watch"] == setting.calls


class TestMemory:
    @virtual_time.virtual
    async def test_a_delivery_is_written_ahead_on_the_units_own_disk(self) -> None:
        """The disk knows of the delivery before the hook runs, and of its end (B-18)."""
        disk = fakes.FakeStateReadWriter()
        setting = Setting(memory=disk)
        handler = await setting.handler()
        await handler.handle(setting.abort)

        ahead, after = disk.writes
        assert ahead.delivering is not None
        assert ahead.delivering.status == meterstatus.MeterStatus("GREEN", "ok")
        assert (None, "GREEN") == (after.delivering, after.code)
        assert [meterstatus.State("GREEN", "ok")] == setting.store.writes

    @virtual_time.virtual
    async def test_the_disk_rules_and_the_controllers_copy_follows(self) -> None:
        """Where the two differ, the disk knows what the hook heard, and the copy is written anew."""
        disk = fakes.FakeStateReadWriter(meterstatus.State("GREEN", "ok"))
        setting = Setting(memory=disk, stored=meterstatus.State("RED", "old", CUT_OFF))
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert [] == setting.runner.told
        assert [meterstatus.State("GREEN", "ok")] == setting.store.writes

    @virtual_time.virtual
    async def test_a_reconnection_without_news_writes_nothing_to_the_controller(self) -> None:
        """The record lies on the unit's own disk: ten thousand agents coming back write nothing there."""
        disk = fakes.FakeStateReadWriter(meterstatus.State("GREEN", "ok", CUT_OFF))
        setting = Setting(memory=disk, stored=meterstatus.State("GREEN", "ok"))
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert [] == setting.store.writes
        assert disk.value is not None
        assert disk.value.disconnected is None

    @virtual_time.virtual
    async def test_a_lost_disk_starts_from_the_controllers_copy(self) -> None:
        """A unit on a new disk is told once more: without contact it may have been told what no copy has."""
        setting = Setting(memory=fakes.FakeStateReadWriter(), stored=meterstatus.State("GREEN", "ok"))
        handler = await setting.handler()
        await handler.handle(setting.abort)
        await handler.handle(setting.abort)

        assert [("GREEN", "ok")] == setting.runner.told

    @virtual_time.virtual
    async def test_a_refused_upload_is_tried_again_beside_the_work(self) -> None:
        """With a disk to remember by, the controller's refusal stops nothing (B-12)."""
        setting = Setting(memory=fakes.FakeStateReadWriter())
        setting.store.failure = meterstatus.RequestError("too much", "quota limit exceeded")
        handler = await setting.handler()
        await handler.handle(setting.abort)
        assert [("GREEN", "ok")] == setting.runner.told
        assert handler.wake_in is not None

        setting.store.failure = None
        await handler.handle(setting.abort)

        assert [meterstatus.State("GREEN", "ok")] == setting.store.writes
        assert handler.wake_in is None

    @virtual_time.virtual
    async def test_what_failed_is_not_tried_again_in_the_same_breath(self) -> None:
        """One event asks a refusing controller once, and a full disk once for each save (B-12, B-03)."""
        disk = fakes.FakeStateReadWriter()
        disk.failure = OSError("no space left on device")
        setting = Setting(memory=disk)
        setting.store.failure = meterstatus.RequestError("too much", "quota limit exceeded")
        handler = await setting.handler()
        await handler.handle(setting.abort)

        assert 1 == setting.calls.count("write")
        assert 2 == disk.calls.count("write")

    @pytest.mark.parametrize("lacking", ["State", "WatchMeterStatus", "GetMeterStatus"])
    def test_a_controller_without_meter_status_is_written_down(self, lacking: str) -> None:
        """Whichever call it lacks, the worker ends, and the disk knows that there is nothing to lose."""
        self._meet_a_controller_without(lacking)

    @virtual_time.virtual
    async def _meet_a_controller_without(self, lacking: str) -> None:
        disk = fakes.FakeStateReadWriter(meterstatus.State("AMBER", "cut off", CUT_OFF))
        setting = Setting(memory=disk)
        handler = meterstatus.ConnectedStatusHandler(setting.config)
        if lacking == "State":
            setting.store.read_failure = meterstatus.UnsupportedError("no such facade")
        if lacking == "WatchMeterStatus":
            setting.client.failure = meterstatus.UnsupportedError("no such facade")
        if lacking == "GetMeterStatus":
            await handler.set_up()
            setting.client.failure = meterstatus.UnsupportedError("no such facade")
        with pytest.raises(meterstatus.UnsupportedError):
            await (handler.handle(setting.abort) if lacking == "GetMeterStatus" else handler.set_up())
        assert disk.value is not None
        assert (disk.value.unmetered, disk.value.disconnected) == (True, None)
        assert setting.runner.told == []

    @virtual_time.virtual
    async def test_a_full_disk_stops_nothing(self) -> None:
        """What cannot be saved is kept in memory, told once, and saved later (B-03)."""
        disk = fakes.FakeStateReadWriter()
        disk.failure = OSError("no space left on device")
        setting = Setting(memory=disk)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        await handler.handle(setting.abort)
        assert [("GREEN", "ok")] == setting.runner.told
        assert handler.wake_in is not None

        disk.failure = None
        await handler.handle(setting.abort)

        assert disk.value is not None
        assert (disk.value.code, None) == ("GREEN", handler.wake_in)


class TestWorker:
    @virtual_time.virtual
    async def test_follows_the_controller_until_killed(self) -> None:
        """Each change reaches the hook; a kill ends it cleanly and stops the watch."""
        setting = Setting()
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await virtual_time.settle()
        setting.client.change("RED", "over")
        await virtual_time.settle()
        worker.kill()
        await worker.wait()

        assert [("GREEN", "ok"), ("RED", "over")] == setting.runner.told
        assert setting.client.watchers[0].stopped

    @virtual_time.virtual
    async def test_a_failed_hook_is_run_again_without_an_event(self) -> None:
        """After 5 s and 10 s more the same status is told again, then recorded."""
        setting = Setting(outcomes=[FAILED, NOT_STARTED])
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await setting.clock.advance(datetime.timedelta(seconds=4))
        assert [("GREEN", "ok")] == setting.runner.told
        await setting.clock.advance(datetime.timedelta(seconds=14))
        worker.kill()
        await worker.wait()

        assert [("GREEN", "ok")] * 3 == setting.runner.told
        assert [meterstatus.State("GREEN", "ok")] == setting.store.writes

    @virtual_time.virtual
    async def test_a_kill_ends_a_running_hook(self) -> None:
        """The hook is interrupted, its end is not a delivery, and the worker ends cleanly (B-19)."""
        setting = Setting()
        setting.runner.hold = asyncio.Event()
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await virtual_time.settle()
        worker.kill()
        await worker.wait()

        assert [("GREEN", "ok")] == setting.runner.told
        assert [] == setting.store.writes

    @virtual_time.virtual
    async def test_a_hook_ends_by_itself_where_the_agent_goes_on(self) -> None:
        """The controller is lost in the middle of a hook: what it has told counts, and is not begun again."""
        runner = fakes.FakeDeliveryRunner()
        runner.hold = asyncio.Event()
        setting = Setting(runner=runner, stopping=asyncio.Event())
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await virtual_time.settle()
        worker.kill()
        await setting.clock.advance(datetime.timedelta(seconds=59))
        assert [] == setting.store.writes
        runner.hold.set()
        await worker.wait()
        assert setting.store.writes[-1].delivered == setting.client.status

    @virtual_time.virtual
    async def test_a_hook_that_hangs_has_a_minute(self) -> None:
        """Then it is ended, and its delivery is begun again by the next worker."""
        runner = fakes.FakeDeliveryRunner()
        runner.hold = asyncio.Event()
        setting = Setting(runner=runner, stopping=asyncio.Event())
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await virtual_time.settle()
        worker.kill()
        began = asyncio.get_running_loop().time()
        await worker.wait()
        assert asyncio.get_running_loop().time() - began == pytest.approx(60.0)
        assert [] == setting.store.writes

    @virtual_time.virtual
    async def test_ends_with_the_connection(self) -> None:
        """A watch that breaks ends the worker with its error."""
        setting = Setting()
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await virtual_time.settle()
        setting.client.watchers[0].fail(meterstatus.ConnectionLostError())

        with pytest.raises(meterstatus.ConnectionLostError):
            await worker.wait()

    @virtual_time.virtual
    async def test_reports_what_the_unit_was_told(self) -> None:
        """An operator sees the mode, the status, and what waits."""
        setting = Setting(outcomes=[FAILED])
        worker = meterstatus.ConnectedStatusWorker.start(setting.config)
        await virtual_time.settle()
        report = worker.report()
        worker.kill()
        await worker.wait()

        assert report["mode"] == "connected"
        assert ("GREEN", "failed") == (report["delivering"], report["last-outcome"])
        assert "next-action" in report


@virtual_time.virtual
async def test_while_a_charm_is_awaited_the_controller_is_asked_no_more_than_ever() -> None:
    """Once a minute, for contact; the looks at the charm are the agent's own, and then the newest is told."""
    setting = Setting(confirms_contact=True)
    runner = fakes.FakeDeliveryRunner()
    runner.waits_for = "the charm is being unpacked"
    worker = meterstatus.ConnectedStatusWorker.start(dataclasses.replace(setting.config, runner=runner))
    await virtual_time.settle()
    setting.calls.clear()
    await setting.clock.advance(datetime.timedelta(minutes=10))
    assert setting.calls.count("status") == 10
    setting.client.status = meterstatus.MeterStatus("RED", "over")
    runner.waits_for = ""
    await setting.clock.advance(delivery.CHARM_LOOK)
    assert runner.told == [("RED", "over")]
    worker.kill()
    await worker.wait()


class TestEpochs:
    """A controller that is older than what the unit has heard is told so."""

    def setting(self) -> tuple[Setting, fakes.FakePolicySource, fakes.FakeEpochReporter, list[str]]:
        ended: list[str] = []

        async def give_up() -> None:
            ended.append("given up")

        policies, reporter = fakes.FakePolicySource(), fakes.FakeEpochReporter()
        heard = epoch.Standing(epoch.Place(5, 512))
        memory = fakes.FakeStateReadWriter(meterstatus.State("RED", "over", standing=heard))
        setting = Setting(policies=policies, epochs=reporter, memory=memory, give_up=give_up)
        return setting, policies, reporter, ended

    @virtual_time.virtual
    async def test_one_that_is_in_order_is_told_nothing(self) -> None:
        """No call is spent on it."""
        setting, policies, reporter, ended = self.setting()
        handler = await setting.handler()
        policies.word = decide.PolicyWord(None, place=epoch.Place(5, 513))
        await handler.handle(setting.abort)
        assert (reporter.heard, ended, setting.runner.told) == ([], [], [("GREEN", "ok")])

    @virtual_time.virtual
    async def test_one_that_is_behind_is_told_once(self) -> None:
        """On each connection; its word lowers nothing, and the connection goes on."""
        setting, policies, reporter, ended = self.setting()
        handler = await setting.handler()
        for revision in (498, 499):
            policies.word = decide.PolicyWord(None, place=epoch.Place(5, revision))
            await handler.handle(setting.abort)
        assert (reporter.heard, ended, setting.runner.told) == ([epoch.Place(5, 512)], [], [])
        assert handler.report()["status"] == "RED"

    @virtual_time.virtual
    async def test_one_that_was_restored_is_told_what_it_lost(self) -> None:
        """And followed."""
        setting, policies, reporter, _ = self.setting()
        handler = await setting.handler()
        policies.word = decide.PolicyWord(None, place=epoch.Place(9, 499, 498))
        await handler.handle(setting.abort)
        assert (reporter.heard, setting.runner.told) == ([epoch.Place(5, 512)], [("GREEN", "ok")])

    @virtual_time.virtual
    async def test_one_that_was_superseded_is_left(self) -> None:
        """It is told first, for somebody may look there."""
        setting, policies, reporter, ended = self.setting()
        handler = await setting.handler()
        policies.word = decide.PolicyWord(None, place=epoch.Place(4, 900))
        with pytest.raises(errors.ConnectionLostError, match="superseded"):
            await handler.handle(setting.abort)
        assert (reporter.heard, ended, setting.runner.told) == ([epoch.Place(5, 512)], ["given up"], [])

    @virtual_time.virtual
    async def test_one_that_was_superseded_is_left_by_whoever_cannot_tell_it(self) -> None:
        """A caller without a reporter, or without a connection to end, is not held there."""
        policies = fakes.FakePolicySource()
        heard = epoch.Standing(epoch.Place(5, 512))
        memory = fakes.FakeStateReadWriter(meterstatus.State("RED", "over", standing=heard))
        setting = Setting(policies=policies, memory=memory)
        handler = await setting.handler()
        policies.word = decide.PolicyWord(None, place=epoch.Place(4, 900))
        with pytest.raises(errors.ConnectionLostError, match="superseded"):
            await handler.handle(setting.abort)

    @virtual_time.virtual
    async def test_a_connection_lost_over_it_is_lost(self) -> None:
        """As with any other call."""
        setting, policies, reporter, _ = self.setting()
        reporter.failure = errors.ConnectionLostError()
        handler = await setting.handler()
        policies.word = decide.PolicyWord(None, place=epoch.Place(5, 498))
        with pytest.raises(errors.ConnectionLostError):
            await handler.handle(setting.abort)


class TestTrouble:
    """What keeps the hook from being told is noted for whoever tells the controller."""

    @virtual_time.virtual
    async def test_a_hook_that_fails_is_noted_and_its_end_too(self) -> None:
        """With what became of each attempt."""
        outbox = outboxes.Outbox()
        setting = Setting(runner=fakes.FakeDeliveryRunner([FAILED]), outbox=outbox, confirms_contact=True)
        handler = await setting.handler()
        await handler.handle(setting.abort)
        noted = outbox.trouble()
        assert noted is not None
        assert noted.reason is trouble.Reason.HOOK_FAILED
        await asyncio.sleep(5)
        await handler.handle(setting.abort)
        assert outbox.trouble() is None
        assert [(each.attempt, each.outcome.result) for each in outbox.waiting] == [
            (1, meterstatus.HookResult.FAILED),
            (2, meterstatus.HookResult.RAN),
        ]
        await handler.tear_down()

    @virtual_time.virtual
    async def test_a_store_that_was_led_back_is_told_again(self) -> None:
        """Once for each epoch, however often the agent connects: the report may be lost with the rest."""
        outbox, policies = outboxes.Outbox(), fakes.FakePolicySource()
        policies.word = decide.PolicyWord(None, place=epoch.Place(1, 5))
        disk = fakes.FakeStateReadWriter()

        def setting() -> Setting:
            runner = fakes.FakeDeliveryRunner()
            return Setting(runner=runner, outbox=outbox, policies=policies, memory=disk)

        handler = await setting().handler()
        for revision in (5, 6):
            policies.word = decide.PolicyWord(None, place=epoch.Place(1, revision))
            await handler.handle(asyncio.Event())
        (report,) = outbox.waiting
        outbox.take((report,))
        policies.word = decide.PolicyWord(None, place=epoch.Place(7, 6, base=6))
        for again in ((report,), ()):
            await handler.handle(asyncio.Event())
            await handler.handle(asyncio.Event())
            assert outbox.waiting == again
            outbox.take((report,))
            await handler.tear_down()
            handler = await setting().handler()

    @virtual_time.virtual
    async def test_a_memory_that_cannot_be_read_is_noted(self) -> None:
        """The unit is connected and nobody tells its hook; the next worker takes it back."""
        outbox, disk = outboxes.Outbox(), fakes.FakeStateReadWriter()
        disk.read_failure = OSError("input/output error")
        for parts in ({}, {"outbox": outbox}):
            with pytest.raises(OSError, match="input/output"):
                await Setting(memory=disk, **parts).handler()
        assert outbox.trouble() == trouble.Trouble(
            trouble.Reason.AGENT, "the unit's state cannot be read: input/output error"
        )
        disk.read_failure = None
        await (await Setting(memory=disk, outbox=outbox).handler()).handle(asyncio.Event())
        assert outbox.trouble() is None
