"""Setting, showing and removing policies."""

import json
from typing import Any

import pytest
import yaml

from meterstatus.protocol import wire

MODEL_TAG = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


@pytest.fixture(autouse=True)
def units(operator: Any) -> None:
    """Have two applications."""
    for unit in ("shop/0", "shop/1", "web/0"):
        operator("unit", "add", unit)


def test_sets_a_units_policy(operator: Any, controller: Any) -> None:
    """What is not given is Juju's where none was set, and the whole result is said."""
    answer = operator("policy", "set", "shop/0", "--amber", "10s", "--reason", "audit")
    assert (answer.exit_status, answer.out) == (
        0,
        "shop/0 without contact: AMBER after 10s, RED after 15m\n",
    )
    assert controller.policies["unit-shop-0"].policy == wire.Policy(10, 900)
    assert controller.changes[-1].reason == "audit"


def test_what_is_not_given_stays_as_it_is_set(operator: Any, controller: Any) -> None:
    """A second setting changes what it names alone, and not what is set elsewhere for the unit."""
    operator("policy", "set", "shop", "--amber", "20s", "--red", "30s")
    operator("policy", "set", "shop/0", "--red", "off", "--warning", "1m")
    assert controller.policies["unit-shop-0"].policy == wire.Policy(300, 0, 60)
    answer = operator("policy", "set", "shop/0", "--amber", "2m")
    assert answer.out == "shop/0 without contact: AMBER after 2m, RED off, warned 1m before\n"
    assert operator("policy", "set", "shop/0", "--amber", "off", "--warning", "off").out == (
        "shop/0 without contact: never escalates\n"
    )


def test_sets_an_applications_and_the_models(operator: Any, controller: Any) -> None:
    """What has a policy of its own keeps it, which is said."""
    answer = operator("policy", "set", "shop/1", "--red", "off")
    answer = operator("policy", "set", "shop", "--red", "off")
    assert answer.out == (
        "Every unit of shop without contact: AMBER after 5m, RED off\n"
        "Not for what has a policy of its own: shop/1\n"
    )
    assert operator("policy", "set", "web/0", "--red", "off").out.count("\n") == 1
    answer = operator("policy", "set", "--model", "--amber", "off", "--red", "off")
    assert answer.out == (
        "Every unit without contact: never escalates\n"
        "Not for what has a policy of its own: shop/1, shop, web/0\n"
    )
    assert controller.policies[MODEL_TAG].policy == wire.Policy(0, 0)


def test_names_only_some_of_many(operator: Any) -> None:
    """A fleet's worth of names is cut short."""
    for number in range(2, 9):
        operator("unit", "add", f"shop/{number}")
        operator("policy", "set", f"shop/{number}", "--red", "off")
    answer = operator("policy", "set", "shop", "--red", "off")
    assert answer.out.endswith(": shop/2, shop/3, shop/4, shop/5, shop/6 and 2 more\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("set",), "meterstatus policy set: name one ENTITY, a unit or application, or give --model"),
        (("set", "shop", "--model", "--red", "1m"), "meterstatus policy set: name one ENTITY"),
        (
            ("set", "shop"),
            "meterstatus policy set: nothing to set; give --amber, --red or --warning, or --stage for each",
        ),
        (("set", "shop", "--red", "5"), 'meterstatus policy set: "5" is no time span; write 90s'),
        (("set", "Shop", "--red", "5m"), 'meterstatus policy set: "Shop" is not a valid unit or application'),
        (("remove",), "meterstatus policy remove: name one ENTITY"),
        (("show", "shop//"), 'meterstatus policy show: "shop//" is not a valid unit or application'),
    ],
)
def test_a_command_line_that_cannot_be_is_refused(
    operator: Any, controller: Any, words: tuple[str, ...], line: str
) -> None:
    """One line says why, before the controller hears of it."""
    dialled = len(controller.dialled)
    answer = operator("policy", *words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(line)
    assert len(controller.dialled) == dialled


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("--amber", "20m"),
            "AMBER after 20m, RED after 15m cannot be: amber grace period must be shorter than the red grace"
            " period; what is not given stays Juju's",
        ),
        (
            ("--amber", "20m", "--red", "10m"),
            "AMBER after 20m, RED after 10m cannot be: amber grace period must be shorter than the red grace"
            " period\n",
        ),
        (
            ("--amber", "9s"),
            "AMBER after 9s, RED after 15m cannot be: invalid AMBER after 9s: it may be 10s to 90d",
        ),
        (
            ("--red", "91d"),
            "AMBER after 5m, RED after 91d cannot be: invalid RED after 91d: it may be 10s to 90d",
        ),
        (
            ("--warning", "5m"),
            "AMBER after 5m, RED after 15m, warned 5m before cannot be: invalid warning 5m before",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused_in_words(
    operator: Any, controller: Any, words: tuple[str, ...], line: str
) -> None:
    """The line has what it would have been, why it cannot be, and where the rest comes from."""
    answer = operator("policy", "set", "shop/0", *words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert answer.err.startswith(f"meterstatus: {line}")
    assert controller.policies == {}


def test_says_that_what_was_set_is_in_the_way(operator: Any) -> None:
    """A former setting that does not fit the new one is named as the reason."""
    operator("policy", "set", "shop/0", "--amber", "1m", "--red", "2m")
    answer = operator("policy", "set", "shop/0", "--amber", "3m")
    assert answer.err.endswith("what is not given stays as it is set for shop/0\n")


def test_says_where_to_find_the_units_there_are(operator: Any) -> None:
    """A unit or application that the controller does not know is a failure with a hint."""
    hint = "not found; 'meterstatus status' lists the units\n"
    assert operator("policy", "set", "shop/9", "--red", "1h").err == f'meterstatus: unit "shop/9" {hint}'
    assert operator("policy", "show", "till").err == f'meterstatus: application "till" {hint}'


def test_an_applications_policy_comes_before_its_first_unit(operator: Any) -> None:
    """It is set, and the answer says that it rules nobody yet, which a mistyped name does too."""
    answer = operator("policy", "set", "till", "--amber", "10s", "--red", "20s")
    assert answer.exit_status == 0
    assert answer.out.endswith("till has no units yet: it holds for those that are added.\n")


def test_shows_every_policy_that_is_set(operator: Any) -> None:
    """A line for each: what it is set for, and its times."""
    answer = operator("policy", "show")
    assert (answer.exit_status, answer.out) == (0, "")
    assert answer.err == (
        "No policy is set for any unit: their agents' own options rule,"
        " AMBER after 5m, RED after 15m where those say nothing else.\n"
    )
    operator("policy", "set", "--model", "--amber", "off", "--red", "1h")
    operator("policy", "set", "shop/0", "--warning", "30s")
    title, *lines = operator("policy", "show").out.splitlines()
    assert title.split("  ")[0] == "Set for"
    assert [line.split() for line in lines] == [
        ["the", "model", "off", "1h", "off", "4"],
        ["shop/0", "5m", "15m", "30s", "5"],
    ]


def test_shows_which_policy_rules_a_unit(operator: Any) -> None:
    """Each unit of the entity, and where the policy that rules it is set."""
    operator("policy", "set", "shop", "--red", "off")
    operator("policy", "set", "shop/1", "--red", "1h")
    answer = operator("policy", "show", "shop")
    assert [line.split() for line in answer.out.splitlines()[1:]] == [
        ["shop/0", "shop", "5m", "off", "off"],
        ["shop/1", "shop/1", "5m", "1h", "off"],
    ]
    assert answer.err == ""
    answer = operator("policy", "show", "web/0")
    assert [line.split() for line in answer.out.splitlines()[1:]] == [["web/0", "-", "-", "-", "-"]]
    assert answer.err.startswith("Where no policy is set, their agents' own options rule")


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_shows_policies_to_programs(operator: Any, form: str, read: Any) -> None:
    """Seconds, null for what is off, and where each is set."""
    operator("policy", "set", "shop", "--red", "off")
    held = {
        "set-for": {"kind": "application", "name": "shop"},
        "amber-grace-seconds": 300,
        "red-grace-seconds": None,
        "warning-seconds": None,
        "revision": 4,
    }
    assert read(operator("policy", "show", "--format", form).out) == {"revision": 4, "policies": [held]}
    answer = operator("policy", "show", "shop/0", "--format", form)
    assert (read(answer.out), answer.err) == ({"units": {"shop/0": held}}, "")
    answer = operator("policy", "show", "web/0", "--format", form)
    assert (read(answer.out), answer.err) == ({"units": {"web/0": None}}, "")


def test_removes_a_policy_and_says_what_rules_then(operator: Any, controller: Any) -> None:
    """The next wider one rules, or the agents' own options."""
    operator("policy", "set", "--model", "--red", "1h")
    operator("policy", "set", "shop", "--red", "off")
    operator("policy", "set", "shop/0", "--red", "2h")
    assert operator("policy", "remove", "shop/0", "--reason", "over").out == (
        "The policy of shop/0 is removed.\nThat of shop rules now: AMBER after 5m, RED off\n"
    )
    assert controller.changes[-1].reason == "over"
    assert operator("policy", "remove", "shop").out == (
        "The policy of shop is removed.\nThat of the model rules now: AMBER after 5m, RED after 1h\n"
    )
    assert operator("policy", "remove", "--model").out == (
        "The policy of the model is removed.\nWhere no other is set, their agents' own options rule,"
        " AMBER after 5m, RED after 15m where those say nothing else.\n"
    )
    assert controller.policies == {}


@pytest.mark.parametrize(("target", "name"), [("shop/0", "shop/0"), ("--model", "the model")])
def test_removing_what_is_not_set_is_told(operator: Any, target: str, name: str) -> None:
    """A failure, with where to look."""
    answer = operator("policy", "remove", target)
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == (
        f"meterstatus: no policy is set for {name}; 'meterstatus policy show' lists those that are\n"
    )


def test_a_controller_without_policies_is_told(operator: Any, controller: Any) -> None:
    """What a controller cannot do is said as such."""
    controller.unsupported = "Policies"
    answer = operator("policy", "set", "shop/0", "--red", "1h")
    assert answer.exit_status == 1
    assert "the controller cannot do this" in answer.err


THREE = ("--stage", "5m=AMBER", "--stage", "10m=AMBER:write out", "--stage", "15m=RED")


def test_sets_more_stages_than_two(operator: Any, controller: Any) -> None:
    """The first AMBER and the first RED stand where older readers look for them."""
    answer = operator("policy", "set", "shop", *THREE, "--warning", "1m")
    assert (answer.exit_status, answer.out) == (
        0,
        "Every unit of shop without contact:"
        ' AMBER after 5m, AMBER2 "write out" after 10m, RED after 15m, warned 1m before\n',
    )
    held = controller.policies["application-shop"].policy
    assert (held.amber_grace_seconds, held.red_grace_seconds, len(held.stages)) == (300, 900, 3)
    assert "5m,10m" in operator("policy", "show").out
    shown = json.loads(operator("policy", "show", "--format", "json").out)["policies"][0]
    assert shown["stages"][1] == {"status": "AMBER", "info": "write out", "grace-seconds": 600.0}


def test_a_warning_alone_keeps_the_stages(operator: Any, controller: Any) -> None:
    """But AMBER alone cannot be laid over three; both of the two take their place."""
    operator("policy", "set", "shop", *THREE)
    operator("policy", "set", "shop", "--warning", "1m")
    held = controller.policies["application-shop"].policy
    assert (len(held.stages), held.warning_seconds) == (3, 60)
    answer = operator("policy", "set", "shop", "--amber", "3m")
    assert answer.exit_status == 1
    assert "give --stage for each of them" in answer.err
    operator("policy", "set", "shop", "--amber", "3m", "--red", "off")
    assert controller.policies["application-shop"].policy == wire.Policy(180, 0, 60)


def test_stages_go_without_the_two(operator: Any) -> None:
    """A policy is said one way."""
    answer = operator("policy", "set", "shop", *THREE, "--amber", "3m")
    assert (answer.exit_status, "--stage goes without --amber" in answer.err) == (2, True)


def test_a_controller_that_passes_stages_over_is_noticed(operator: Any, controller: Any) -> None:
    """An earlier release keeps the two keys that it knows, which is said."""
    controller.keeps_stages = False
    answer = operator("policy", "set", "shop", *THREE)
    assert answer.exit_status == 1
    assert "the controller knows no --stage: it keeps AMBER after 5m, RED after 15m" in answer.err
