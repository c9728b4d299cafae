"""The errors that the controller answers with and that exist nowhere else (spec juju-api, 1.8 and 2.6).

Texts are the wire's where a client matches on them.
"""

import datetime
import math
from collections.abc import Mapping

from meterstatus import errors
from meterstatus.domain import backoff


class Refusal(errors.MeterStatusError):
    """An answer that is an error; ``code`` may be empty, and so may ``info``, the error's map of more."""

    def __init__(self, message: str, code: str = "", info: Mapping[str, object] = {}) -> None:
        super().__init__(message)
        self.code = code
        self.info = info


def unknown_facade(name: str, version: int) -> Refusal:
    """There is no such facade, or not in this version."""
    if version == 0:
        return Refusal(f'unknown object type "{name}"', errors.UnsupportedError.code)
    return Refusal(f'unknown version ({version}) of interface "{name}"', errors.UnsupportedError.code)


def unknown_method(facade: str, method: str) -> Refusal:
    """There is no such method; the facade is ``Name(version)``, or ``Admin``."""
    text = f"no such request - method {facade}.{method} is not implemented"
    return Refusal(text, errors.UnsupportedError.code)


def wrong_connection(facade: str, kind: str) -> Refusal:
    """The facade exists, or could, but not on this kind of connection."""
    return Refusal(f'facade "{facade}" not supported for {kind} API connection', "not supported")


def old_client() -> Refusal:
    """The client wants another version of Admin."""
    return Refusal("this controller does not support login from old clients", "not supported")


def unknown_id() -> Refusal:
    """Admin was called with an object id."""
    return Refusal("id not found", errors.NotFoundError.code)


def unknown_model(uuid: str) -> Refusal:
    """The connection was made to a model that is not here."""
    return Refusal(f'unknown model: "{uuid}"', "model not found")


def shutting_down() -> Refusal:
    """A request came while the connection is being closed."""
    return Refusal("connection is shut down")


def too_many(what: str) -> Refusal:
    """A connection wants more of something than it may have at once."""
    return Refusal(f"too many {what} on this connection", "try again")


def many_passwords() -> Refusal:
    """An agent takes new passwords faster than any needs them."""
    return Refusal("the unit's agent has set its password too often within an hour", backoff.AGAIN)


def too_many_logins(wait: datetime.timedelta) -> Refusal:
    """More want to log in than may at once; Juju's words, and beside them how long to wait."""
    wait_ms = math.ceil(wait / datetime.timedelta(milliseconds=1))
    return Refusal(backoff.AGAIN, backoff.AGAIN, {backoff.RETRY_AFTER: wait_ms})


def unknown_watcher() -> Refusal:
    """There is no watcher of that id on this connection, or not any more."""
    return Refusal("unknown watcher id", errors.NotFoundError.code)


def stopped() -> Refusal:
    """A watcher was stopped while somebody waited for it."""
    return Refusal("watcher has been stopped", "stopped")


def model_watcher_stopped() -> Refusal:
    """A watcher of a model was stopped while somebody waited for it; python-libjuju looks for these words."""
    return Refusal("watcher was stopped")


def bad_credentials() -> errors.UnauthorizedError:
    """The login's entity is not known or its password is wrong; it does not tell which."""
    return errors.UnauthorizedError("invalid entity name or password")
