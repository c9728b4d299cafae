"""domain.hook.hook_tools: each row of the table of tools, and the checks before (spec worker, D.8, D.9)."""

import json

import pytest
import yaml

from meterstatus.domain.hook import hook_tools

CONTEXT = "unit-shop-0-meter-status-0f3a"
RCE = "not implemented for restricted context not implemented"
REFUSED = hook_tools.Answer(1, stderr=f"ERROR {RCE}\n")
NOTHING = hook_tools.Answer()


def ask(words: str, stdin: bytes | None = None, context: str = CONTEXT) -> hook_tools.Answer:
    name, *arguments = words.split(" ")
    return hook_tools.answer_call(hook_tools.Call(context, name, tuple(arguments), stdin), CONTEXT)


@pytest.mark.parametrize(
    "words",
    [
        "config-get",
        "config-get --all --format json",
        "config-get title",
        "goal-state",
        "status-set active ready",
        "status-set blocked",
        "status-set --application=True waiting",
        "open-port 80",
        "open-port 80/tcp",
        "open-port 8000-8080/udp",
        "open-port icmp",
        "close-port --endpoints=db 443/TCP",
        "unit-get private-address",
        "juju-reboot --now",
        "state-get",
        "state-get key --strict",
        "state-set k=v",
        "state-set --file state.yaml",
        "state-delete k",
        "application-version-set 1.2",
        "storage-list",
        "storage-add data",
        "storage-add data=1 logs=10",
        "goal-state --format json",
        "k8s-spec-get",
        "k8s-raw-get",
        "pod-spec-get",
        "k8s-spec-set --file spec.yaml",
        "action-get",
        "action-get a.b -o out",
        "action-set k=v",
        "action-fail",
        "action-fail broken",
        "action-log half done",
        "secret-get secret:1 token --peek",
        "secret-get --label db",
        "secret-set secret:1 token=x",
        "secret-set secret:1 --description d",
        "secret-ids",
        "secret-info-get secret:1",
        "secret-remove secret:1 --revision 2",
        "payload-register docker web 1 tag",
        "payload-status-set web 1 running",
        "payload-unregister web 1",
        "secret-add token=x",
    ],
)
def test_what_is_refused(words: str) -> None:
    """Exit 1, and the reference's words, which a charm may look for."""
    assert ask(words) == REFUSED


@pytest.mark.parametrize("owner", ["unit", "application", "nobody"])
def test_a_secret_of_the_unit_is_refused_as_others_are(owner: str) -> None:
    """Nothing is made of the unit's name that could fail, whoever is to own the secret (B-22)."""
    assert ask(f"secret-add --owner {owner} token=x") == REFUSED


@pytest.mark.parametrize(
    ("words", "prefix"),
    [
        ("is-leader", "leadership status unknown: "),
        ("is-leader --format=json", "leadership status unknown: "),
        ("leader-get", "cannot read leadership settings: "),
        ("leader-get key", "cannot read leadership settings: "),
        ("leader-set k=v", "cannot write leadership settings: "),
        ("add-metric users=3", "cannot record metric: "),
        ("add-metric users=3 --labels a=b", "cannot record metric: "),
        ("credential-get", "cannot access cloud credentials: "),
        ("resource-get image", "could not download resource: "),
        ("relation-get", "bad request: "),
        ("relation-set a=b", "bad request: "),
        ("relation-list --help", "bad request: "),
        ("relation-ids db", "bad request: "),
        ("network-get db", "bad request: "),
        ("secret-grant secret:1", "bad request: "),
        ("secret-revoke secret:1", "bad request: "),
        ("storage-get --help", "bad request: "),
    ],
)
def test_what_is_refused_with_more_words(words: str, prefix: str) -> None:
    """Exit 1; what the tool was about comes first."""
    assert ask(words) == hook_tools.Answer(1, stderr=f"ERROR {prefix}{RCE}\n")


@pytest.mark.parametrize("words", ["state-delete", "state-set", "action-set"])
def test_asked_nothing_they_do_nothing(words: str) -> None:
    """Exit 0, without a word."""
    assert ask(words) == NOTHING


@pytest.mark.parametrize("name", ["k8s-spec-set", "k8s-raw-set", "pod-spec-set", "state-set --file -"])
def test_standard_input_is_asked_for(name: str) -> None:
    """Such a tool is called twice: without its input, and with it; then it is refused."""
    assert ask(name) == hook_tools.Answer(needs_input=True)
    assert ask(name, b"containers: []\n") == REFUSED


def test_input_that_has_nothing() -> None:
    """A specification must be there; a state without keys changes nothing, unless there are arguments."""
    assert ask("pod-spec-set --file -", b"") == hook_tools.Answer(
        1, stderr="ERROR no spec: give it on standard input, or name a file with --file\n"
    )
    assert ask("state-set --file -", b" \n") == NOTHING
    assert ask("state-set --file - k=v", b"") == REFUSED


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("juju-log", "no message specified"),
        ("status-get now", 'unrecognized args: ["now"]'),
        ("opened-ports a b", 'unrecognized args: ["a" "b"]'),
        ("config-get a b", 'unrecognized args: ["b"]'),
        ("status-set", "invalid args, require <status> [message]"),
        (
            "status-set green",
            'invalid status "green", expected one of [maintenance blocked waiting active]',
        ),
        ("open-port", "no port or range specified"),
        ("open-port 0", 'invalid port or range "0"'),
        ("open-port 70000", 'invalid port or range "70000"'),
        ("open-port 90-80", 'invalid port or range "90-80"'),
        ("close-port http", 'invalid port or range "http"'),
        ("unit-get", "no setting specified"),
        ("unit-get colour", 'invalid setting "colour", expected one of [private-address public-address]'),
        ("state-set novalue", 'expected "key=value", got "novalue"'),
        ("state-set =v", 'expected "key=value", got "=v"'),
        ("action-set novalue", 'expected "key=value", got "novalue"'),
        ("secret-set", "missing secret URI"),
        ("secret-set secret:1 token", 'expected "key=value", got "token"'),
        ("payload-register a", "missing one or more of <type>, <class> and <id>"),
        ("add-metric", "no metrics specified"),
        ("leader-set x", 'expected "key=value", got "x"'),
        ("status-set active a b", 'unrecognized args: ["b"]'),
        ("status-set active ready to serve", 'unrecognized args: ["to" "serve"]'),
        ("open-port 80 90", 'unrecognized args: ["90"]'),
        ("close-port 80 90", 'unrecognized args: ["90"]'),
        ("config-get -a k", '--all and the key "k" cannot be asked for together'),
        ("storage-add", "storage add requires a storage directive"),
        ("storage-add d=x", 'invalid storage directive "d=x": expected <name>[=<count>]'),
        ("storage-add d=0", 'invalid storage directive "d=0": expected <name>[=<count>]'),
        ("storage-add =1", 'invalid storage directive "=1": expected <name>[=<count>]'),
        ("goal-state --format smart", 'invalid value "smart" for option --format: unknown format "smart"'),
        ("k8s-spec-set spec.yaml", 'unrecognized args: ["spec.yaml"]'),
        ("config-get --colour", "option provided but not defined: --colour"),
        ("status-get --format xml", 'invalid value "xml" for option --format: unknown format "xml"'),
    ],
)
def test_a_wrong_call_is_told_apart(words: str, text: str) -> None:
    """Exit 2: the call is wrong, whatever the context."""
    assert ask(words) == hook_tools.Answer(2, stderr=f"ERROR {text}\n")


def test_checks_that_fail_and_are_no_wrong_call() -> None:
    """Exit 1, as in the reference: a metric of Juju's own, and a payload's unknown status."""
    assert ask("add-metric juju-units=1") == hook_tools.Answer(
        1, stderr="ERROR juju-units uses a reserved prefix\n"
    )
    answer = ask("payload-status-set web 1 late")
    assert answer.code == 1
    assert answer.stderr.startswith('ERROR status "late" not supported')


def test_the_status_is_unknown() -> None:
    """``status-get`` works, for the application too, in each format and with all that belongs to it."""
    for words in ("status-get", "status-get --application", "status-get --format yaml"):
        assert ask(words) == hook_tools.Answer(stdout="unknown\n")
    assert ask("status-get --format=json") == hook_tools.Answer(stdout='"unknown"\n')
    whole: dict[str, object] = {"message": "", "status": "unknown", "status-data": {}}
    assert json.loads(ask("status-get --include-data --format json").stdout) == whole
    assert json.loads(ask("status-get --include-data --application=False --format json").stdout) == whole
    assert yaml.safe_load(ask("status-get --include-data").stdout) == whole
    of_all = yaml.safe_load(ask("status-get --include-data --application --format yaml").stdout)
    assert of_all == {"application-status": {**whole, "units": {}}}


def test_no_port_is_open() -> None:
    """``opened-ports`` works, and prints an empty list."""
    assert ask("opened-ports") == NOTHING
    assert ask("opened-ports --endpoints --format smart") == NOTHING
    for form in ("json", "yaml"):
        assert ask(f"opened-ports --format {form}") == hook_tools.Answer(stdout="[]\n")


def test_output_to_a_file() -> None:
    """The caller's side is told where its output goes."""
    assert ask("status-get -o seen") == hook_tools.Answer(stdout="unknown\n", output_path="seen")


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("juju-log on", hook_tools.Level.INFO),
        ("juju-log -l DEBUG on", hook_tools.Level.DEBUG),
        ("juju-log on --log-level=error", hook_tools.Level.ERROR),
        ("juju-log --debug on", hook_tools.Level.DEBUG),
        ("juju-log --debug -l ERROR on", hook_tools.Level.DEBUG),
        ("juju-log -l TRACE on", hook_tools.Level.TRACE),
        ("juju-log -lWARNING on", hook_tools.Level.WARNING),
        ("juju-log -l CRITICAL -- on", hook_tools.Level.CRITICAL),
    ],
)
def test_levels(words: str, level: hook_tools.Level) -> None:
    """A message is logged at INFO, or as it says."""
    assert ask(words) == hook_tools.Answer(records=(hook_tools.Record(level, "on"),))


def test_an_unknown_level_costs_a_warning() -> None:
    """The message is logged at INFO, and the level complained of."""
    warning, message = ask("juju-log -l LOUD on").records
    assert (warning.level, message) == (
        hook_tools.Level.WARNING,
        hook_tools.Record(hook_tools.Level.INFO, "on"),
    )
    assert "LOUD" in warning.text


@pytest.mark.parametrize("form", ["json", "yaml", "X"])
def test_a_format_of_a_message_costs_a_warning(form: str) -> None:
    """The message is logged and the call ends well, as in jujud: a hook under ``set -e`` goes on."""
    answer = ask(f"juju-log --format {form} -l ERROR on")
    assert (answer.code, answer.stdout) == (0, "")
    assert answer.stderr == "--format has no effect on juju-log\n"
    assert answer.records == (hook_tools.Record(hook_tools.Level.ERROR, "on"),)


def test_a_message_of_many_lines() -> None:
    """Each line is a record of its own, so that none can pass for another's; what is cut is said."""
    assert [record.text for record in ask("juju-log one\ntwo\n\nfour \udcff\n").records] == [
        "one",
        "two",
        "",
        "four \N{REPLACEMENT CHARACTER}",
    ]
    first, *rest = ask("juju-log " + "x\n" * 1000).records
    assert (first.level, len(rest)) == (hook_tools.Level.WARNING, 200)
    assert "800 more lines" in first.text
    assert [len(record.text) for record in ask("juju-log " + "y" * 5000).records] == [4096, 904]


@pytest.mark.parametrize("name", sorted(set(hook_tools.NAMES)))
def test_help(name: str) -> None:
    """Every tool that can be made has a help, which names it, its arguments and options."""
    answer = ask(f"{name} --help")
    if answer.code:
        assert answer.stderr == f"ERROR bad request: {RCE}\n"
        return
    assert answer.stdout.startswith(f"Usage: {name}")
    assert ask(f"{name} -h") == answer


def test_every_name_is_there() -> None:
    """The directory of tools is made of this list: no name twice, and all of the table."""
    assert len(hook_tools.NAMES) == len(set(hook_tools.NAMES)) == 49
    assert {"juju-log", "secret-add", "relation-get", "k8s-raw-set"} <= set(hook_tools.NAMES)


def test_an_unknown_name() -> None:
    """Exit 1, by name."""
    assert ask("juju-dance") == hook_tools.Answer(
        1, stderr="ERROR bad request: unknown command: juju-dance\n"
    )
    assert ask("") == hook_tools.Answer(1, stderr="ERROR bad request: command not specified\n")


@pytest.mark.parametrize("other", ["", "unit-shop-0-meter-status-0f3b", "\udcff"])
def test_another_hooks_tool_is_refused(other: str) -> None:
    """A call must bring the id of the hook that runs, and does not learn it here (B-23)."""
    answer = ask("juju-log hello", context=other)
    assert answer.code == 1
    assert answer.stderr == (
        f'ERROR bad request: expected context id "unit-shop-0-meter-status-…", got "{other}"\n'
    )
    assert answer.records == ()
