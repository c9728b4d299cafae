"""What Juju's own client does on the wire and with its files, command by command (spec juju-api, 8.1 to 8.3).

The client itself is no package that a test could install. This follows the specification's account of it and
knows nothing of our code: addresses, authority, user, password and models come from its files.
"""

import contextlib
import dataclasses
import json
import pathlib
import re
import ssl
from collections.abc import Generator, Sequence
from typing import Any

import yaml
from websockets.sync import client as websockets

LATEST = {
    "Client": (6, 7),
    "ModelManager": (9, 10),
    "MetricsDebug": (2,),
    "Storage": (6,),
    "UserManager": (3,),
    "ModelConfig": (3,),
}
"""The versions that a client of 3.6 knows."""

EARLIER = {**LATEST, "Client": (6,), "ModelManager": (9,)}
"""Those of one that has no Client 7 yet."""

EARLIEST = {**EARLIER, "Client": (5,), "UserManager": (2,), "ModelConfig": (2,)}
"""Those of a 2.9 before about 2.9.32."""

_UNUSABLE = ("local-machine", "link-local")
_TAG = re.compile("[a-z]+-.+")
_VERSION = re.compile(r"\d+\.\d+(\.|-[a-z]+)\d+(\.\d+)?")


class APIError(Exception):
    """An error answer."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(f"{message} ({code})" if code else message)
        self.message = message
        self.code = code


class Connection:
    """One connection; requests are counted from 1, and each waits for its answer."""

    def __init__(self, socket: websockets.ClientConnection, knows: dict[str, tuple[int, ...]]) -> None:
        self._socket = socket
        self._knows = knows
        self._offered: dict[str, list[int]] = {}
        self._last_id = 0
        self.calls: list[str] = []
        """What was called, ``Client(7).FullStatus``."""

    def request(self, facade: str, version: int, method: str, params: Any = None) -> Any:
        """Call a method in a version."""
        self._last_id += 1
        self.calls.append(f"{facade}({version}).{method}")
        message: dict[str, Any] = {
            "request-id": self._last_id,
            "type": facade,
            "version": version,
            "request": method,
            "params": {} if params is None else params,
        }
        self._socket.send(json.dumps(message) + "\n")
        answer: Any = json.loads(self._socket.recv(timeout=30))
        assert answer["request-id"] == self._last_id
        if answer.get("error"):
            raise APIError(answer["error"], answer.get("error-code", ""))
        return answer["response"]

    def call(self, facade: str, method: str, params: Any = None) -> Any:
        """Call a method in the highest version that both sides have; 0 where there is none."""
        shared = set(self._knows[facade]) & set(self._offered.get(facade, ()))
        return self.request(facade, max(shared, default=0), method, params)

    def log_in(self, auth_tag: str, credentials: str, model: str) -> Any:
        """Log in, check the answer as the client does, and return it."""
        params = {
            "auth-tag": auth_tag,
            "credentials": credentials,
            "nonce": "",
            "macaroons": None,
            "bakery-version": 3,
            "cli-args": "juju status",
            "user-data": "",
            "client-version": "3.6.1",
        }
        result = self.request("Admin", 3, "Login", params)
        assert result.get("model-tag", "") == (f"model-{model}" if model else "")
        assert re.fullmatch("controller-[0-9a-f-]{36}", result["controller-tag"])
        assert _VERSION.fullmatch(result["server-version"])
        assert _TAG.fullmatch(result["user-info"]["identity"])
        assert "public-dns-name" not in result
        self._offered = {each["name"]: each["versions"] for each in result["facades"]}
        return result


@dataclasses.dataclass
class JujuCLI:
    """A client with its files.

    Attributes:
        directory: where they are.
        knows: the versions of facades that it knows.
        calls: what the last command called, connection by connection.
    """

    directory: pathlib.Path
    knows: dict[str, tuple[int, ...]] = dataclasses.field(default_factory=lambda: dict(LATEST))
    calls: list[list[str]] = dataclasses.field(default_factory=list[list[str]])

    def _load(self, name: str) -> Any:
        return yaml.safe_load((self.directory / f"{name}.yaml").read_text())

    def _save(self, name: str, document: Any) -> None:
        (self.directory / f"{name}.yaml").write_text(yaml.safe_dump(document))

    def _current(self) -> tuple[str, Any, Any]:
        """Return the current controller's name, what is known of it, and the account there."""
        controllers = self._load("controllers")
        name = controllers["current-controller"]
        account = self._load("accounts")["controllers"][name]
        return name, controllers["controllers"][name], account

    @contextlib.contextmanager
    def dial(self, model: str = "") -> Generator[Connection]:
        """Connect, to the model of a UUID or to the controller; nobody is logged in yet."""
        _, controller, _ = self._current()
        # Whatever was dialled, the server must prove this name under the one authority.
        context = ssl.create_default_context(cadata=controller["ca-cert"])
        path = f"/model/{model}/api" if model else "/api"
        url = f"wss://{controller['api-endpoints'][0]}{path}"
        with websockets.connect(
            url, ssl=context, server_hostname="juju-apiserver", compression=None, max_size=None
        ) as socket:
            made = Connection(socket, self.knows)
            self.calls.append(made.calls)
            yield made

    @contextlib.contextmanager
    def connect(self, model: str = "") -> Generator[Connection]:
        """Connect, log in with the stored password, and keep what the answer says of addresses."""
        name, controller, account = self._current()
        with self.dial(model) as made:
            result = made.log_in(f"user-{account['user']}", account["password"], model)
            assert result["user-info"]["identity"] == f"user-{account['user']}"
            dialled = controller["api-endpoints"][0]
            told = [server for machine in result.get("servers", []) for server in machine]
            usable = [f"{each['value']}:{each['port']}" for each in told if each["scope"] not in _UNUSABLE]
            is_told = any(f"{each['value']}:{each['port']}" == dialled for each in told)
            first = [dialled] if dialled in usable or not is_told else []
            controllers = self._load("controllers")
            controllers["controllers"][name]["api-endpoints"] = list(dict.fromkeys(first + usable))
            self._save("controllers", controllers)
            yield made

    def _list_models(self) -> None:
        name, _, account = self._current()
        with self.connect() as made:
            found = made.call("ModelManager", "ListModels", {"tag": f"user-{account['user']}"})
        models = self._load("models")
        known = models["controllers"].setdefault(name, {})
        known["models"] = {
            f"{each['model']['owner-tag'].removeprefix('user-')}/{each['model']['name']}": {
                "uuid": each["model"]["uuid"],
                "type": each["model"]["type"],
            }
            for each in found["user-models"]
        }
        self._save("models", models)

    def _model(self, model: str) -> str:
        """Return a model's UUID: the current one's where none is named; looked for where it is not known."""
        name, _, _ = self._current()
        for look in (lambda: None, self._list_models):
            look()
            known = self._load("models")["controllers"].get(name, {})
            wanted = model or known.get("current-model", "")
            if wanted in known.get("models", {}):
                return known["models"][wanted]["uuid"]
        raise LookupError(wanted)

    def models(self) -> list[tuple[str, str]]:
        """``juju models``: names and accesses."""
        self.calls.clear()
        _, _, account = self._current()
        with self.connect() as made:
            params = {"user-tag": f"user-{account['user']}", "all": False}
            results = made.call("ModelManager", "ListModelSummaries", params)["results"]
        return [(each["result"]["name"], each["result"]["user-access"]) for each in results]

    def status(self, patterns: Sequence[str] = (), *, model: str = "", storage: bool = False) -> Any:
        """``juju status``, with ``storage`` as of ``--format json``."""
        self.calls.clear()
        with self.connect(self._model(model)) as made:
            params: dict[str, Any] = {"patterns": list(patterns) or None}
            if 7 in self.knows["Client"]:
                return made.call("Client", "FullStatus", params | {"include-storage": storage})
            found = made.call("Client", "FullStatus", params)
            if storage:
                for method in ("ListStorageDetails", "ListFilesystems", "ListVolumes"):
                    (listed,) = made.call("Storage", method, {"filters": [{}]})["results"]
                    assert listed == {"result": []}
            assert _TAG.fullmatch(found["model"]["cloud-tag"])
            return found

    def users(self) -> list[str]:
        """``juju users``: names."""
        self.calls.clear()
        with self.connect() as made:
            params: dict[str, Any] = {"entities": [], "include-disabled": False}
            results = made.call("UserManager", "UserInfo", params)["results"]
        return [each["result"]["username"] for each in results]

    def model_config(self) -> dict[str, Any]:
        """``juju model-config``: the settings."""
        self.calls.clear()
        with self.connect(self._model("")) as made:
            found = made.call("ModelConfig", "ModelGet")["config"]
        return {key: each["value"] for key, each in found.items()}

    def set_meter_status(self, entity: str, status: str, info: str = "", *, model: str = "") -> None:
        """``juju set-meter-status ENTITY STATUS --info INFO``."""
        self.calls.clear()
        kind = "unit" if "/" in entity else "application"
        arg = {"tag": f"{kind}-{entity.replace('/', '-')}", "code": status, "info": info}
        with self.connect(self._model(model)) as made:
            (result,) = made.call("MetricsDebug", "SetMeterStatus", {"statues": [arg]})["results"]
        if "error" in result:
            raise APIError(result["error"]["message"], result["error"]["code"])
