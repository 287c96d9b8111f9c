"""The trainer's part: seeing how far everybody is, a word to them, the projector, and closing."""

from collections.abc import Callable

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.courses.about import about
from portal.courses.doors import at_desk
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, desks, exports, practice
from training.courses import WORD_LENGTH
from training.models import Course

# ── The desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@at_desk
def desk(request: HttpRequest, course: Course) -> HttpResponse:
    """Everybody in the class, who needs somebody first."""

    def context() -> dict[str, object]:
        rows = practice.rows_of(course) if course.is_free else desks.rows_of(course)
        return {"rows": rows, "word_length": WORD_LENGTH, "link": _link(request, course)} | about(course)

    return _followed(request, course, "courses/desk.html", context)


def _followed(
    request: HttpRequest, course: Course, template: str, context: Callable[[], dict[str, object]]
) -> HttpResponse:
    """A page that its script asks for again and again: nothing is sent while nothing changes in the class."""
    etag = quote_etag(desks.tag_of(course))
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    response = render(request, template, {"course": course, **context()})
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@at_desk
def shoulder(request: HttpRequest, course: Course, pk: int) -> HttpResponse:
    """What a member sees and has tried last, to look at; a POST begins it for a while, and tells them."""
    member = get_object_or_404(course.members, pk=pk)
    if request.method == "POST":
        desks.look_over(member)
        return redirect("courses:shoulder", course.code, pk)

    def context() -> dict[str, object]:
        until = desks.looked_at_until(member)
        return {"member": member, "until": until, "seen": desks.shoulder_of(member) if until else None}

    return _followed(request, course, "courses/shoulder.html", context)


@require_POST
@sent_from_anywhere
@at_desk
def say(request: HttpRequest, course: Course) -> HttpResponse:
    """A word to everybody in the class."""
    word = request.POST.get("word", "")
    count = courses.say(course, word)
    messages.success(request, f"已告诉 {count} 人。" if word.strip() else "已收回。")
    return redirect("courses:desk", course.code)


#: What results may be asked as: by whom they are written, and what they are.
_FORMS = {
    "csv": (exports.csv_of, "text/csv; charset=utf-8"),
    "xlsx": (exports.xlsx_of, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@require_safe
@never_cache
@at_desk
def results(request: HttpRequest, course: Course, form: str) -> HttpResponse:
    """What has been done in the class, to be kept elsewhere."""
    if form not in _FORMS:
        raise Http404
    written, content_type = _FORMS[form]
    name = f"class-{course.code}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(written(course), content_type=content_type, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@at_desk
def close(request: HttpRequest, course: Course) -> HttpResponse:
    """Ask, then delete the class with all that hangs on it."""
    if request.method != "POST":
        return render(request, "courses/close.html", {"course": course, "count": course.members.count()})
    count = courses.close(course)
    messages.success(request, f"班级已结束，{count} 名学员的昵称、练习和成绩都已删除。")
    return redirect("courses:index")


# ── The projector ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@at_desk
def screen(request: HttpRequest, course: Course) -> HttpResponse:
    """For the wall: how to come in, and how far all are together, without a name."""
    link = _link(request, course)

    def context() -> dict[str, object]:
        return {"link": link, "picture": _picture(link), "tasks": desks.progress_of(course)} | about(course)

    return _followed(request, course, "courses/screen.html", context)


def _link(request: HttpRequest, course: Course) -> str:
    return request.build_absolute_uri(reverse("courses:course", args=[course.code]))


def _picture(link: str) -> SafeString:
    """The link as a QR code, drawn as SVG."""
    drawn = segno.make(link, error="m").svg_inline(scale=6, border=2, svgclass=None, lineclass=None, omitsize=True)
    return mark_safe(drawn)  # noqa: S308  # segno draws it, of an address of ours
