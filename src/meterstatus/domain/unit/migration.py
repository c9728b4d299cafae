"""The phases of a model's migration, as far as a unit's agent cares (spec juju-api, 9.1)."""

_LET_WORK = frozenset({"UNKNOWN", "NONE", "DONE", "REAPFAILED", "ABORTDONE"})


def lets_work(phase: str) -> bool:
    """Tell whether agents of the model may run hooks and change what the controller keeps.

    Args:
        phase: as the controller names it; "" where nobody knows, which holds back nothing: a guard that
            needed the controller would keep a unit without one from escalating (spec worker, B-01).
    """
    return not phase or phase in _LET_WORK
