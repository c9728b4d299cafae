"""A controller in memory, and an operator who types commands at it."""

import collections
import dataclasses
import datetime
import fnmatch
import pathlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from meterstatus import errors
from meterstatus.adapters.files import login_file as login_files
from meterstatus.domain import names
from meterstatus.domain.fleet import effective_policy
from meterstatus.ports import connection
from meterstatus.programs import cli
from meterstatus.programs.cli import failures
from meterstatus.protocol import wire
from meterstatus.protocol.facades import admin, meter_status_admin, metrics_debug, model_manager, user_manager

CONTROLLER = "77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
MODEL = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
CONTROLLER_MODEL = "1c9f6c52-6b0e-4b0f-9d55-6d9d2b6a1f00"
PAGE = 2
"""The most changes that the controller gives at once, so that paging shows."""


class Controller:
    """A controller that answers what commands ask; ``Dialer`` and ``APIConnection`` in one."""

    def __init__(self) -> None:
        self.password = "secret-of-the-operator"
        self.model = MODEL
        """The model with the units, as it is listed."""

        self.unreachable: Exception | None = None
        """Why nobody can connect; None where anybody can."""

        self.lost_after: str = ""
        """A method after which the connection is lost without an answer."""

        self.refused: str = ""
        """A method that fails."""

        self.unsupported: str = ""
        """A method that is not there, as at a controller of Juju's."""

        self.frozen: str = ""
        """An address that takes connections and answers nobody who logs in."""

        self.dialled: list[connection.Endpoint] = []
        self.closed = 0
        self.units: dict[str, meter_status_admin.UnitStatus] = {}
        self.changes: list[meter_status_admin.Change] = []
        self.deliveries: list[meter_status_admin.ReportedDelivery] = []
        self.policies: dict[str, meter_status_admin.Ruling] = {}
        """By the tag that each is set for."""

        self.keeps_stages = True
        """False of an earlier release, which passes them over."""

        self.levels: dict[str, meter_status_admin.Level] = {}
        """By the tag that each is set for; what it does to units is not reckoned here."""

        self.mass: list[
            meter_status_admin.SetStatusesParams
            | meter_status_admin.UndoParams
            | meter_status_admin.PreviewUndoParams
        ] = []
        """What was asked for of many units."""

        self.added_at_once: list[int] = []
        """How many units each call added."""

        self.told_by_undo: tuple[meter_status_admin.Told, ...] = (meter_status_admin.Told("RED", "GREEN", 2),)
        """What an undo says that it did."""

        self.few = 5
        """How many units may become RED at once where nothing says that more may."""

        self.knows_ends = True
        """Whether it is of a release that has them."""

        self.of_all: dict[str, Any] = {}
        """What a status has of the whole fleet."""

        self.now = datetime.datetime(2026, 3, 5, 12, 30, tzinfo=datetime.UTC)

    async def dial(self, endpoint: connection.Endpoint) -> "Controller":
        """Connect."""
        self.dialled.append(endpoint)
        if self.unreachable is not None:
            raise errors.ConnectFailedError(
                f"cannot connect to {endpoint.address}: {self.unreachable}"
            ) from self.unreachable
        return self

    async def wait_closed(self) -> None:
        """Return at once: nothing here outlives a command."""

    async def close(self) -> None:
        """Count."""
        self.closed += 1

    async def call(
        self,
        facade: str,
        version: int,
        request: str,
        params: Any = None,
        *,
        object_id: str = "",
        timeout_seconds: float | None = 30.0,
    ) -> Any:
        """Answer as a controller does, through the wire's own form."""
        del version, object_id, timeout_seconds
        if request == self.refused:
            raise errors.RequestError("the disk is full")
        if request == self.unsupported:
            raise errors.UnsupportedError(f'unknown method "{request}"')
        answer = {
            ("Admin", "Login"): self._login,
            ("MeterStatusAdmin", "AddUnits"): self._add_units,
            ("MeterStatusAdmin", "RemoveUnits"): self._remove_units,
            ("MeterStatusAdmin", "Status"): self._status,
            ("MeterStatusAdmin", "History"): self._history,
            ("MeterStatusAdmin", "SetPolicy"): self._set_policy,
            ("MeterStatusAdmin", "RemovePolicy"): self._remove_policy,
            ("MeterStatusAdmin", "Policies"): self._all_policies,
            ("MeterStatusAdmin", "NewEpoch"): self._new_epoch,
            ("MeterStatusAdmin", "DismissHeard"): self._dismiss_heard,
            ("MeterStatusAdmin", "AnnounceMaintenance"): self._announce,
            ("MeterStatusAdmin", "SetStatuses"): self._set_statuses,
            ("MeterStatusAdmin", "Undo"): self._undo,
            ("MeterStatusAdmin", "PreviewUndo"): self._undo,
            ("MetricsDebug", "SetMeterStatus"): self._set,
            ("ModelManager", "ListModels"): self._list_models,
            ("UserManager", "UserInfo"): self._user_info,
        }[facade, request](params)
        if request == self.lost_after:
            raise errors.ConnectionLostError
        return msgspec.json.decode(msgspec.json.encode(answer))

    def _login(self, params: admin.LoginRequest) -> admin.LoginResult:
        if self.dialled[-1].address == self.frozen:
            raise errors.RequestTimeoutError("no end within 15 s")
        if params.credentials != self.password:
            raise errors.UnauthorizedError("invalid entity name or password")
        return admin.LoginResult(
            controller_tag=f"controller-{CONTROLLER}",
            facades=(),
            server_version="3.6.0",
            servers=((wire.HostPort("10.0.0.9", "ipv4", "", 17070),),),
            model_tag="" if self.dialled[-1].path == "/api" else f"model-{MODEL}",
        )

    def _list_models(self, params: wire.Entity) -> model_manager.UserModelList:
        assert params.tag == "user-admin"
        shown = {"controller": CONTROLLER_MODEL, "default": self.model}
        return model_manager.UserModelList(
            tuple(
                model_manager.UserModel(model_manager.Model(name, uuid, "iaas", "user-olga"), None)
                for name, uuid in shown.items()
            )
        )

    @staticmethod
    def _user_info(params: user_manager.UserInfoRequest) -> user_manager.UserInfoResults:
        (entity,) = params.entities
        name = names.parse_tag(entity.tag).name
        info = user_manager.UserInfo(name, "", "superuser", "", datetime.datetime.now(datetime.UTC), False)
        return user_manager.UserInfoResults((user_manager.UserInfoResult(info),))

    def _record(
        self,
        unit: str,
        action: str,
        code: str,
        info: str,
        reason: str,
        until: datetime.datetime | None = None,
    ) -> None:
        revision = len(self.changes) + 1
        old = self.units.get(unit)
        self.changes.append(
            meter_status_admin.Change(
                revision=revision,
                time=self.now + datetime.timedelta(minutes=revision),
                user="admin",
                unit=unit,
                action=action,
                reason=reason,
                old=None if old is None else meter_status_admin.StoredStatus(old.code, old.info),
                new=None if action == "remove" else meter_status_admin.StoredStatus(code, info),
                until=until,
            )
        )
        if action == "remove":
            del self.units[unit]
            return
        self.units[unit] = meter_status_admin.UnitStatus(
            unit=unit,
            code=code,
            info=info,
            told_code="AMBER" if code == "NOT SET" else code,
            told_info="not set" if code == "NOT SET" else info,
            since=self.now,
            revision=revision,
            connected=unit.endswith("/0"),
            end=until and meter_status_admin.End(until, "GREEN" if old is None else old.code),
        )

    def _add_units(self, params: meter_status_admin.AddUnits) -> meter_status_admin.AddUnitResults:
        self.added_at_once.append(len(params.units))
        return meter_status_admin.AddUnitResults(tuple(map(self._add_unit, params.units)))

    def _add_unit(self, unit: meter_status_admin.AddUnit) -> meter_status_admin.AddUnitResult:
        if unit.unit in self.units:
            refused = wire.Error(f'unit "{unit.unit}" already exists', errors.ConflictError.code)
            return meter_status_admin.AddUnitResult("", "", refused)
        self._record(unit.unit, "add", unit.code or "NOT SET", unit.info, unit.reason)
        return meter_status_admin.AddUnitResult(names.unit_tag(unit.unit), "secret-of-unit")

    def _remove_units(self, params: meter_status_admin.RemoveUnits) -> wire.ErrorResults:
        return wire.ErrorResults(tuple(map(self._remove_unit, params.units)))

    def _remove_unit(self, unit: meter_status_admin.RemoveUnit) -> wire.ErrorResult:
        if unit.unit not in self.units:
            return wire.ErrorResult(wire.Error(f'unit "{unit.unit}" not found', errors.NotFoundError.code))
        self._record(unit.unit, "remove", "", "", unit.reason)
        return wire.ErrorResult()

    def _of(self, entity: str) -> list[str]:
        return [unit for unit in self.units if entity in (unit, names.application_of(unit))]

    def _set(self, params: metrics_debug.MeterStatusParams) -> wire.ErrorResults:
        (param,) = params.statues
        tag = names.parse_tag(param.tag)
        units = self._of(tag.name)
        if not units:
            refused = wire.Error(f'{tag.kind} "{tag.name}" not found', errors.NotFoundError.code)
            return wire.ErrorResults((wire.ErrorResult(refused),))
        for unit in units:
            self._record(unit, "set", param.code, param.info, param.reason)
        return wire.ErrorResults((wire.ErrorResult(),))

    def _set_statuses(
        self, params: meter_status_admin.SetStatusesParams
    ) -> meter_status_admin.SetStatusesResult:
        self.mass.append(params)
        tags = [names.parse_tag(text) for text in params.tags]
        units: list[str] = []
        for tag in tags:
            found = list(self.units) if tag.kind is names.Kind.MODEL else self._of(tag.name)
            if not found and not (params.is_level and params.code):
                raise errors.RequestError(f'{tag.kind} "{tag.name}" not found', errors.NotFoundError.code)
            units += found
        until = None
        if params.for_seconds is not None and self.knows_ends:
            until = self.now + datetime.timedelta(seconds=params.for_seconds)
        code = params.code or "GREEN"
        told = collections.Counter(self.units[unit].told_code for unit in units)
        answer = meter_status_admin.SetStatusesResult(
            len(self.changes),
            len(self.units),
            tuple(meter_status_admin.Told(old, code, count) for old, count in told.items() if old != code),
            until,
            tuple(meter_status_admin.Told(code, old, count) for old, count in told.items() if until),
        )
        if params.is_preview:
            return answer
        if code == "RED" and params.blast_radius_percent is None and len(units) > self.few:
            raise errors.RequestError("too many would become RED", errors.BlastRadiusError.code)
        if params.is_level:
            level = meter_status_admin.Level(
                params.tags[0],
                params.code,
                params.info,
                self.now,
                len(self.changes) + 1,
                until and meter_status_admin.End(until),
            )
            new = meter_status_admin.StoredStatus(params.code, params.info) if params.code else None
            self._note("level", params.reason, scope=params.tags[0], new=new)
            self.levels.pop(params.tags[0], None)
            self.levels |= {params.tags[0]: level} if params.code else {}
            return msgspec.structs.replace(answer, made_revision=len(self.changes))
        made = len(self.changes) + 1
        for unit in units:
            self._record(unit, "set", params.code, params.info, params.reason, until)
        return msgspec.structs.replace(answer, made_revision=made)

    def _undo(
        self, params: meter_status_admin.UndoParams | meter_status_admin.PreviewUndoParams
    ) -> meter_status_admin.SetStatusesResult:
        self.mass.append(params)
        if params.revision > len(self.changes):
            raise errors.RequestError(f"change {params.revision} not found", errors.NotFoundError.code)
        return meter_status_admin.SetStatusesResult(len(self.changes), len(self.units), self.told_by_undo)

    def _change_policy(self, text: str, policy: wire.Policy | None, reason: str) -> wire.ErrorResults:
        tag = names.parse_tag(text)
        is_to_come = tag.kind is names.Kind.APPLICATION and (policy is not None or text in self.policies)
        if tag.kind is not names.Kind.MODEL and not is_to_come and not self._of(tag.name):
            refused = wire.Error(f'{tag.kind} "{tag.name}" not found', errors.NotFoundError.code)
            return wire.ErrorResults((wire.ErrorResult(refused),))
        revision = len(self.changes) + 1
        held = self.policies.pop(text, None)
        self.changes.append(
            meter_status_admin.Change(
                revision=revision,
                time=self.now + datetime.timedelta(minutes=revision),
                user="admin",
                unit=tag.name if tag.kind is names.Kind.UNIT else "",
                action="policy",
                reason=reason,
                scope=text,
                old_policy=None if held is None else held.policy,
                new_policy=policy,
            )
        )
        if policy is not None:
            self.policies[text] = meter_status_admin.Ruling(text, policy, revision)
        return wire.ErrorResults((wire.ErrorResult(),))

    def _set_policy(self, params: meter_status_admin.SetPolicyArgs) -> wire.ErrorResults:
        (arg,) = params.policies
        kept = arg.policy if self.keeps_stages else msgspec.structs.replace(arg.policy, stages=())
        return self._change_policy(arg.tag, kept, arg.reason)

    def _remove_policy(self, params: meter_status_admin.RemovePolicyArgs) -> wire.ErrorResults:
        (arg,) = params.policies
        return self._change_policy(arg.tag, None, arg.reason)

    def _all_policies(self, _: wire.Empty) -> meter_status_admin.PoliciesResult:
        return meter_status_admin.PoliciesResult(len(self.changes), tuple(self.policies.values()))

    def _ruling(self, unit: str) -> meter_status_admin.Ruling | None:
        scopes = map(str, effective_policy.scopes_of(unit, MODEL))
        return next((self.policies[scope] for scope in scopes if scope in self.policies), None)

    def _status(self, params: meter_status_admin.StatusParams) -> meter_status_admin.StatusResult:
        patterns = params.patterns or ("*",)
        chosen = [
            msgspec.structs.replace(status, ruling=self._ruling(unit))
            for unit, status in self.units.items()
            if any(
                fnmatch.fnmatchcase(name, pattern)
                for pattern in patterns
                for name in (unit, names.application_of(unit))
            )
        ]
        return meter_status_admin.StatusResult(
            len(self.changes),
            CONTROLLER,
            MODEL,
            "default",
            tuple(chosen),
            tuple(self.levels.values()),
            **self.of_all,
        )

    def _note(self, action: str, reason: str, **what: Any) -> None:
        revision = len(self.changes) + 1
        at = self.now + datetime.timedelta(minutes=revision)
        self.changes.append(meter_status_admin.Change(revision, at, "admin", "", action, reason, **what))

    def _new_epoch(self, params: meter_status_admin.NewEpoch) -> meter_status_admin.Epoch:
        begun = meter_status_admin.Epoch(9, len(self.changes), self.now, "admin", params.reason)
        self._note("epoch", params.reason, epoch=begun)
        return begun

    def _dismiss_heard(self, params: meter_status_admin.DismissHeard) -> wire.ErrorResults:
        gone = wire.Error('what "shop/1" has heard not found', "not found")
        known = [wire.ErrorResult(None if unit == "shop/0" else gone) for unit in params.units]
        return wire.ErrorResults(tuple(known))

    def _announce(
        self, params: meter_status_admin.AnnounceMaintenance
    ) -> meter_status_admin.MaintenanceResult:
        until = self.now + datetime.timedelta(seconds=params.seconds)
        announced = meter_status_admin.Maintenance(self.now, until, "admin", params.reason)
        self.of_all["maintenance"] = announced if params.seconds else None
        self._note("maintenance", params.reason, maintenance=self.of_all["maintenance"])
        return meter_status_admin.MaintenanceResult(self.of_all["maintenance"], 1, len(self.units))

    @staticmethod
    def _application_of(change: meter_status_admin.Change) -> str:
        if change.unit:
            return names.application_of(change.unit)
        return names.parse_tag(change.scope).name if change.scope else ""

    def _history(self, params: meter_status_admin.HistoryParams) -> meter_status_admin.HistoryResult:
        fitting = [
            change
            for change in reversed(self.changes)
            if params.entity in ("", change.unit, self._application_of(change))
            and (not params.before_revision or change.revision < params.before_revision)
            and not (params.is_without_own and change.action == "password" and change.user == change.unit)
        ]
        deliveries = () if params.before_revision else tuple(self.deliveries[: params.limit or PAGE])
        return meter_status_admin.HistoryResult(tuple(fitting[: min(PAGE, params.limit or PAGE)]), deliveries)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command line came to."""

    exit_status: int
    out: str
    err: str


Operator = Callable[..., Answer]


@pytest.fixture
def controller() -> Controller:
    """Give a controller without units."""
    return Controller()


@pytest.fixture
def login(tmp_path: pathlib.Path, controller: Controller) -> pathlib.Path:
    """Give a login file for the controller, with two addresses of it."""
    path = tmp_path / "login.yaml"
    login_files.LoginFile(
        controller=CONTROLLER,
        model=MODEL,
        model_name="default",
        ca_certificate="-----BEGIN CERTIFICATE-----\n",
        addresses=("127.0.0.1:17070", "[::1]:17070"),
        user="admin",
        password=controller.password,
    ).write(path)
    return path


@pytest.fixture
def operator(
    controller: Controller, login: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> Operator:
    """Give a function that types a command line, and never names a place outside the test's own.

    Commands that log in are given the login file, and a unit is added in ``data`` unless a test says where.
    """

    def type_words(*words: str) -> Answer:
        extra: list[str] = []
        logged_in = (
            "set",
            "unset",
            "undo",
            "status",
            "why",
            "history",
            "unit",
            "policy",
            "juju-client",
            "maintenance",
        )
        if words[0] in logged_in:
            extra += ["--login", str(login)]
        if words[:2] in (("controller", "new-epoch"), ("controller", "dismiss-heard")):
            extra += ["--login", str(login)]
        if words[:2] == ("unit", "add") and "--data-dir" not in words:
            extra += ["--data-dir", str(tmp_path / "data")]
        exit_status = failures.run(cli.root, (*words, *extra), lambda: controller)
        captured = capsys.readouterr()
        return Answer(exit_status, captured.out, captured.err)

    return type_words
