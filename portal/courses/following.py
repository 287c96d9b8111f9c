"""Pages of a class that their script asks for again and again (courses.js): nothing is sent while nothing changes."""

from collections.abc import Callable, Container, Iterable, Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.http import quote_etag
from django.utils.safestring import SafeString

from portal.shared.page.live import HEADER
from training import desks, kept
from training.desks import Row
from training.models import Course

#: So long it is known what a page shows, for who asks what has become of it.
_SHOWN_SECONDS = 120
_ROW = "courses/_row.html"
_SAME = '<tr data-key="{}" data-live-same></tr>'


def followed(
    request: HttpRequest, tag: str, template: str, context: Callable[[], Mapping[str, object]]
) -> HttpResponse:
    """The page; for its script the part without the frame, and 304 where the tag is as it was. It is read first."""
    if _seen(request).partition(".")[0] == tag:
        return HttpResponseNotModified(headers={"ETag": request.headers["If-None-Match"]})
    return _shown(request, tag, template, context())


def followed_class(
    request: HttpRequest, course: Course, template: str, context: Callable[[], Mapping[str, object]]
) -> HttpResponse:
    """A page of the whole class, as it is now."""
    return followed(request, desks.tag_of(course), template, lambda: {"course": course, **context()})


def followed_rows(
    request: HttpRequest, tag: str, template: str, context: Callable[[], tuple[list[Row], Mapping[str, object]]]
) -> HttpResponse:
    """The same for the rows of a class, of which the script gets those that are not as it has them.

    The rest are rows without cells, which the script leaves as they are. The template finds all of them ``drawn``.
    """
    seen = _seen(request)
    if seen.partition(".")[0] == tag:
        return HttpResponseNotModified(headers={"ETag": request.headers["If-None-Match"]})
    rows, rest = context()
    course = rest["course"]
    assert isinstance(course, Course)
    shown = {row.key: row.digest for row in rows}
    whole = f"{tag}.{kept.digest(shown)}"
    known = (kept.look(_key(course, seen)) if HEADER in request.headers and seen else None) or {}
    kept.keep(_key(course, whole), shown, seconds=_SHOWN_SECONDS)
    same = {key for key, digest in shown.items() if known.get(key) == digest}
    return _shown(request, whole, template, {"rows": rows, "drawn": _drawn(rows, same, course), **rest})


def _drawn(rows: Iterable[Row], same: Container[str], course: object) -> SafeString:
    """The rows' HTML; put together here, since a template's loop takes longer for three hundred than all the rest."""
    row_template = get_template(_ROW)
    return SafeString(
        "".join(
            format_html(_SAME, row.key) if row.key in same else row_template.render({"row": row, "course": course})
            for row in rows
        )
    )


def _shown(request: HttpRequest, tag: str, template: str, context: Mapping[str, object]) -> HttpResponse:
    request.is_live = HEADER in request.headers  # type: ignore[attr-defined]
    response = render(request, template, dict(context))
    response["ETag"], response["Cache-Control"] = quote_etag(tag), "private, no-cache"
    patch_vary_headers(response, [HEADER])
    return response


def _seen(request: HttpRequest) -> str:
    """The tag that the script has, blank where it has none."""
    return request.headers.get("If-None-Match", "").removeprefix("W/").strip('"')


def _key(course: Course, tag: str) -> str:
    return f"desk:{course.pk}:{tag}"
