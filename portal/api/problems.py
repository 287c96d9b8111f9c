"""Errors as RFC 9457 problem+json: a sentence in Chinese that says what to do, and a stable English code."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from portal.shared.visit.limits import when_again
from verification.refusals import FieldError, Refused, SubmissionRefused

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
PREFIX = "/api/v1/"


class FieldProblem(Schema):
    """One mistake; ``path`` names the field, e.g. ``services.0.person.phone``."""

    path: str
    code: str
    detail: str


class Problem(Schema):
    """RFC 9457: what went wrong. ``detail`` says what to do next; ``errors`` holds all mistakes of a request."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem]


class TooMany(Exception):
    """A limit is reached; ``wait`` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


class Forbidden(Exception):
    """The key is good but may not do this; the message is the sentence for its owner."""


def problem(
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """The answer that describes a problem."""
    content = Problem(
        type="about:blank",  # "code" tells them apart; RFC 9457 wants the status's phrase as title then
        title=status.phrase,
        status=status,
        code=code,
        detail=detail,
        errors=[FieldProblem(path=error.path, code=error.code, detail=error.sentence) for error in errors],
    )
    return JsonResponse(
        content.model_dump(),
        status=status,
        content_type=CONTENT_TYPE,
        headers=headers,
        json_dumps_params={"ensure_ascii": False},
    )


def too_many(wait: int) -> HttpResponse:
    """A limit is reached; ``wait`` is in seconds."""
    return problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        code="too_many_requests",
        detail=f"请求过于频繁，请{when_again(wait)}再试。",
        headers={"Retry-After": str(wait)},
    )


def too_large() -> HttpResponse:
    """The body is larger than any request needs."""
    most = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1024
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="request_too_large",
        detail=f"请求体最大 {most} KB，请缩短后重发。",
    )


# ── From exceptions ──────────────────────────────────────────────────────────

_SENTENCES = {
    "missing": "缺少这一项，请补上。",
    "enum": "没有这个值，请从文档列出的值中选择。",
    "string_type": "这一项应为字符串。",
    "string_too_long": "这一项太长，请缩短。",
    "string_pattern_mismatch": "这一项含有不允许的字符，请对照接口文档修改。",
    "int_type": "这一项应为整数。",
    "int_parsing": "这一项应为整数。",
    "bool_type": "这一项应为 true 或 false。",
    "datetime": "这一项应为带时区的时刻，例如 2017-12-20T09:30:00+08:00。",
    "extra_forbidden": "没有这一项，请核对名称。",
}


def _field_errors(error: ValidationError) -> list[FieldError]:
    return [
        FieldError(
            path=_path(item["loc"]),
            sentence=_SENTENCES.get(item["type"], "这一项的格式不对，请对照接口文档修改。"),
            code=item["type"],
        )
        for item in error.errors
    ]


def _path(location: Sequence[object]) -> str:
    """Where a mistake stands, without the words of the framework; a field's name may be anything that was sent."""
    path = ".".join(str(step) for step in location[1:] if step != "payload")
    return path.encode("utf-8", "replace").decode() or "body"


#: Refusals that say something about the request itself; all others are about the state of things.
_ABOUT_THE_REQUEST = frozenset(
    {
        "unknown_scenario",
        "unknown_edition",
        "too_early",
        "too_late",
        "clock_too_far",
        "invalid_url",
        "private_address",
    }
)


def _refused(exc: Refused) -> HttpResponse:
    if isinstance(exc, SubmissionRefused):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code=exc.code, detail=exc.sentence, errors=exc.errors)
    is_about_the_request = exc.code in _ABOUT_THE_REQUEST
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_about_the_request else HTTPStatus.CONFLICT
    return problem(status, code=exc.code, detail=exc.sentence)


def _invalid(exc: ValidationError) -> HttpResponse:
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        detail="请求的内容有误，请按各项提示修改后重发。",
        errors=_field_errors(exc),
    )


def _unauthenticated(_exc: AuthenticationError) -> HttpResponse:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        code="unauthorized",
        detail="缺少有效的 API 密钥，请在 Authorization 头中以 Bearer 方式提供。",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _malformed(exc: HttpError) -> HttpResponse:
    status = HTTPStatus(exc.status_code)
    return problem(status, code="malformed_json", detail="请求体不是合法的 JSON，请检查后重发。")


def _broken(exc: Exception) -> HttpResponse:
    log.error("An API operation failed", exc_info=exc)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="系统出错，请稍后用同一个 Idempotency-Key 重试。",
    )


def install(api: NinjaAPI) -> None:
    """Let every exception of the API become a problem."""
    answers: dict[type[Exception], Callable[[Any], HttpResponse]] = {
        Refused: _refused,
        ValidationError: _invalid,
        AuthenticationError: _unauthenticated,
        HttpError: _malformed,
        Forbidden: lambda exc: problem(HTTPStatus.FORBIDDEN, code="forbidden", detail=str(exc)),
        TooMany: lambda exc: too_many(exc.wait),
        RequestDataTooBig: lambda _exc: too_large(),
        Http404: lambda _exc: not_found(),
        Exception: _broken,
    }

    def handler(answer: Callable[[Any], HttpResponse]) -> Callable[[HttpRequest, Any], HttpResponse]:
        return lambda _request, exc: answer(exc)

    for kind, answer in answers.items():
        api.add_exception_handler(kind, handler(answer))


def not_found() -> HttpResponse:
    """There is no such thing, or it is somebody else's."""
    return problem(HTTPStatus.NOT_FOUND, code="not_found", detail="没有找到，请核对地址、编号和所用的密钥。")


# ── What no operation answered ───────────────────────────────────────────────


class ProblemsMiddleware:
    """Below ``/api/v1/`` every error is a problem: an unknown path and a wrong method too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_error = response.status_code >= HTTPStatus.BAD_REQUEST
        if not is_error or not request.path.startswith(PREFIX) or response.headers["Content-Type"] == CONTENT_TYPE:
            return response
        status = HTTPStatus(response.status_code)
        if status is HTTPStatus.NOT_FOUND:
            return not_found()
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(sorted(response.headers["Allow"].split(", ")))
            return problem(
                status,
                code="method_not_allowed",
                detail=f"这个地址只接受 {allowed}，请对照接口文档修改。",
                headers={"Allow": allowed},
            )
        return problem(status, code=status.name.lower(), detail="请求未能处理，请对照接口文档检查后重发。")


# ── For the description ──────────────────────────────────────────────────────


def _documented(*statuses: HTTPStatus) -> dict[int, Any]:
    return {int(status): Problem for status in statuses}


#: What reading may answer besides its own.
READ_PROBLEMS = _documented(
    HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS
)
#: What writing may answer besides its own.
WRITE_PROBLEMS = {
    **READ_PROBLEMS,
    **_documented(HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
}
#: What may be answered where no key is asked for.
OPEN_PROBLEMS = {status: model for status, model in WRITE_PROBLEMS.items() if status != HTTPStatus.UNAUTHORIZED}
