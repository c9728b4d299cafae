"""domain.fleet.fair_queue: whose turn it is, and who is refused."""

from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain.fleet import fair_queue


def test_parties_take_turns() -> None:
    """Whoever asked for much waits behind itself; of one party the order holds."""
    queue: fair_queue.FairQueue[str] = fair_queue.FairQueue(10, 10)
    for item in ("a1", "a2", "a3", "b1", "c1", "c2"):
        assert queue.put(item[0], item) is None
    assert [queue.take() for _ in range(7)] == ["a1", "b1", "c1", "a2", "c2", "a3", None]
    assert len(queue) == 0


def test_one_party_may_have_so_many() -> None:
    """Beyond that it is refused, and others are not."""
    queue: fair_queue.FairQueue[str] = fair_queue.FairQueue(10, 2)
    assert [queue.put("a", item) for item in ("a1", "a2", "a3")] == [None, None, "a3"]
    assert queue.put("b", "b1") is None
    assert len(queue) == 3


def test_where_it_is_full_who_has_most_gives_way() -> None:
    """Its last one goes; nobody gives way for one that would have as many."""
    queue: fair_queue.FairQueue[str] = fair_queue.FairQueue(3, 3)
    for item in ("a1", "a2", "a3"):
        queue.put("a", item)
    assert queue.put("b", "b1") == "a3"
    assert queue.put("b", "b2") == "b2"
    assert [queue.take() for _ in range(3)] == ["a1", "b1", "a2"]


def test_whoever_goes_is_forgotten() -> None:
    """An item is removed from any place, and one that is not there is nothing."""
    queue: fair_queue.FairQueue[str] = fair_queue.FairQueue(10, 10)
    for item in ("a1", "a2", "b1"):
        queue.put(item[0], item)
    queue.remove("a", "a1")
    queue.remove("b", "b1")
    queue.remove("b", "b1")
    queue.remove("a", "b1")
    assert [queue.take(), queue.take()] == ["a2", None]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans())))
def test_it_counts_what_it_has(steps: list[tuple[str, bool]]) -> None:
    """Never more than it may, of anybody, and nothing is lost but what is refused."""
    queue: fair_queue.FairQueue[tuple[str, int]] = fair_queue.FairQueue(6, 3)
    inside: set[tuple[str, int]] = set()
    for number, (party, puts) in enumerate(steps):
        if puts:
            inside.add((party, number))
            inside.discard(queue.put(party, (party, number)) or ("", -1))
        else:
            inside.discard(queue.take() or ("", -1))
        assert len(queue) == len(inside) <= 6
        assert all(sum(item[0] == each for item in inside) <= 3 for each in "abcde")
