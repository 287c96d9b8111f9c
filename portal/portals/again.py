"""The same form sent once more, as a reload does: its answer is shown again, nothing is looked up and nothing counts.

What is remembered lies under the nonce of the captcha that was used up, for ten minutes and in the shared cache only:
a digest of who sent what, beside what was said. Whoever sends anything else with that captcha is refused as before
(V-12).
"""

import json
from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from redis.exceptions import RedisError

from portal.portals import captcha
from portal.portals.door import Asked
from portal.portals.forms import PortalForm
from portal.shared.visit.visits import Visit

SECONDS = 600
#: What differs between the two without anything being asked anew.
_LEFT_OUT = {"csrfmiddlewaretoken"}


def remember(asked: Asked, visit: Visit, said: Any) -> None:
    """Keep what was said to this very form, as plain data."""
    if token := captcha.read(asked.request.POST.get("captcha_0", "")):
        with suppress(RedisError, OSError):
            cache.set(_key(token, visit), {"digest": _digest(asked, visit), "said": said}, timeout=SECONDS)


def recall(asked: Asked, visit: Visit, form: PortalForm) -> Any:
    """What was said before to the same form of the same visitor; ``None`` if it was not, or too long ago."""
    token = captcha.read(asked.request.POST.get("captcha_0", ""))
    if token is None or not form.has_error("captcha_1", captcha.Verdict.STALE.name.lower()):
        return None
    with suppress(RedisError, OSError):
        kept = cache.get(_key(token, visit))
        if kept and constant_time_compare(kept["digest"], _digest(asked, visit)):
            return kept["said"]
    return None


def _key(token: captcha.Token, visit: Visit) -> str:
    return f"again:{visit.sandbox.pk}:{token.nonce}"


def _digest(asked: Asked, visit: Visit) -> str:
    typed = sorted((name, value) for name, value in asked.request.POST.items() if name not in _LEFT_OUT)
    content = json.dumps([visit.participant.pk, asked.request.path, asked.address.host, typed])
    return salted_hmac("portal.portals.again", content, algorithm="sha256").hexdigest()
