"""Who may call: API keys, limits, and requests that may safely be repeated."""

import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.decorators import decorate_view
from ninja.operation import Operation
from ninja.security import HttpBearer
from ninja.utils import contribute_operation_callback

from portal.api.problems import TooMany, problem, too_large, too_many
from portal.shared.visit.limits import API_REQUESTS
from portal.shared.visit.ways import SAFE_METHODS
from verification.models import ApiKey, IdempotentAnswer
from verification.outside.keys import find_key
from verification.time.clock import real_now
from verification.worlds import sandboxes

F = TypeVar("F", bound=Callable[..., Any])


class KeyRequest(HttpRequest):
    """The request as an operation sees it: ``auth`` is the key."""

    auth: ApiKey


# ── Keys ─────────────────────────────────────────────────────────────────────


def key_of(request: HttpRequest) -> ApiKey | None:
    """The key that the request carries, looked up and counted once; ``None`` without a good one.

    Raises :class:`TooMany` past the limit.
    """
    if not hasattr(request, "_api_key"):
        request._api_key = _load_key(request)  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    key: ApiKey | None = request._api_key  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return key


def _load_key(request: HttpRequest) -> ApiKey | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    key = find_key(secret.strip()) if scheme.lower() == "bearer" and secret else None
    if key is None:
        return None
    if wait := API_REQUESTS.wait(str(key.pk)):
        raise TooMany(wait)
    if request.method not in SAFE_METHODS:
        sandboxes.note_use(key.provider.sandbox)
    return key


class BearerKey(HttpBearer):
    """``Authorization: Bearer drill_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:  # noqa: ARG002  # key_of reads it
        """The key, which becomes ``request.auth``."""
        return key_of(request)


# ── Requests that may be repeated ────────────────────────────────────────────

_NAME_FORM = re.compile(r"[\x21-\x7e]{1,255}")

_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    "description": "自定的唯一值（如 UUID）。一天之内用同一个值重发同一个请求，得到同一个回答，事情只做一次。",
}


def repeatable(operation: F) -> F:
    """Mark a write: the same ``Idempotency-Key`` gets the same answer, and the work is done once."""
    contribute_operation_callback(operation, _describe)
    return decorate_view(_repeatable)(operation)


def _describe(operation: Operation) -> None:
    operation.openapi_extra = {"parameters": [_HEADER]}


def _repeatable(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(run)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.headers.get("Idempotency-Key")
        try:
            key = key_of(request) if name is not None else None
            if name is None or key is None:
                return run(request, *args, **kwargs)
            if not _NAME_FORM.fullmatch(name):
                return _refuse("invalid_idempotency_key", "Idempotency-Key 应为 1 至 255 个可见的 ASCII 字符，请修改。")
            return _run_once(lambda: run(request, *args, **kwargs), key, name, fingerprint=_fingerprint(request))
        except TooMany as limit:
            return too_many(limit.wait)
        except RequestDataTooBig:
            return too_large()

    return inner


def _refuse(code: str, sentence: str) -> HttpResponse:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code=code, detail=sentence)


def _fingerprint(request: HttpRequest) -> str:
    return sha256(b"\0".join((str(request.method).encode(), request.path.encode(), request.body))).hexdigest()


@transaction.atomic
def _run_once(work: Callable[[], HttpResponse], key: ApiKey, name: str, *, fingerprint: str) -> HttpResponse:
    """Do the work and keep its answer in one transaction: of two requests at once, the second waits and repeats."""
    kept, is_first = IdempotentAnswer.objects.get_or_create(
        api_key=key, key=name, defaults={"fingerprint": fingerprint, "created_at": real_now()}
    )
    if not is_first:
        return _again(kept, fingerprint)
    response = work()
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        transaction.set_rollback(True)  # nothing is done, and the same request may be tried again
        return response
    kept.status = response.status_code
    kept.content_type = response.headers.get("Content-Type", "")
    kept.body = response.content.decode()
    kept.save(update_fields=["status", "content_type", "body"])
    return response


def _again(kept: IdempotentAnswer, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        return _refuse("idempotency_key_reused", "这个 Idempotency-Key 已用于另一个请求，请换一个新的值。")
    return HttpResponse(
        kept.body, status=kept.status, content_type=kept.content_type, headers={"Idempotent-Replayed": "true"}
    )
