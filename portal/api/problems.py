"""Errors as RFC 9457 problem+json: a sentence in Chinese that says what to do, and a stable English code."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from verification.refusals import FieldError, Refused, SubmissionRefused

CONTENT_TYPE = "application/problem+json"


class FieldProblem(Schema):
    """One mistake; ``path`` names the field, e.g. ``websites.0.person.phone``."""

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
    errors: list[FieldProblem] = []


class TooMany(Exception):
    """A limit is reached; ``wait`` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def problem(
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    errors: tuple[FieldError, ...] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """The answer that describes a problem."""
    content = Problem(
        type=f"/api/v1/problems#{code}",
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


_SENTENCES = {
    "missing": "缺少这一项，请补上。",
    "enum": "没有这个值，请从文档列出的值中选择。",
    "string_type": "这一项应为字符串。",
    "int_type": "这一项应为整数。",
    "int_parsing": "这一项应为整数。",
    "datetime_parsing": "这一项应为带时区的时刻，例如 2017-12-20T09:30:00+08:00。",
    "timezone_aware": "这一项应为带时区的时刻，例如 2017-12-20T09:30:00+08:00。",
    "extra_forbidden": "没有这一项，请核对名称。",
    "json_invalid": "请求体不是合法的 JSON，请检查后重发。",
}


def _field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(
            path=".".join(str(step) for step in item["loc"][1:] if step != "payload") or "body",
            sentence=_SENTENCES.get(item["type"], "这一项的格式不对，请对照接口文档修改。"),
            code=item["type"],
        )
        for item in error.errors
    )


def install(api: NinjaAPI) -> None:
    """Let every exception of the API become a problem."""

    @api.exception_handler(SubmissionRefused)
    def _submission(request: HttpRequest, exc: SubmissionRefused) -> HttpResponse:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code=exc.code, detail=exc.sentence, errors=exc.errors)

    @api.exception_handler(Refused)
    def _refused(request: HttpRequest, exc: Refused) -> HttpResponse:
        return problem(HTTPStatus.CONFLICT, code=exc.code, detail=exc.sentence)

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            code="invalid_request",
            detail="请求的内容有误，请按各项提示修改后重发。",
            errors=_field_errors(exc),
        )

    @api.exception_handler(AuthenticationError)
    def _unauthenticated(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        return problem(
            HTTPStatus.UNAUTHORIZED,
            code="unauthorized",
            detail="缺少有效的 API 密钥，请在 Authorization 头中以 Bearer 方式提供。",
            headers={"WWW-Authenticate": "Bearer"},
        )

    @api.exception_handler(TooMany)
    def _too_many(request: HttpRequest, exc: TooMany) -> HttpResponse:
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            code="too_many_requests",
            detail=f"请求过于频繁，请 {exc.wait} 秒后再试。",
            headers={"Retry-After": str(exc.wait)},
        )

    @api.exception_handler(Http404)
    def _not_found(request: HttpRequest, exc: Http404) -> HttpResponse:
        return problem(HTTPStatus.NOT_FOUND, code="not_found", detail="没有找到，请核对编号和所用的密钥。")

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, exc: HttpError) -> HttpResponse:
        status = HTTPStatus(exc.status_code)
        return problem(status, code=status.name.lower(), detail="请求的格式不对，请对照接口文档修改后重发。")


#: What every operation may answer besides its own.
PROBLEMS: dict[int, Any] = {
    401: Problem,
    404: Problem,
    409: Problem,
    422: Problem,
    429: Problem,
}
