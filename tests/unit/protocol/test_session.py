"""protocol.session: ids, what is pending, and the end, from either side."""

import json
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.protocol import limits, messages, session


def _answer(request_id: int, **keys: Any) -> bytes:
    return json.dumps({"request-id": request_id, "response": {}, **keys}).encode()


def _ask(request_id: int, method: str = "b") -> bytes:
    return messages.encode_request(request_id, "A", 1, method)


def test_calls_are_numbered_from_one() -> None:
    """Ids count up per connection."""
    client: session.ClientSession[str] = session.ClientSession()
    first_id, first = client.call("one", "A", 1, "b", {"x": 1}, "3")
    second_id, _ = client.call("two", "A", 1, "b")
    assert (first_id, second_id) == (1, 2)
    assert json.loads(first) == {
        "request-id": 1,
        "type": "A",
        "version": 1,
        "id": "3",
        "request": "b",
        "params": {"x": 1},
    }


def test_answers_find_their_calls_in_any_order() -> None:
    """An answer comes back with its call's token."""
    client: session.ClientSession[str] = session.ClientSession()
    client.call("one", "A", 1, "b")
    client.call("two", "A", 1, "b")
    for request_id, token in ((2, "two"), (1, "one")):
        answered = client.receive(_answer(request_id, response={"n": request_id}))
        assert answered is not None
        assert answered[0] == token
        assert messages.unwrap(answered[1]) == {"n": request_id}


@pytest.mark.parametrize("request_id", [0, 1, 2, 3])
def test_answers_that_nobody_waits_for_are_dropped(request_id: int) -> None:
    """Answered before, given up, never asked: no answer, and no mistake."""
    client: session.ClientSession[str] = session.ClientSession()
    client.call("answered", "A", 1, "b")
    given_up, _ = client.call("given up", "A", 1, "b")
    assert client.receive(_answer(1)) is not None
    client.forget(given_up)
    client.forget(given_up)
    assert client.receive(_answer(request_id)) is None


def test_params_that_cannot_be_sent_use_no_id() -> None:
    """A call that fails here leaves nothing pending."""
    client: session.ClientSession[str] = session.ClientSession()
    with pytest.raises(errors.LocalProtocolError):
        client.call("one", "A", 1, "b", object())
    assert client.call("two", "A", 1, "b")[0] == 1
    assert client.close() == ("two",)


@pytest.mark.parametrize("data", [b"{nonsense", _ask(1)])
def test_a_client_refuses_what_no_server_sends(data: bytes) -> None:
    """Nonsense, and a request, break the protocol."""
    client: session.ClientSession[str] = session.ClientSession()
    with pytest.raises(errors.RemoteProtocolError):
        client.receive(data)


def test_a_client_has_its_limit() -> None:
    """An answer over the limit breaks the protocol."""
    client: session.ClientSession[str] = session.ClientSession(max_bytes=10)
    with pytest.raises(errors.RemoteProtocolError):
        client.receive(_answer(1))


def test_closing_fails_every_call() -> None:
    """The end gives back what was pending, once, and nothing works after it."""
    client: session.ClientSession[str] = session.ClientSession()
    client.call("one", "A", 1, "b")
    client.call("two", "A", 1, "b")
    assert client.close() == ("one", "two")
    assert client.close() == ()
    assert client.receive(_answer(1)) is None
    assert client.receive(b"{nonsense") is None
    with pytest.raises(errors.ConnectionLostError, match="connection is shut down"):
        client.call("three", "A", 1, "b")


def _receive(server: session.ServerSession, data: bytes) -> messages.Request:
    request = server.receive(data)
    assert request is not None
    return request


def test_requests_are_answered_in_any_order() -> None:
    """What is unanswered is known, oldest first."""
    server = session.ServerSession()
    one = _receive(server, _ask(1, "one"))
    two = _receive(server, _ask(2, "two"))
    assert [request.method for request in server.unanswered] == ["one", "two"]
    assert json.loads(server.answer(two, {"n": 2}) or b"") == {"request-id": 2, "response": {"n": 2}}
    assert [request.method for request in server.unanswered] == ["one"]
    assert json.loads(server.fail(one, "no", "c", {"k": 1}) or b"") == {
        "request-id": 1,
        "response": {},
        "error": "no",
        "error-code": "c",
        "error-info": {"k": 1},
    }
    assert server.unanswered == ()


def test_a_request_is_answered_once() -> None:
    """A second answer, and one to a request never received, is our mistake."""
    server = session.ServerSession()
    request = _receive(server, _ask(1))
    server.answer(request)
    with pytest.raises(errors.LocalProtocolError, match="request 1 "):
        server.answer(request)
    with pytest.raises(errors.LocalProtocolError, match="request 9 "):
        server.fail(messages.Request(request_id=9, facade="A", method="b"), "no")


def test_a_result_that_cannot_be_written_leaves_the_request_unanswered() -> None:
    """So that an error can still be sent."""
    server = session.ServerSession()
    request = _receive(server, _ask(1))
    with pytest.raises(errors.LocalProtocolError):
        server.answer(request, object())
    assert server.fail(request, "no") is not None


def test_equal_ids_in_flight_are_both_answered() -> None:
    """The client's mistake costs nobody else, and each gets its answer."""
    server = session.ServerSession()
    one = _receive(server, _ask(1))
    again = _receive(server, _ask(1))
    assert server.answer(one) is not None
    assert server.unanswered == (again,)
    assert server.answer(again) is not None


def test_a_stray_response_is_dropped() -> None:
    """A server asks nothing, so an answer is for nobody."""
    assert session.ServerSession().receive(_answer(1)) is None


def test_a_server_refuses_nonsense_and_has_its_limit() -> None:
    """Both break the protocol."""
    with pytest.raises(errors.RemoteProtocolError):
        session.ServerSession().receive(b"")
    with pytest.raises(errors.RemoteProtocolError):
        session.ServerSession(max_bytes=10).receive(_ask(1))


def test_after_the_end_a_server_says_nothing() -> None:
    """Answers and requests after the close are dropped."""
    server = session.ServerSession()
    request = _receive(server, _ask(1))
    server.close()
    server.close()
    assert server.unanswered == ()
    assert server.answer(request) is None
    assert server.fail(request, "no") is None
    assert server.receive(_ask(2)) is None
    assert server.receive(b"{nonsense") is None


def test_a_request_that_is_kept_holds_nothing_of_its_message() -> None:
    """It is answered later all the same, once; after the end nothing is kept."""
    server = session.ServerSession()
    received = server.receive(b'{"request-id": 1, "type": "A", "request": "B", "params": {"x": "long"}}')
    assert received is not None
    kept = server.keep(received)
    assert (kept.request_id, kept.method, bytes(kept.params)) == (1, "B", b"{}")
    assert list(server.unanswered) == [kept]
    assert server.answer(kept) == b'{"request-id":1,"response":{}}'
    with pytest.raises(errors.LocalProtocolError):
        server.answer(received)
    assert server.keep(received).request_id == 1
    assert list(server.unanswered) == []


def test_a_server_refuses_a_message_of_too_many_values() -> None:
    """Before it decodes any of it."""
    server = session.ServerSession()
    with pytest.raises(errors.RemoteProtocolError, match="values"):
        server.receive(b'{"request-id": 1, "x": [' + b"0," * limits.MAX_PARTS + b"0]}")
