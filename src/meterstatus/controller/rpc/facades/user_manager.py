"""UserManager: who may log in, as far as the caller may know."""

import datetime

from meterstatus import errors
from meterstatus.controller.fleet import models
from meterstatus.controller.rpc import interface
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.protocol.facades import user_manager

_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)
"""Go's word for no time at all. When a user was made is not kept."""


def find(call: interface.Call, text: str) -> records.User:
    """Return a user by his tag.

    Raises:
        TagError: the text is none.
        UnauthorizedError: there is no such user, or the caller is another one and no admin; he is not told
            which, and python-libjuju takes it for an absent user.
    """
    caller = interface.user(call)
    tag = names.parse_tag(text)
    user = call.service.users.get(tag.name) if tag.kind is names.Kind.USER else None
    if user is None or (user.name != caller.name and not caller.access.includes(records.Access.ADMIN)):
        raise errors.UnauthorizedError
    return user


def _user_info(call: interface.Call, params: user_manager.UserInfoRequest) -> user_manager.UserInfoResults:
    if params.entities:
        results = [_info_of(call, entity.tag) for entity in params.entities]
    else:
        caller = interface.user(call)
        known = call.service.users.values() if caller.access.includes(records.Access.ADMIN) else (caller,)
        results = [_info(user) for user in known if user.enabled or params.include_disabled]
    return user_manager.UserInfoResults(tuple(results))


def _info_of(call: interface.Call, text: str) -> user_manager.UserInfoResult:
    try:
        return _info(find(call, text))
    except errors.MeterStatusError as error:
        return user_manager.UserInfoResult(error=interface.wire_error(error))


def _info(user: records.User) -> user_manager.UserInfoResult:
    return user_manager.UserInfoResult(
        user_manager.UserInfo(
            username=user.name,
            display_name="",
            access=models.controller_access(user),
            created_by="",
            date_created=_NEVER,
            disabled=not user.enabled,
        )
    )


IMPLEMENTATION = interface.Implementation(
    user_manager.FACADE,
    interface.is_user,
    interface.Handler(user_manager.USER_INFO, _user_info),
    max_elements=interface.MAX_LISTED_ELEMENTS,
)
