"""The OpenAPI description: what django-ninja derives from the operations, and what it cannot know."""

from collections.abc import Iterator
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from portal.api.problems import CONTENT_TYPE

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_HEADERS = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    "429": {
        "Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "required": True, "description": "秒"}
    },
}

_OF_FILING = ("read_filing", "resubmit_filing", "withdraw_filing", "decide_filing")
_OF_ENDPOINT = ("remove_endpoint", "resume_endpoint")
_OF_DELIVERY = ("read_delivery", "send_webhook_again")
#: What an answer says of further calls: where it names the value, of which parameter, and in which operations.
_LINKS: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {
    "submit_filing": [("/number", "number", _OF_FILING), ("/challenges/0/phone_id", "phone_id", ("list_messages",))],
    "list_filings": [("/items/0/number", "number", _OF_FILING), ("/next_cursor", "cursor", ("list_filings",))],
    "list_phones": [("/items/0/id", "phone_id", ("list_messages",)), ("/next_cursor", "cursor", ("list_phones",))],
    "list_records": [("/items/0/number", "number", ("read_record",)), ("/next_cursor", "cursor", ("list_records",))],
    "add_endpoint": [("/id", "endpoint_id", _OF_ENDPOINT)],
    "list_endpoints": [("/0/id", "endpoint_id", _OF_ENDPOINT)],
    "list_deliveries": [
        ("/items/0/id", "delivery_id", _OF_DELIVERY),
        ("/next_cursor", "cursor", ("list_deliveries",)),
    ],
    "list_editions": [("/0/id", "edition_id", ("read_edition",))],
}


class Readable(JSONRenderer):
    """Chinese stays Chinese, for those who look at an answer with curl."""

    json_dumps_params = {"ensure_ascii": False}


class DescribedAPI(NinjaAPI):
    """An API that describes its errors as they are sent."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, as OpenAPI 3.1."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operation in _operations(schema):
            operation["responses"] = {str(status): answer for status, answer in sorted(operation["responses"].items())}
            for status, answer in operation["responses"].items():
                _describe_answer(status, answer)
            for parameter in operation["parameters"]:
                _describe_parameter(parameter)
            _describe_links(operation)
        for component in schema["components"]["schemas"].values():
            component.pop("description", None)  # our docstrings, for those who read the code
        return schema


def _operations(schema: OpenAPISchema) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def _describe_answer(status: str, answer: dict[str, Any]) -> None:
    content = answer.get("content", {})
    if content.get("application/json", {}).get("schema") == _PROBLEM:
        answer["content"] = {CONTENT_TYPE: content["application/json"]}
        if status in _HEADERS:
            answer["headers"] = _HEADERS[status]


def _describe_parameter(parameter: dict[str, Any]) -> None:
    """An absent parameter is absent: nobody can send a null in an address."""
    choices = parameter["schema"].pop("anyOf", None)
    if choices is not None:
        (only,) = (choice for choice in choices if choice != {"type": "null"})
        parameter["schema"].update(only)
    if parameter["schema"].get("default", "") is None:
        del parameter["schema"]["default"]


def _describe_links(operation: dict[str, Any]) -> None:
    """Say which calls an answer leads to; a program that walks the API, or tests it, finds its way by them."""
    links = {
        f"{target}_by_{parameter}": {
            "operationId": target,
            "parameters": {parameter: f"$response.body#{pointer}"},
        }
        for pointer, parameter, targets in _LINKS.get(operation["operationId"], ())
        for target in targets
    }
    if links:
        good = next(status for status in operation["responses"] if status.startswith("2"))
        operation["responses"][good]["links"] = links
