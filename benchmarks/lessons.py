"""Learning: what it costs to begin, to have the bar of an exercise on each page, and to have each entry on record."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from statistics import median

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from benchmarks.report import Bench, Line
from portal.shared.lesson import trainees
from portal.shared.visit import cookies
from portal.shared.visit.visits import visit_of
from training import courses, tries
from training.files import exercises
from training.models import Try
from training.words import Way
from verification import attempts, news
from verification.attempts import Trying
from verification.by import By
from verification.models import AttemptKind, Phone
from verification.time import clock
from verification.worlds import browsers, sandboxes

FULL, SMALL = 100, 3
#: Milliseconds of processor time.
MOST_TO_BEGIN, MOST_UNCHANGED, MOST_CHANGED, MOST_ATTEMPT, MOST_LOOK = 15.0, 0.5, 2.0, 0.3, 30.0
#: So many are in a class, and so many of them have done something since the desk asked last.
_CLASS, _BUSY = 300, 20
_EXERCISE = "first-verification"
_PLAIN_FILES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def measure(bench: Bench) -> Iterator[Line]:
    """Beginning, the bar, and the line of an attempt, all beside what is bare."""
    times = SMALL if bench.is_small else FULL
    for scenario in sandboxes.SCENARIOS.values():
        played = _cost(lambda: sandboxes.start(scenario=scenario.id, seed="bench"), times // 10 or 1)  # noqa: B023
        begun = _cost(lambda: sandboxes.start(scenario=scenario.id), times)  # noqa: B023  # used up at once
        yield _line(
            bench, f"to begin “{scenario.title}”", begun, MOST_TO_BEGIN, f"filled without a copy {played:.1f} ms"
        )
    each = [_cost(lambda: tries.start(tries.new_trainee(), name), times // 10 or 1) for name in exercises()]  # noqa: B023
    note = f"the median of all {len(each)}; {min(each):.1f} to {max(each):.1f} ms"
    yield _line(bench, "to begin an exercise", median(each), MOST_TO_BEGIN, note)
    yield from _bar(bench, times)
    yield from _desk(bench, times)
    yield _attempt(bench, times)


def _bar(bench: Bench, times: int) -> Iterator[Line]:
    this = tries.start(tries.new_trainee(), _EXERCISE)
    request = _request_of(this)

    def show() -> None:
        assert "lesson" in render_to_string("shared/lesson/bar.html", request=request)

    def show_after_news() -> None:
        assert this.sandbox_id is not None
        news.note_change([this.sandbox_id])
        show()

    def change() -> None:
        assert this.sandbox_id is not None
        news.note_change([this.sandbox_id])

    with override_settings(STORAGES=_PLAIN_FILES):  # none are collected here
        unchanged, renewed, bare = (_cost(work, times) for work in (show, show_after_news, change))
    yield _line(bench, "the bar on a page, nothing has changed", unchanged, MOST_UNCHANGED, "")
    what = "the bar on a page, something has changed"
    yield _line(bench, what, renewed - bare, MOST_CHANGED, f"{bare:.2f} ms to say that something has")


def _desk(bench: Bench, times: int) -> Iterator[Line]:
    """What the desk's script asks for every two seconds: nothing has changed, some have gone on, all of it."""
    trainer = tries.new_trainee()
    course = courses.make(trainer, name="bench", tasks=[(_EXERCISE, Way.PRACTICE)])
    sandboxes_of_class = [
        courses.start(courses.join(course, tries.new_trainee(), f"学员{number}"), 1).sandbox_id
        for number in range(SMALL if bench.is_small else _CLASS)
    ]
    cookie = HttpResponse()
    trainees.remember(cookie, trainer)
    client = Client(headers={"host": "localhost", "live": "1"})
    client.cookies.update(cookie.cookies)
    address = reverse("courses:desk", args=[course.code])
    tag = ""

    def look() -> None:
        nonlocal tag
        answer = client.get(address, headers={"if-none-match": tag} if tag else {})
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
        tag = answer["ETag"]

    def look_anew() -> None:
        nonlocal tag
        tag = ""
        look()

    def look_after(count: int) -> Callable[[], None]:
        def work() -> None:
            change(count)
            look()

        return work

    def change(count: int) -> None:
        news.note_change([pk for pk in sandboxes_of_class[:count] if pk is not None])

    with override_settings(STORAGES=_PLAIN_FILES):
        whole, unchanged = (_cost(work, times) for work in (look_anew, look))
        one, some = (_cost(look_after(count), times) - _cost(lambda: change(count), times) for count in (1, _BUSY))  # noqa: B023
    yield _line(bench, "a desk of 300, nothing has changed", unchanged, MOST_LOOK, "")
    yield _line(bench, "a desk of 300, one has done something", one, MOST_LOOK, "")
    yield _line(bench, "a desk of 300, twenty have done something", some, MOST_LOOK, f"the whole page {whole:.0f} ms")


def _request_of(this: Try) -> HttpRequest:
    """What the try's browser asks for."""
    assert this.participant is not None
    response = HttpResponse()
    cookies.remember(response, browsers.enter(None, this.participant))
    request = RequestFactory().get("/", headers={"host": "localhost"})
    request.COOKIES.update({name: morsel.value for name, morsel in response.cookies.items()})
    assert visit_of(request) is not None
    return request


def _attempt(bench: Bench, times: int) -> Line:
    sandbox = sandboxes.start(scenario="today").sandbox
    real = clock.real_now()
    number = Phone.objects.filter(sandbox=sandbox).earliest("id").number
    tried = Trying(sandbox.pk, AttemptKind.ENTRY, By.machine("benchmark"), real, real, number=number)
    with transaction.atomic():
        cost = _cost(lambda: attempts.write(tried), times)
    return _line(bench, "the line that an entry leaves", cost, MOST_ATTEMPT, "")


def _cost(work: Callable[[], object], times: int) -> float:
    """The median of so many, in milliseconds of processor time, after one that is not counted."""
    work()
    spent = []
    for _ in range(times):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return median(spent) * 1e3


def _line(bench: Bench, what: str, cost: float, most: float, note: str) -> Line:
    return Line(
        part="lessons",
        what=what,
        database=bench.database,
        figure=f"{cost:.2f} ms",
        bar=f"at most {most:g} ms",
        is_met=cost <= most,
        note=note,
    )
