"""A unit agent's configuration as a value."""

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


def config(tag: str = "unit-shop-0", **changes: str) -> agent_config.AgentConfig:
    values = {"controller": f"controller-{UUID}", "model": f"model-{UUID}"} | changes
    return agent_config.AgentConfig(
        tag=tag,
        controller=values["controller"],
        model=values["model"],
        upgraded_to_version="3.6.0",
        data_dir="/data",
        api_password="secret-one",
        old_password="secret-two",
    )


def test_says_where_and_who_the_unit_is() -> None:
    """The agent's directory, the unit's name and the model's UUID follow from the tags."""
    value = config()

    assert ("/data/agents/unit-shop-0", "shop/0", UUID) == (
        value.agent_dir,
        value.unit_name,
        value.model_uuid,
    )


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"tag": "shop/0"}, 'tag "shop/0"'),
        ({"controller": f"model-{UUID}"}, f'controller "model-{UUID}"'),
        ({"model": "model-x"}, 'model "model-x"'),
    ],
)
def test_refuses_tags_that_are_none(changes: dict[str, str], subject: str) -> None:
    """Each tag is checked, and the error names it."""
    with pytest.raises(errors.NotValidError) as caught:
        config(**changes)

    assert subject == caught.value.subject


def test_only_a_units_agent_has_a_unit_name() -> None:
    """A machine's agent is read, but has no unit to speak of."""
    with pytest.raises(errors.NotValidError, match="machine-0"):
        _ = config("machine-0").unit_name


def test_never_shows_a_password() -> None:
    """The text form, which ends up in logs, has neither password."""
    assert "secret" not in repr(config())
