"""adapters.websocket_server.room: who goes where unfinished messages take too much."""

from meterstatus.adapters.websocket_server import room


class Holder:
    """Notes that it was ended, as a connection then says that it holds nothing."""

    def __init__(self, of: room.Room) -> None:
        self._of = of
        self.is_out = False

    def crowd_out(self) -> None:
        self.is_out = True
        self._of.hold(self, 0)


def test_whoever_began_longest_ago_goes_first() -> None:
    """Also where it has sent more since, and no more go than must."""
    of = room.Room(100)
    first, second, third = (Holder(of) for _ in range(3))
    of.hold(first, 30)
    of.hold(second, 40)
    of.hold(first, 40)
    assert of.taken_bytes == 80
    of.hold(third, 50)
    assert (first.is_out, second.is_out, third.is_out) == (True, False, False)
    assert of.taken_bytes == 90


def test_a_complete_message_gives_its_room_back() -> None:
    """And whoever begins anew is the last."""
    of = room.Room(100)
    first, second = Holder(of), Holder(of)
    of.hold(first, 30)
    of.hold(second, 30)
    of.hold(first, 0)
    of.hold(first, 0)
    of.hold(first, 60)
    of.hold(first, 80)
    assert (first.is_out, second.is_out, of.taken_bytes) == (False, True, 80)


def test_one_that_is_too_much_alone_goes_itself() -> None:
    """The bound holds whatever comes."""
    of = room.Room(100)
    only = Holder(of)
    of.hold(only, 101)
    assert only.is_out
    assert of.taken_bytes == 0
