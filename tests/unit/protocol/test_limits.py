"""protocol.limits: what is more than anybody needs is refused before it costs anything."""

import msgspec
import pytest

from meterstatus import errors
from meterstatus.protocol import limits, messages, shapes, wire


def _of_values(count: int, value: str = "0") -> bytes:
    """Return a request whose params are a list of so many values; it has eleven parts beside them."""
    params = ",".join([value] * count)
    return f'{{"request-id": 1, "type": "A", "request": "B", "params": {{"x": [{params}]}}}}'.encode()


@pytest.mark.parametrize("value", ["0", '""', '"a,b:[{\\"c\\\\"', "[]", '{"k": ""}'])
def test_a_message_of_too_many_values_is_refused_before_it_is_decoded(value: str) -> None:
    """What stands in texts does not count, whatever is escaped there."""
    parts_each = {"[]": 2, '{"k": ""}': 3}.get(value, 1)
    most = (limits.MAX_PARTS - 11) // parts_each
    limits.check_parts(_of_values(most, value))
    with pytest.raises(errors.RemoteProtocolError, match="more than 100000 values"):
        limits.check_parts(_of_values(most + 9, value))


def test_texts_without_end_are_refused_before_they_are_counted() -> None:
    """Four megabytes of quotes are not taken apart."""
    with pytest.raises(errors.RemoteProtocolError, match="more than 100000 values"):
        limits.check_parts(b'",' * (limits.MAX_REQUEST_BYTES // 2))


class _Whole(bytes):
    """Cannot be taken apart."""

    def replace(self, *_: object) -> "_Whole":
        raise AssertionError("it is taken apart")


@pytest.mark.parametrize("text", [rb"\n", rb"\"", rb"\u0041"])
def test_a_long_text_is_not_taken_apart_for_its_escapes(text: bytes) -> None:
    """Four megabytes of them would keep everybody else waiting, and there cannot be so many values in it."""
    escapes = text * (limits.MAX_REQUEST_BYTES // len(text) - 10)
    limits.check_parts(_Whole(b'{"x": "' + escapes + b'"}'))
    limits.check_odd(_Whole(b'{"x": "' + escapes + b'"}'))


def test_an_object_with_a_thousand_odd_keys_is_refused() -> None:
    """In the params it is an error, in the envelope the end: nobody needs to be waited for by everybody."""
    odd = ",".join(f'"k{number}": 0' for number in range(limits.MAX_KEYS + 1))
    with pytest.raises(shapes.ParamsError, match="over the limit of 1000"):
        shapes.decode_params(msgspec.Raw(f"{{{odd}}}"), wire.Entities)
    with pytest.raises(errors.RemoteProtocolError, match="over the limit of 1000"):
        messages.decode(f"{{{odd}}}".encode(), limits.MAX_REQUEST_BYTES)


def test_what_is_spelled_oddly_may_have_fewer_values() -> None:
    """It is walked in Python: a message in capitals, params, and an error's info."""
    many = ",".join(["0"] * limits.MAX_ODD_PARTS)
    few = many[: len(many) // 2 - 1] + "0"
    for text in (
        f'{{"REQUEST-ID": 1, "x": [{many}]}}',
        f'{{"request-id": 1, "error-info": {{"x": [{many}]}}}}',
    ):
        with pytest.raises(errors.RemoteProtocolError, match="more than 20000 values"):
            messages.decode(text.encode(), limits.MAX_REQUEST_BYTES)
        messages.decode(text.replace(many, few).encode(), limits.MAX_REQUEST_BYTES)
    with pytest.raises(shapes.ParamsError, match="more than 20000 values"):
        shapes.decode_params(msgspec.Raw(f'{{"Entities": [], "x": [{many}]}}'), wire.Entities)
