"""The Content-Security-Policy: put together once, for all answers but those that ask for one of their own."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse, HttpResponseBase

#: What django-csp's decorators set on an answer.
_OWN = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")


class PolicyMiddleware(CSPMiddleware):
    """As django-csp's, which takes a tenth of a plain page's time to find the same words each time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self._usual = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the header."""
        if getattr(request, "_csp_nonce", None) or any(hasattr(response, name) for name in _OWN):
            return super().process_response(request, response)
        response.setdefault(HEADER, self._usual)
        return response
