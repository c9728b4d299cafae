"""harness.simulation.services: each check accuses a controller that violates it, and no other."""

from typing import Any

from harness.simulation import services
from tests.unit.harness.samples import is_wrong, word


def served(**others: Any) -> services.Served:
    given: dict[str, Any] = {"well_for": 100.0, "unconfirmed_for": 3.0, "served": 2, **others}
    return services.Served(name="controller 1", says={"shop/0": word("RED")}, **given)


def test_a_controller_that_says_what_another_has_replaced() -> None:
    """Check 9: what was replaced elsewhere is said for no longer than a controller may be uncertain."""
    assert is_wrong(services.is_current("shop/0", word("RED"), replaced_for=16.0))
    assert not is_wrong(services.is_current("shop/0", word("RED"), replaced_for=15.0))
    assert not is_wrong(services.is_current("shop/0", word("RED"), replaced_for=0.0))


def test_controllers_that_say_different_things() -> None:
    """Check 9: each says what was acknowledged, of every unit, also of one that it has never heard of."""
    assert not is_wrong(services.says_the_same(served(), {"shop/0": word("RED")}))
    assert is_wrong(services.says_the_same(served(), {"shop/0": word("AMBER")}))
    assert is_wrong(services.says_the_same(served(), {"shop/0": word("RED"), "db/0": word("RED")}))


def test_a_connection_that_is_left_alone() -> None:
    """Check 9: a controller without its database has let everybody go after a minute."""
    assert is_wrong(services.serves_nobody(served(unconfirmed_for=61.0)))
    assert not is_wrong(services.serves_nobody(served(unconfirmed_for=61.0, served=0)))
    assert not is_wrong(services.serves_nobody(served(unconfirmed_for=59.0)))


def test_maintenance_that_nobody_announced() -> None:
    """A controller says what is left of it, but for what another was told within the last seconds."""
    assert is_wrong(services.announces("shop/0", 600.0, 0.0, changed_for=16.0))
    assert not is_wrong(services.announces("shop/0", 600.0, 0.0, changed_for=15.0))
    assert not is_wrong(services.announces("shop/0", 600.0, 600.05, changed_for=100.0))
