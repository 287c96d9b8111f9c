"""The trainer's part: seeing how far everybody is, a word to them, and the projector."""

from collections.abc import Mapping

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from portal.courses.about import about
from portal.courses.doors import at_desk
from portal.courses.following import followed_class, followed_rows
from portal.courses.own import adding
from portal.courses.sifting import RowFilter
from portal.courses.together import choices_of
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, desks, practice
from training.courses import WORD_LENGTH
from training.models import Course

# ── The desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@at_desk
def desk(request: HttpRequest, course: Course) -> HttpResponse:
    """Everybody in the class, or whom the address asks for; who needs somebody first, or in another order."""
    if course.is_free:
        return followed_class(request, course, "courses/desk.html", lambda: _practising(request, course))
    tags = desks.tags_of(course)

    def context() -> tuple[list[desks.Row], Mapping[str, object]]:
        rows = desks.rows_of(course, tags)
        tasks = courses.tasks_of(course)
        sieve = RowFilter(request.GET, {task.number: task.exercise.sentences.title for task in tasks}, rows)
        rest = {"course": course, "filter": sieve, "count": len(rows), "tasks": tasks, **choices_of(rows)}
        return sieve.applied(rows), {**rest, **_steering(request, course), **adding(request, course)}

    return followed_rows(request, desks.tag_of(course, tags), "courses/desk.html", context)


def _practising(request: HttpRequest, course: Course) -> dict[str, object]:
    return {"rows": practice.rows_of(course), **_steering(request, course)}


def _steering(request: HttpRequest, course: Course) -> dict[str, object]:
    return {"word_length": WORD_LENGTH, "link": _link(request, course), **about(course)}


@require_POST
@sent_from_anywhere
@at_desk
def say(request: HttpRequest, course: Course) -> HttpResponse:
    """A word to everybody in the class."""
    word = request.POST.get("word", "")
    count = courses.say(course, word)
    messages.success(request, f"已告诉 {count} 人。" if word.strip() else "已收回。")
    return redirect("courses:desk", course.code)


# ── The projector ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@at_desk
def screen(request: HttpRequest, course: Course) -> HttpResponse:
    """For the wall: how to come in, and how far all are together, without a name."""
    link = _link(request, course)

    def context() -> dict[str, object]:
        return {"link": link, "picture": _picture(link), "tasks": desks.progress_of(course)} | about(course)

    return followed_class(request, course, "courses/screen.html", context)


def _link(request: HttpRequest, course: Course) -> str:
    return request.build_absolute_uri(reverse("courses:course", args=[course.code]))


def _picture(link: str) -> SafeString:
    """The link as a QR code, drawn as SVG."""
    drawn = segno.make(link, error="m").svg_inline(scale=6, border=2, svgclass=None, lineclass=None, omitsize=True)
    return mark_safe(drawn)  # noqa: S308  # segno draws it, of an address of ours
