"""adapters.files.agent_conf: Juju's file read, its faults named together, and written back (juju-api 10)."""

import dataclasses
import pathlib
import stat

import pytest
import yaml

from meterstatus import errors
from meterstatus.adapters.files import agent_conf
from meterstatus.domain import agent_config

CONTROLLER = "controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
MODEL = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
MINIMAL = agent_config.AgentConfig("unit-shop-0", CONTROLLER, MODEL, "3.6.1")

JUJUS = f"""\
# format 2.0
tag: unit-shop-0
datadir: /srv/juju
transient-datadir: /run/juju
logdir: /srv/log
metricsspooldir: /srv/juju/metricspool
nonce: unused
jobs:
- JobHostUnits
upgradedToVersion: 3.6-beta2
cacert: |
  -----BEGIN CERTIFICATE-----
  body
  -----END CERTIFICATE-----
controller: {CONTROLLER}
model: {MODEL}
apiaddresses:
- 10.7.0.5:17070
- '[fe80::1]:17070'
apipassword: new-secret
oldpassword: 1234.50
loggingconfig: <root>=INFO
values:
  PROVIDER_TYPE: lxd
  NUMBER: 1.50
agent-logfile-max-size: 200
agent-logfile-max-backups: 4
querytracingthreshold: 1s
"""


def _fault(path: pathlib.Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(errors.ConfigError) as caught:
        agent_conf.read(path)
    return str(caught.value)


def test_a_file_of_jujus_is_read(tmp_path: pathlib.Path) -> None:
    """Every key that means something here is taken, text as it is written."""
    path = tmp_path / "agent.conf"
    path.write_text(JUJUS)
    assert agent_conf.read(path) == agent_config.AgentConfig(
        tag="unit-shop-0",
        controller=CONTROLLER,
        model=MODEL,
        upgraded_to_version="3.6-beta2",
        data_dir="/srv/juju",
        log_dir="/srv/log",
        transient_data_dir="/run/juju",
        metrics_spool_dir="/srv/juju/metricspool",
        nonce="unused",
        api_addresses=("10.7.0.5:17070", "[fe80::1]:17070"),
        ca_certificate="-----BEGIN CERTIFICATE-----\nbody\n-----END CERTIFICATE-----\n",
        api_password="new-secret",
        old_password="1234.50",
        values={"PROVIDER_TYPE": "lxd", "NUMBER": "1.50"},
    )


def test_absent_keys_take_the_defaults(tmp_path: pathlib.Path) -> None:
    """Four keys are enough."""
    path = tmp_path / "agent.conf"
    path.write_text(
        "# format 2.0\ntag: unit-shop-0\nupgradedToVersion: 3.6.1\n"
        f"controller: {CONTROLLER}\nmodel: {MODEL}\n"
    )
    assert agent_conf.read(path) == MINIMAL


def test_all_faults_are_told_at_once_and_no_password_is(tmp_path: pathlib.Path) -> None:
    """Who mends the file sees everything wrong with it, and whoever reads the log sees no secret."""
    text = _fault(
        tmp_path / "agent.conf",
        f"# format 2.0\ntag: shop/0\ncontroller: {MODEL}\nvalues: [a]\napiaddresses: x\n"
        'apipassword: {a: hush}\nlogdir: "/log\\0"\n',
    )
    assert text == (
        f'agent configuration {tmp_path}/agent.conf: tag "shop/0" not valid; logdir holds a NUL;'
        " upgradedToVersion is missing;"
        f' controller "{MODEL}" not valid; model is missing; apiaddresses is not a list;'
        " apipassword is not a scalar; values is not a mapping"
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", 'malformed: the first line is not "# format 2.0"'),
        ("tag: unit-shop-0\n", 'malformed: the first line is not "# format 2.0"'),
        ("# format 2.0", 'malformed: the first line is not "# format 2.0"'),
        ("# format 1.18\ntag: x\n", 'unknown format "1.18"'),
        ("# format 2.0 \n", 'unknown format "2.0 "'),
        ("# format 2.0\n- a\n", "malformed: no YAML mapping"),
        ("# format 2.0\ntag: x\napipassword: hush: [\n", "malformed: no YAML mapping, see line 3"),
    ],
)
def test_a_file_that_is_no_format_2_0_is_refused(tmp_path: pathlib.Path, content: str, fault: str) -> None:
    """The first line decides; a fault of the YAML is told by its line, without quoting it."""
    path = tmp_path / "agent.conf"
    assert _fault(path, content) == f"agent configuration {path}: {fault}"


def test_a_file_that_cannot_be_read_is_named(tmp_path: pathlib.Path) -> None:
    """Absent, a directory, or not UTF-8: one kind of error, which says where."""
    with pytest.raises(errors.ConfigError, match=r"agent\.conf: No such file or directory$"):
        agent_conf.read(tmp_path / "agent.conf")
    with pytest.raises(errors.ConfigError, match=r"Is a directory$"):
        agent_conf.read(tmp_path)
    (tmp_path / "latin").write_bytes(b"# format 2.0\n\xe9")
    with pytest.raises(errors.ConfigError, match=r"latin: malformed: not UTF-8$"):
        agent_conf.read(tmp_path / "latin")


def test_what_is_written_is_read_back(tmp_path: pathlib.Path) -> None:
    """A rewrite changes nothing, whatever the texts look like."""
    path = tmp_path / "a" / "b" / "agent.conf"
    config = dataclasses.replace(
        MINIMAL,
        api_password="yes",
        old_password="1.50",
        ca_certificate="-----BEGIN\nx\n-----END\n",
        api_addresses=("10.7.0.5:17070",),
        values={"MODEL_NAME": "0x10", "A": "ünï: {"},
    )
    agent_conf.write(path, config)
    assert agent_conf.read(path) == config


def test_the_file_is_private_in_directories_that_are_not(tmp_path: pathlib.Path) -> None:
    """0600 for the file, 0755 for what had to be made."""
    path = tmp_path / "juju" / "agents" / "unit-shop-0" / "agent.conf"
    agent_conf.write(path, MINIMAL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for directory in path.parents[:3]:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o755
    assert list(path.parent.iterdir()) == [path]


def test_a_fresh_file_has_jujus_keys_in_jujus_order(tmp_path: pathlib.Path) -> None:
    """What is not set is left out, but for the keys that Juju always writes."""
    agent_conf.write(tmp_path / "agent.conf", dataclasses.replace(MINIMAL, old_password="first"))
    text = (tmp_path / "agent.conf").read_text()
    assert text.startswith("# format 2.0\ntag: unit-shop-0\n")
    assert list(yaml.safe_load(text)) == [
        "tag",
        "datadir",
        "transient-datadir",
        "logdir",
        "metricsspooldir",
        "nonce",
        "upgradedToVersion",
        "controller",
        "model",
        "oldpassword",
        "values",
        "agent-logfile-max-size",
        "agent-logfile-max-backups",
    ]


def test_keys_that_mean_nothing_here_survive_a_rewrite_as_they_are(tmp_path: pathlib.Path) -> None:
    """A Juju agent gets its own settings back; a password that is gone is gone from the file."""
    path = tmp_path / "agent.conf"
    path.write_text(JUJUS)
    agent_conf.write(path, dataclasses.replace(agent_conf.read(path), old_password=""))
    written = yaml.safe_load(path.read_text())
    former = yaml.safe_load(JUJUS)
    for key in ("jobs", "loggingconfig", "agent-logfile-max-size", "agent-logfile-max-backups"):
        assert written[key] == former[key]
    assert "oldpassword" not in written
    assert "querytracingthreshold: 1s\n" in path.read_text()


@pytest.mark.parametrize(
    "former", ["", "# format 2.0\n- a\n", "# format 2.0\na: [\n", "# format 1.18\nx: y\n"]
)
def test_a_former_file_that_is_none_is_replaced(tmp_path: pathlib.Path, former: str) -> None:
    """A damaged file does not stand in the way of a whole one."""
    path = tmp_path / "agent.conf"
    path.write_text(former)
    agent_conf.write(path, MINIMAL)
    assert agent_conf.read(path) == MINIMAL


def test_a_file_that_cannot_be_written_is_named(tmp_path: pathlib.Path) -> None:
    """A file where a directory belongs: the error says where, and chains the cause."""
    (tmp_path / "file").touch()
    with pytest.raises(errors.ConfigError, match=r"file/agent\.conf: ") as caught:
        agent_conf.write(tmp_path / "file" / "agent.conf", MINIMAL)
    assert isinstance(caught.value.__cause__, OSError)


# Every key of the specification's table, as a controller's own agent of 3.6 would have them.
ALL_KEYS = f"""\
# format 2.0
tag: unit-shop-0
datadir: /var/lib/juju
transient-datadir: /var/run/juju
logdir: /var/log/juju
metricsspooldir: /var/lib/juju/metricspool
nonce: unused
jobs:
- JobHostUnits
upgradedToVersion: 2.9.49
cacert: |
  -----BEGIN CERTIFICATE-----
  body
  -----END CERTIFICATE-----
statepassword: state-secret
controller: {CONTROLLER}
model: {MODEL}
apiaddresses:
- 10.7.0.5:17070
- 10.7.0.6:17070
apipassword: q3VbK0m1eYtW9pZsL7xGd2Ra
oldpassword: Zk1u0cQe8sTn4bWf6yHj9pLx
loggingconfig: <root>=INFO;unit=DEBUG
values:
  AGENT_SERVICE_NAME: jujud-machine-0
  CONTAINER_TYPE: ""
  PROVIDER_TYPE: lxd
agent-logfile-max-size: 100
agent-logfile-max-backups: 2
stateaddresses:
- localhost:37017
controllercert: |
  PEM
controllerkey: |
  PEM
caprivatekey: ""
apiport: 17070
controllerapiport: 17071
stateport: 37017
sharedsecret: |
  c2VjcmV0
systemidentity: |
  KEY
mongomemoryprofile: default
juju-db-snap-channel: 4.4/stable
querytracingenabled: true
querytracingthreshold: 1s
dqlite-port: 17666
"""


def test_a_rewrite_changes_only_what_changed(tmp_path: pathlib.Path) -> None:
    """Every key of Juju's stays in its place and as it is written, but for the ones that are new."""
    path = tmp_path / "agent.conf"
    path.write_text(ALL_KEYS)
    former = agent_conf.read(path)
    agent_conf.write(path, dataclasses.replace(former, api_password="new", api_addresses=("10.7.0.9:17070",)))
    assert path.read_text() == ALL_KEYS.replace(
        "apipassword: q3VbK0m1eYtW9pZsL7xGd2Ra", "apipassword: new"
    ).replace("- 10.7.0.5:17070\n- 10.7.0.6:17070\n", "- 10.7.0.9:17070\n")
    agent_conf.write(path, former)
    assert path.read_text() == ALL_KEYS


def test_a_new_key_comes_where_juju_has_it(tmp_path: pathlib.Path) -> None:
    """A fresh file has no current password: it comes before the old one, and nothing else is added."""
    path = tmp_path / "agent.conf"
    fresh = ALL_KEYS.replace("apipassword: q3VbK0m1eYtW9pZsL7xGd2Ra\n", "").replace(
        "logdir: /var/log/juju\n", ""
    )
    path.write_text(fresh)
    agent_conf.write(
        path, dataclasses.replace(agent_conf.read(path), api_password="q3VbK0m1eYtW9pZsL7xGd2Ra")
    )
    assert path.read_text() == ALL_KEYS.replace("logdir: /var/log/juju\n", "")
