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


def _user_info(call: interface.Call, params: user_manager.UserInfoRequest) -> user_manager.UserInfoResults:
    if params.entities:
        results = [_info_of(call, entity.tag) for entity in params.entities]
    else:
        known = call.service.users.known(interface.user(call))
        results = [_info(user) for user in known if user.enabled or params.include_disabled]
    return user_manager.UserInfoResults(tuple(results))


def _info_of(call: interface.Call, text: str) -> user_manager.UserInfoResult:
    try:
        return _info(call.service.users.find(interface.user(call), names.parse_tag(text)))
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
