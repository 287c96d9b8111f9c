"""Pages of personal links: who opens one is asked, and a button makes the browser somebody. And codes, to be typed.

Whoever knows such an address is that somebody. So it goes nowhere as a referrer, and no cache keeps its page. Browsers
then send the form without its origin; Django's check against forged requests would refuse that, and is made here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.shared.visit import tokens
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.ways import SAFE_METHODS
from verification.law.identity import fold


def personal_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the view be the page of a personal link: it asks when it is opened, and acts when its form is sent."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_good = request.method in SAFE_METHODS or tokens.is_good(request, may_hide_its_origin=True)
        response = view(request, *args, **kwargs) if is_good else tokens.refuse(request)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(sent_from_anywhere(never_cache(require_http_methods(["GET", "HEAD", "POST"])(checked))))


class CodeField(forms.CharField):
    """A code that somebody read out or copied: capitals, without the blanks and hyphens of the writing."""

    def to_python(self, value: Any) -> str:
        """Fold what was typed into the form in which codes are kept."""
        return fold(super().to_python(value) or "").replace("-", "")
