"""Drafts: what was typed into a form is there again after Back, Forward and reload, or a look at another page.

They lie in the shared cache, for an hour, encrypted with a key that only the visitor's cookie holds: nothing that the
site stores, logs or backs up tells what was typed. A draft belongs to one form of one participant in one browser, on
one portal. Where nothing can be kept (the cache is away, the visitor is a stranger or only watches), forms are as good
as without drafts.

Who has typed gets the cookie with the answer (:func:`remember`), on each host one of its own. Who leaves a sandbox
loses the cookie of the host that is asked; for the others the cache notes when that was, and what is older is not read.
"""

import json
from contextlib import suppress

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from portal.shared.page.typed import without_technical
from portal.shared.visit.limits import DRAFTS
from portal.shared.visit.visits import Visit, visit_of
from verification.models import Browser
from verification.time.clock import real_now

#: The cookie's name; its value is the key.
NAME = "drafts"
SECONDS = 3600
#: Bytes of JSON; a filing with twenty services and long remarks has less.
LONGEST = 64 * 1024


def keep(request: HttpRequest, form: str, typed: QueryDict) -> bool:
    """Keep what was typed into the form for an hour, in the place of what was kept before; false if that cannot be."""
    visit = visit_of(request)
    if visit is None or visit.browser is None:
        return False
    draft = json.dumps([real_now().timestamp(), list(without_technical(typed).lists())], ensure_ascii=False).encode()
    if len(draft) > LONGEST or DRAFTS.wait(str(visit.participant.pk)):
        return False
    key = _key(request) or Fernet.generate_key().decode()
    try:
        cache.set(_place(request, visit, key, form), Fernet(key).encrypt(draft), timeout=SECONDS)
    except (RedisError, OSError):
        return False
    request._draft_key = key  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    return True


def read(request: HttpRequest, form: str) -> QueryDict | None:
    """What was typed into the form; ``None`` if nothing is kept of it. Without a cookie nobody is asked."""
    key, visit = _key(request), visit_of(request)
    if not key or visit is None or visit.browser is None:
        return None
    place, mark = _place(request, visit, key, form), _mark_of_leaving(visit.browser)
    with suppress(RedisError, OSError, InvalidToken):
        found = cache.get_many([place, mark])
        if place in found:
            kept_at, fields = json.loads(Fernet(key).decrypt(found[place], ttl=SECONDS))
            return _as_typed(fields) if kept_at > found.get(mark, 0) else None
    return None


def forget(request: HttpRequest, form: str) -> None:
    """Keep nothing of the form any more: it was submitted."""
    key, visit = _key(request), visit_of(request)
    if key and visit is not None:
        with suppress(RedisError, OSError):
            cache.delete(_place(request, visit, key, form))


def forget_all(response: HttpResponse, browser: Browser) -> None:
    """Let the browser, which leaves its sandbox, find nothing of what was kept until now, on whatever host."""
    response.delete_cookie(NAME, samesite="Lax")
    with suppress(RedisError, OSError):
        cache.set(_mark_of_leaving(browser), real_now().timestamp(), timeout=SECONDS)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Give the key of what was kept in this request to the visitor, for as long as it is kept."""
    key = getattr(request, "_draft_key", "")
    if key and NAME not in response.cookies:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(NAME, key, max_age=SECONDS, secure=secure, httponly=True, samesite="Lax")


def _key(request: HttpRequest) -> str:
    """The key that the cookie holds, or that was made in this request; empty without a good one."""
    key: str = getattr(request, "_draft_key", "") or request.COOKIES.get(NAME, "")
    if not key:
        return ""
    try:
        Fernet(key)
    except ValueError:
        return ""
    return key


def _place(request: HttpRequest, visit: Visit, key: str, form: str) -> str:
    """Where in the cache the draft lies. The name tells the sandbox alone: only who has the key can say the rest."""
    province = getattr(request, "province", None)
    browser = visit.browser.pk if visit.browser else None
    owner = json.dumps([key, browser, visit.participant.pk, province.code if province else "", form])
    return f"draft:{visit.sandbox.pk}:{salted_hmac('portal.drafts', owner, algorithm='sha256').hexdigest()}"


def _mark_of_leaving(browser: Browser) -> str:
    return f"drafts:left:{browser.pk}"


def _as_typed(fields: list[tuple[str, list[str]]]) -> QueryDict:
    typed = QueryDict(mutable=True)
    for name, values in fields:
        typed.setlist(name, values)
    return typed
