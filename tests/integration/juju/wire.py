"""What a Juju controller says, as the specification has it (spec juju-api, 2, 4 and 9); literals only."""

from collections.abc import Mapping
from typing import Any

from harness import juju_controller

MODEL = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
CONTROLLER_TAG = "controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
CURRENT = "q3VbK0m1eYtW9pZsL7xGd2Ra"
INITIAL = "Zk1u0cQe8sTn4bWf6yHj9pLx"

LOGIN: Mapping[str, Any] = {
    "model-tag": f"model-{MODEL}",
    "controller-tag": CONTROLLER_TAG,
    "facades": [
        {"name": "Agent", "versions": [3]},
        {"name": "MeterStatus", "versions": [2]},
        {"name": "MigrationFlag", "versions": [1]},
        {"name": "NotifyWatcher", "versions": [1]},
        {"name": "Pinger", "versions": [1]},
        {"name": "Uniter", "versions": [18, 19]},
    ],
    "server-version": "3.6-beta2",
}
BAD_CREDENTIALS = juju_controller.Refusal("invalid entity name or password", "unauthorized access")
NOT_IMPLEMENTED = juju_controller.Refusal('unknown version (2) of interface "MeterStatus"', "not implemented")
DENIED = {"message": "permission denied", "code": "unauthorized access"}
GONE = {"message": 'unit "shop/0" not found', "code": "not found"}


def login(*passwords: str, **changes: Any) -> juju_controller.Choice:
    """Let these passwords in."""

    def make(params: Mapping[str, Any]) -> juju_controller.Reply:
        return {**LOGIN, **changes} if params["credentials"] in passwords else BAD_CREDENTIALS

    return juju_controller.Choice(make)


def status(code: str, info: str = "") -> Mapping[str, Any]:
    """Return the answer of GetMeterStatus."""
    return {"results": [{"code": code, "info": info}]}


ROWS: Mapping[str, juju_controller.Row] = {
    "Admin(3).Login": login(CURRENT),
    "Agent(3).GetEntities": {"entities": [{"life": "alive", "jobs": None, "container-type": ""}]},
    "Agent(3).SetPasswords": {"results": [{}]},
    "MigrationFlag(1).Phase": {"results": [{"phase": "NONE"}]},
    "MigrationFlag(1).Watch": {"results": [{"NotifyWatcherId": "1"}]},
    "MeterStatus(2).State": {"results": [{}]},
    "MeterStatus(2).SetState": {"results": [{}]},
    "MeterStatus(2).GetMeterStatus": status("GREEN", "ok"),
    "MeterStatus(2).WatchMeterStatus": {"results": [{"NotifyWatcherId": "2"}]},
    "Pinger(1).Ping": {},
}
"""A controller on which all is well."""

CONF = """\
# format 2.0
tag: unit-shop-0
datadir: /var/lib/juju
transient-datadir: /var/run/juju
logdir: {log_dir}
metricsspooldir: /var/lib/juju/metricspool
nonce: unused
upgradedToVersion: 3.6-beta2
cacert: |
{ca}
controller: controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011
model: model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33
apiaddresses:
{addresses}
{passwords}
loggingconfig: <root>=INFO
values: {{}}
agent-logfile-max-size: 100
agent-logfile-max-backups: 2
"""
"""A unit's file as a Juju machine agent writes it (spec juju-api, 10)."""
