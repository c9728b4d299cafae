"""A call of a hook tool: checked against the hook that it must come from, and answered (spec worker, D.9).

Pure.
"""

import dataclasses
import hmac

from meterstatus.domain.hook.hook_tools import answer, refusing, working

_TOOLS = {tool.name: tool for tool in (*working.TOOLS, *refusing.TOOLS)}

NAMES = (*sorted((*_TOOLS, *refusing.NOT_TO_BE_MADE)),)
"""Every tool that there is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """What a tool sends; texts hold bytes that are no UTF-8 as lone surrogates."""

    context_id: str
    name: str
    arguments: tuple[str, ...] = ()
    stdin: bytes | None = None
    """None where it was not asked for yet."""


def answer_call(call: Call, context_id: str) -> answer.Answer:
    """Answer a call as the hook with this context id does."""
    if not call.name:
        return answer.failure("bad request: command not specified")
    if not hmac.compare_digest(_encoded(call.context_id), _encoded(context_id)):
        # Not in full: who does not know the id is not to learn it here.
        stem = context_id.rpartition("-")[0]
        return answer.failure(f'bad request: expected context id "{stem}-…", got "{call.context_id}"')
    if call.name in refusing.NOT_TO_BE_MADE:
        return answer.failure(f"bad request: {answer.RESTRICTED}")
    tool = _TOOLS.get(call.name)
    if tool is None:
        return answer.failure(f"bad request: unknown command: {call.name}")
    return tool.respond(call.arguments, call.stdin)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
