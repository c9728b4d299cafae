"""protocol.messages: what is read, what is refused, and how it is written."""

import json
from typing import Any

import msgspec
import pytest

from meterstatus import errors
from meterstatus.protocol import limits, messages
from meterstatus.protocol.facades import admin

LIMIT = 10_000


def _decode(text: str | bytes) -> messages.Request | messages.Response:
    return messages.decode(text.encode() if isinstance(text, str) else text, LIMIT)


def _request(text: str) -> messages.Request:
    message = _decode(text)
    assert isinstance(message, messages.Request)
    return message


def _response(text: str) -> messages.Response:
    message = _decode(text)
    assert isinstance(message, messages.Response)
    return message


def _raw(text: str | bytes) -> msgspec.Raw:
    return msgspec.Raw(text)


def test_a_request_is_read() -> None:
    """Each key of the current form arrives as a field."""
    request = _request(
        '{"request-id": 7, "type": "NotifyWatcher", "version": 1, "id": "3", "request": "Next",'
        ' "params": {"a": [1]}}'
    )
    assert (request.request_id, request.facade, request.version) == (7, "NotifyWatcher", 1)
    assert (request.object_id, request.method, request.legacy) == ("3", "Next", False)
    assert bytes(request.params) == b'{"a": [1]}'


@pytest.mark.parametrize("params", ["", ', "params": null', ', "params": {}'])
def test_params_may_be_absent_null_or_empty(params: str) -> None:
    """The three are equivalent."""
    request = _request('{"request-id": 1, "type": "Pinger", "version": 1, "request": "Ping"' + params + "}")
    assert bytes(request.params) == b"{}"


@pytest.mark.parametrize(
    "text",
    [
        '{"request-id": 2, "type": "AllWatcher", "version": 3, "request": "Next", "Id": "1"}',
        '{"REQUEST-ID": 2, "Type": "AllWatcher", "Version": 3, "Request": "Next", "iD": "1"}',
        '{"request-id": 2, "type": "AllWatcher", "version": 3, "reque\u017ft": "Next", "id": "1", "new": {}}',
        '{"request-id": 2, "type": "AllWatcher", "version": 3, "request": "Next", "ID": "9", "id": "1"}',
    ],
)
def test_keys_are_matched_without_case(text: str) -> None:
    """Odd capitals, which python-libjuju sends, and unknown keys do no harm; an exact key wins."""
    request = _request(text)
    assert (request.request_id, request.facade, request.version) == (2, "AllWatcher", 3)
    assert (request.method, request.object_id, request.legacy) == ("Next", "1", False)


def test_nulls_in_the_envelope_are_empty() -> None:
    """A null is the empty value of its key, as in Go."""
    request = _request('{"request-id": 1, "type": "A", "version": null, "id": null, "request": null}')
    assert (request.version, request.object_id, request.method) == (0, "", "")


@pytest.mark.parametrize("number", ["", '"RequestId": 5,', '"request-id": 0, "requestid": 5,'])
def test_the_former_form_is_read(number: str) -> None:
    """Without an id of the current form, the CamelCase keys count."""
    text = "{" + number + '"Type": "Admin", "Version": 3, "Id": "x", "Request": "Login", "Params": {"a": 1}}'
    request = _request(text)
    assert request.legacy
    assert request.request_id == (5 if number else 0)
    assert (request.facade, request.version, request.object_id) == ("Admin", 3, "x")
    assert (request.method, bytes(request.params)) == ("Login", b'{"a": 1}')


def test_a_response_is_read() -> None:
    """A message that asks for nothing is an answer."""
    response = _response('{"request-id": 7, "response": {"a": 1}}')
    assert (response.request_id, response.error, response.error_code) == (7, "", "")
    assert response.error_info == {}
    assert messages.unwrap(response) == {"a": 1}


def test_an_error_response_is_read() -> None:
    """Text, code and info of a failure arrive."""
    response = _response('{"request-id": 8, "error": "no", "error-code": "c", "error-info": {"k": [1]}}')
    with pytest.raises(errors.RequestError, match=r"\Ano\Z") as raised:
        messages.unwrap(response)
    assert (raised.value.code, raised.value.info) == ("c", {"k": [1]})


def test_a_former_response_is_read() -> None:
    """An answer in the CamelCase form keeps its error and code."""
    response = _response('{"RequestId": 8, "Error": "no", "ErrorCode": "c", "Response": {}}')
    assert (response.request_id, response.error, response.error_code) == (8, "no", "c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "7",
        '{"request-id": 1, "type": "A"} {}',
        '{"request-id": "1", "type": "A"}',
        '{"request-id": 1.5, "type": "A"}',
        '{"request-id": -1, "type": "A"}',
        '{"request-id": 18446744073709551616, "type": "A"}',
        '{"request-id": 1, "type": 5}',
        '{"request-id": 1, "type": "A", "version": "3"}',
        '{"request-id": 1, "type": "A", "request": {}}',
        '{"request-id": 1, "type": "A", "id": 1}',
        '{"request-id": 1, "error-info": []}',
        '{"request-id": 1, "params": ' + "[" * 5000 + "}",
        b'{"request-id": 1, "type": "\xff"}',
        b'{"\xff": 1}',
    ],
)
def test_what_ends_the_connection(text: str | bytes) -> None:
    """No JSON object, or a key of the envelope of the wrong type, is the peer's breach."""
    with pytest.raises(errors.RemoteProtocolError):
        _decode(text)


def test_the_limit_is_the_longest_message() -> None:
    """A message as long as the limit is read, and one byte more is refused unread."""
    text = b'{"request-id": 1}'
    assert messages.decode(text, len(text))
    with pytest.raises(errors.RemoteProtocolError, match="over the limit of 16"):
        messages.decode(text, len(text) - 1)


def test_the_largest_id_is_echoed() -> None:
    """An id is an unsigned number of 64 bits, whole."""
    request = _request('{"request-id": 18446744073709551615, "type": "A"}')
    assert json.loads(messages.encode_response(request))["request-id"] == 18446744073709551615


def test_a_request_is_written() -> None:
    """Absent params are an empty object, and an empty object id is no key."""
    assert json.loads(messages.encode_request(1, "Pinger", 1, "Ping")) == {
        "request-id": 1,
        "type": "Pinger",
        "version": 1,
        "request": "Ping",
        "params": {},
    }
    assert json.loads(messages.encode_request(2, "NotifyWatcher", 1, "Next", {"a": 1}, "3")) == {
        "request-id": 2,
        "type": "NotifyWatcher",
        "version": 1,
        "id": "3",
        "request": "Next",
        "params": {"a": 1},
    }


@pytest.mark.parametrize("params", [{"a": object()}, {"a": "\ud800"}, {(1, 2): 3}])
def test_what_json_cannot_hold_is_our_mistake(params: Any) -> None:
    """Params that cannot be written are refused before anything is sent."""
    with pytest.raises(errors.LocalProtocolError):
        messages.encode_request(1, "A", 1, "b", params)


CURRENT = messages.Request(request_id=3, facade="A", version=1, method="b")
FORMER = messages.Request(request_id=3, facade="A", version=1, method="b", legacy=True)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (messages.encode_response(CURRENT), {"request-id": 3, "response": {}}),
        (messages.encode_response(CURRENT, {"a": 1}), {"request-id": 3, "response": {"a": 1}}),
        (messages.encode_response(FORMER, {"a": 1}), {"RequestId": 3, "Response": {"a": 1}}),
        (messages.encode_error(CURRENT, "no"), {"request-id": 3, "response": {}, "error": "no"}),
        (
            messages.encode_error(CURRENT, "no", "c", {"k": 1}),
            {"request-id": 3, "response": {}, "error": "no", "error-code": "c", "error-info": {"k": 1}},
        ),
        (messages.encode_error(CURRENT, "no", info={}), {"request-id": 3, "response": {}, "error": "no"}),
        (
            messages.encode_error(CURRENT, "no", "c", admin.RedirectInfo((), "PEM")),
            {
                "request-id": 3,
                "response": {},
                "error": "no",
                "error-code": "c",
                "error-info": {"servers": [], "ca-cert": "PEM"},
            },
        ),
        (
            messages.encode_error(FORMER, "no", "c", {"k": 1}),
            {"RequestId": 3, "Response": {}, "Error": "no", "ErrorCode": "c"},
        ),
        (
            messages.encode_error(CURRENT, "", "c"),
            {"request-id": 3, "response": {}, "error": "c", "error-code": "c"},
        ),
        (
            messages.encode_error(CURRENT, ""),
            {"request-id": 3, "response": {}, "error": "unknown error"},
        ),
    ],
)
def test_an_answer_is_written_in_the_form_of_its_request(written: bytes, expected: dict[str, Any]) -> None:
    """The response is always there, an error only on failure and never empty."""
    assert json.loads(written) == expected


def test_the_legacy_id_is_always_written() -> None:
    """A request without an id is answered with id 0."""
    request = _request('{"Type": "A", "Request": "b"}')
    assert json.loads(messages.encode_response(request)) == {"RequestId": 0, "Response": {}}


@pytest.mark.parametrize("response", ["[]", "7", '{"a": \xff}'])
def test_a_response_that_is_no_object_is_the_peers_breach(response: str) -> None:
    """Only an object is a response."""
    message = messages.Response(request_id=1, response=_raw(response.encode("latin-1")))
    with pytest.raises(errors.RemoteProtocolError):
        messages.unwrap(message)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unauthorized access", errors.UnauthorizedError),
        ("not implemented", errors.UnsupportedError),
        ("not found", errors.RequestError),
        ("not supported", errors.RequestError),
        ("", errors.RequestError),
    ],
)
def test_a_code_chooses_the_error(code: str, kind: type[errors.MeterStatusError]) -> None:
    """Two codes have types; the rest, "not found" too, are a refused request."""
    error = messages.to_error("text", code, {"a": 1})
    assert (type(error), str(error), error.code) == (kind, "text", code)


def test_a_long_error_is_cut() -> None:
    """It may quote what was sent, and is not as long."""
    request = _request('{"request-id": 1, "type": "A", "request": "B"}')
    told = json.loads(messages.encode_error(request, "x" * 100_000))["error"]
    assert told == "x" * limits.MAX_ERROR_CHARACTERS + "…"
    assert limits.cut("x" * limits.MAX_ERROR_CHARACTERS) == "x" * limits.MAX_ERROR_CHARACTERS
