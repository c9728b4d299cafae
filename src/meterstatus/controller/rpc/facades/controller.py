"""Controller: where it is, what it is set to, and who may do what on it (spec juju-api, 8.4)."""

from meterstatus import errors
from meterstatus.controller import settings
from meterstatus.controller.fleet import models
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades import model_listing, model_manager
from meterstatus.domain import names
from meterstatus.protocol import server_addresses, wire
from meterstatus.protocol.facades import controller
from meterstatus.protocol.facades import model_manager as listing

_NO_COMMIT = ""


def _all_models(call: interface.Call, _: wire.Empty) -> listing.UserModelList:
    return model_listing.listed(call.service.models.everything(interface.user(call)))


def _api_info(call: interface.Call, params: wire.Entities) -> controller.APIInfoResults:
    return controller.APIInfoResults(tuple(_api_info_of(call, entity.tag) for entity in params.entities))


def _api_info_of(call: interface.Call, text: str) -> controller.APIInfo:
    try:
        call.service.models.check_is_served(names.parse_tag(text))
    except errors.MeterStatusError as error:
        return controller.APIInfo((), "", interface.wire_error(error))
    addresses = tuple(
        str(server_addresses.address(server)) for machine in call.place.machines for server in machine
    )
    return controller.APIInfo(addresses, call.place.ca_certificate)


def _config(call: interface.Call, _: wire.Empty) -> controller.ConfigResult:
    return controller.ConfigResult(
        {
            "api-port": call.place.servers[0].port,
            "ca-cert": call.place.ca_certificate,
            "controller-uuid": interface.model(call).controller_uuid,
        }
    )


def _version(_: interface.Call, __: wire.Empty) -> controller.VersionResult:
    return controller.VersionResult(settings.SERVER_VERSION, _NO_COMMIT)


def _access(call: interface.Call, params: wire.Entities) -> controller.UserAccessResults:
    return controller.UserAccessResults(tuple(_access_of(call, entity.tag) for entity in params.entities))


def _access_of(call: interface.Call, text: str) -> controller.UserAccessResult:
    try:
        user = call.service.users.find(interface.user(call), names.parse_tag(text))
    except errors.MeterStatusError as error:
        return controller.UserAccessResult(error=interface.wire_error(error))
    return controller.UserAccessResult(controller.UserAccess(user.tag, models.controller_access(user)))


IMPLEMENTATION = interface.Implementation(
    controller.FACADE,
    interface.is_user,
    interface.Handler(controller.ALL_MODELS, _all_models),
    interface.Handler(controller.CONTROLLER_API_INFO_FOR_MODELS, _api_info),
    interface.Handler(controller.CONTROLLER_CONFIG, _config),
    interface.Handler(controller.CONTROLLER_VERSION, _version),
    interface.Handler(controller.GET_CONTROLLER_ACCESS, _access),
    interface.Handler(controller.MODEL_STATUS, model_manager.model_status),
    max_elements=interface.MAX_LISTED_ELEMENTS,
)
