"""The hook tools of a restricted context: every name, and what it answers (spec worker, D.8 and D.9).

Pure.
"""

from meterstatus.domain.hook.hook_tools.answer import RESTRICTED, Answer, Level, Record, failure
from meterstatus.domain.hook.hook_tools.call import NAMES, Call, answer_call
from meterstatus.domain.hook.hook_tools.wire import (
    LENGTH_BYTES,
    REQUEST_LIMIT_BYTES,
    WireError,
    length_of,
    read_call,
    write_answer,
)

__all__ = [
    "LENGTH_BYTES",
    "NAMES",
    "REQUEST_LIMIT_BYTES",
    "RESTRICTED",
    "Answer",
    "Call",
    "Level",
    "Record",
    "WireError",
    "answer_call",
    "failure",
    "length_of",
    "read_call",
    "write_answer",
]
