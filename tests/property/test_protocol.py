"""protocol: any bytes, any error, any message."""

import contextlib
import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from meterstatus import errors
from meterstatus.controller.rpc import dispatch
from meterstatus.protocol import messages, session, shapes, wire
from meterstatus.protocol.facades import admin

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.sampled_from(
    [
        *("request-id", "Request-Id", "RequestId", "type", "Type", "version", "id", "ID", "request"),
        *("Request", "params", "Params", "error", "Error", "error-code", "ErrorCode", "error-info"),
        *("response", "x"),
    ]
)
LIMIT = 100_000
HANDLERS = [handler for each in dispatch.IMPLEMENTATIONS for handler in each.handlers.values()]
METHODS = [admin.LOGIN, admin.REDIRECT_INFO, *(handler.method for handler in HANDLERS)]


@given(
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(KEYS, JSON, max_size=6).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_a_message_or_a_breach(data: bytes) -> None:
    """Reading never raises anything but RemoteProtocolError."""
    try:
        message = messages.decode(data, LIMIT)
    except errors.RemoteProtocolError:
        return
    assert isinstance(message, messages.Request | messages.Response)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_params_are_read_or_refused(data: bytes) -> None:
    """Params never raise anything but ParamsError, whatever the shape they should have."""
    for method in METHODS:
        with contextlib.suppress(shapes.ParamsError):
            assert isinstance(shapes.decode_params(msgspec.Raw(data), method.params), method.params)


@given(JSON)
def test_any_value_is_a_result_or_a_breach(value: Any) -> None:
    """Results never raise anything but RemoteProtocolError."""
    for method in METHODS:
        with contextlib.suppress(errors.RemoteProtocolError):
            assert isinstance(shapes.read_result(value, method.result), method.result)


@given(TEXT, TEXT, st.dictionaries(TEXT, st.integers(-9, 9) | TEXT, max_size=3), st.booleans())
def test_every_error_survives_the_wire(text: str, code: str, info: dict[str, Any], legacy: bool) -> None:
    """Text, code and info of a failure arrive as they were sent; the former form has no info."""
    request = messages.Request(request_id=4, facade="A", version=1, method="b", legacy=legacy)
    response = messages.decode(messages.encode_error(request, text, code, info), LIMIT)
    assert isinstance(response, messages.Response)
    assert response.request_id == 4
    assert response.error == (text or code or "unknown error")
    assert response.error_code == code
    assert response.error_info == ({} if legacy else info)


@given(TEXT, st.integers(0, 99), TEXT, TEXT, st.dictionaries(TEXT, st.integers(-9, 9), max_size=3))
def test_every_request_survives_the_wire(
    facade: str, version: int, object_id: str, method: str, params: dict[str, int]
) -> None:
    """What a client writes, a server reads the same."""
    data = messages.encode_request(9, "F" + facade, version, method, params, object_id)
    request = messages.decode(data, LIMIT)
    assert isinstance(request, messages.Request)
    assert (request.facade, request.version, request.method) == ("F" + facade, version, method)
    assert (request.object_id, json.loads(bytes(request.params))) == (object_id, params)


@given(st.text(st.characters(codec="ascii"), max_size=12), st.data())
def test_case_never_matters(tag: str, data: st.DataObject) -> None:
    """A request reads the same however its keys are capitalised."""

    def odd(key: str) -> str:
        return "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in key)

    text = {
        odd("request-id"): 3,
        odd("type"): "MeterStatus",
        odd("version"): 2,
        odd("request"): "State",
        odd("params"): {odd("entities"): [{odd("tag"): tag}]},
    }
    request = messages.decode(json.dumps(text).encode(), LIMIT)
    assert isinstance(request, messages.Request)
    assert (request.request_id, request.facade, request.version) == (3, "MeterStatus", 2)
    assert shapes.decode_params(request.params, wire.Entities) == wire.Entities((wire.Entity(tag),))


@given(st.permutations(list(range(5))), st.sets(st.integers(0, 4)))
def test_every_call_is_settled_exactly_once(order: list[int], never: set[int]) -> None:
    """In whatever order answers come, each call gets its own answer, or fails at the end."""
    client: session.ClientSession[int] = session.ClientSession()
    server = session.ServerSession()
    requests = [server.receive(client.call(n, "A", 1, "b", {"n": n})[1]) for n in range(5)]
    answered: set[int] = set()
    for n in order:
        request = requests[n]
        assert request is not None
        if n not in never:
            settled = client.receive(server.answer(request, request.params) or b"")
            assert settled is not None
            assert settled[0] == n == messages.unwrap(settled[1])["n"]
            answered.add(n)
    assert set(client.close()) == never == set(range(5)) - answered
    assert len(tuple(server.unanswered)) == len(never)
