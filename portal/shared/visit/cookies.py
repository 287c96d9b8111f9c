"""The cookie by which each host knows the browser. Where the browser is stands in its row, which all of them name."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from verification.models import Browser

NAME, SALT = "browser", "portal.browsers"
#: A browser that is not used for so long is not known any more.
MAX_AGE = timedelta(days=30)
#: In use, the cookie is set anew when it is older than this.
RENEWED_AFTER = timedelta(days=1)
#: Before browsers had rows, a cookie named a participant. It is read as long as one may be left.
OLD_NAME, OLD_SALT = "visit", "portal.visits"


@dataclass(frozen=True)
class _Known:
    """What the cookies of a request say: the browser's key or, from before, a participant."""

    key: str = ""
    is_fresh: bool = False
    old_participant: int | None = None


def key_of(request: HttpRequest) -> str:
    """The browser's key; empty without a good cookie."""
    return _known(request).key


def old_participant_of(request: HttpRequest) -> int | None:
    """The participant that a cookie from before names, unless there is a newer one."""
    return _known(request).old_participant


def is_known(request: HttpRequest) -> bool:
    """Whether the browser has a good cookie, of now or of before."""
    known = _known(request)
    return bool(known.key) or known.old_participant is not None


def remember(response: HttpResponse, browser: Browser) -> None:
    """Let the host that answers, and no other, know the browser from now on."""
    _set(response, browser.key)
    response.delete_cookie(OLD_NAME, samesite="Lax")


def forget(response: HttpResponse) -> None:
    """Let the host that answers not know the browser any more."""
    for name in (NAME, OLD_NAME):
        response.delete_cookie(name, samesite="Lax")


def renew(request: HttpRequest, response: HttpResponse) -> None:
    """Set a cookie that is older than a day anew, unless the answer has set or deleted it."""
    known = _known(request)
    if known.key and not known.is_fresh and NAME not in response.cookies:
        _set(response, known.key)


def _known(request: HttpRequest) -> _Known:
    if not hasattr(request, "_known_by"):
        request._known_by = _read_all(request)  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    known: _Known = request._known_by  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return known


def _read_all(request: HttpRequest) -> _Known:
    if NAME in request.COOKIES:
        if key := _read(request, NAME, SALT, RENEWED_AFTER):
            return _Known(key, is_fresh=True)
        if key := _read(request, NAME, SALT, MAX_AGE):
            return _Known(key)
    if OLD_NAME in request.COOKIES and (participant := _read(request, OLD_NAME, OLD_SALT, MAX_AGE)):
        return _Known(old_participant=int(participant))
    return _Known()


def _read(request: HttpRequest, name: str, salt: str, max_age: timedelta) -> str:
    return request.get_signed_cookie(name, default="", salt=salt, max_age=max_age) or ""


def _set(response: HttpResponse, key: str) -> None:
    response.set_signed_cookie(
        NAME,
        key,
        salt=SALT,
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
