"""Pages that follow their sandbox: the same view, asked again by the page's script, answers without the frame.

The script (live.js) has learnt that there is news and asks for the page's own address with the header ``Live``. It
takes what it finds in the parts marked ``data-live-part``. The tag is read before anything that the page shows, so that
what changes meanwhile is news to the page. Without scripts a page is as good as its last reload.
"""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from portal.shared.page import news
from portal.shared.visit.ways import SAFE_METHODS
from verification.models import Sandbox

HEADER = "Live"
_FRAME = "shared/page/live.html"


def follows(request: HttpRequest, sandbox: Sandbox, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The page, or for its script what has become of it: 304 before anything is rendered if there is no news."""
    if request.method not in SAFE_METHODS:
        return answer()
    request.shown_tag = news.tag_of(sandbox.pk)  # type: ignore[attr-defined]
    request.is_live = HEADER in request.headers  # type: ignore[attr-defined]
    if not request.is_live:  # type: ignore[attr-defined]
        return _varied(answer())
    response = get_conditional_response(request, etag=request.shown_tag) or answer()  # type: ignore[attr-defined]
    response.headers["ETag"] = request.shown_tag  # type: ignore[attr-defined]
    response.headers["Sandbox-Clock"] = json.dumps(news.reading_of(sandbox))
    return _varied(response)


def frame(request: HttpRequest) -> dict[str, object]:
    """For templates: ``frame``, around the page. What is said to the visitor once waits for the next whole page."""
    is_live = getattr(request, "is_live", False)
    return {"is_live": is_live, "frame": _FRAME if is_live else "base.html"}


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, [HEADER])
    return response
