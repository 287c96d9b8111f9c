"""自己的练习: a trainer writes exercises, tries them, and gives them to classes.

Nobody else finds any of these pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.courses.doors import at_desk
from portal.courses.own_forms import TaskForm, TextForm
from portal.shared.lesson import trainees as cookie
from portal.shared.lesson.going import into
from portal.shared.page import rulebook
from portal.shared.visit.limits import OWN_EXERCISES, STARTS, when_again
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, own, shelf, tries
from training.files import exercises, places
from training.mistakes import Mistake
from training.models import Course, Kind, OwnExercise, Trainee
from training.one_text import text_of
from training.reading import MOST_BYTES, MOST_FILINGS, MOST_STEPS, Unreadable
from training.words import Way
from verification.refusals import Refused


def of_owner(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the exercise that its address names, for whoever has written it; 404 for everybody else."""

    @wraps(view)
    def inner(request: HttpRequest, name: str) -> HttpResponse:
        trainee = cookie.trainee_of(request)
        if trainee is None:
            raise Http404
        found = OwnExercise.objects.select_related("owner")
        return view(request, get_object_or_404(found, owner=trainee, name=name))

    return inner


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """What one has written, and the fixed ones to begin with."""
    trainee = cookie.trainee_of(request)
    context = {"mine": trainee.own_exercises.all() if trainee else (), "fixed": exercises().values()}
    return render(request, "courses/own/index.html", context)


# ── Written ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """A line of a text, with what is wrong in it."""

    number: int
    text: str
    mistakes: Sequence[Mistake]


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Write an exercise, or begin with a fixed one."""
    name = request.GET.get("from", "")
    begins_with = text_of(name) if name in exercises() else ""

    def keep(text: str) -> HttpResponse:
        made = own.make(cookie.trainee_of(request), text, rules=rulebook.rules())
        messages.success(request, f"“{made.title}”写好了，机器从头到尾做通了一遍。请自己试做，再给班级用。")
        response = redirect("courses:own_detail", made.name)
        cookie.remember(response, made.owner)
        return response

    return _written(request, TextForm(_data(request), request.FILES or None, initial={"text": begins_with}), keep)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@of_owner
def edit(request: HttpRequest, exercise: OwnExercise) -> HttpResponse:
    """Write it anew; what goes on in classes stays what it is."""

    def keep(text: str) -> HttpResponse:
        own.edit(exercise, text, rules=rulebook.rules())
        messages.success(request, "改好了，机器从头到尾做通了一遍。班级还在用原来的一版，请试做以后再给班级用。")
        return redirect("courses:own_detail", exercise.name)

    form = TextForm(_data(request), request.FILES or None, initial={"text": own.text_of(exercise)})
    return _written(request, form, keep, exercise)


def _data(request: HttpRequest) -> dict[str, str] | None:
    return request.POST if request.method == "POST" else None


def _written(
    request: HttpRequest, form: TextForm, keep: Callable[[str], HttpResponse], exercise: OwnExercise | None = None
) -> HttpResponse:
    """Keep what was written, or show it again with all that is wrong, line by line."""
    mistakes: Sequence[Mistake] = ()
    if form.is_bound and (wait := OWN_EXERCISES.wait_of_address(request)):
        form.add_error(None, f"这个网络地址检查练习的次数已到上限，请{when_again(wait)}再试。")
    elif form.is_bound and form.is_valid():
        try:
            return keep(form.cleaned_data["text"])
        except Unreadable as unreadable:
            mistakes = unreadable.mistakes
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
    lines = _lines(form.cleaned_data["text"], mistakes) if mistakes else ()
    found = {"mistakes": mistakes, "lines": lines, "has_errors": bool(mistakes)}
    context = {"form": form, "exercise": exercise, **found, **_BOUNDS}
    return render(request, "courses/own/text.html", context)


#: What a text is told that is too large.
_BOUNDS = {"most_kb": MOST_BYTES // 1024, "most_filings": MOST_FILINGS, "most_steps": MOST_STEPS}


def _lines(text: str, mistakes: Sequence[Mistake]) -> list[Line]:
    return [
        Line(number, line, [each for each in mistakes if each.line == number])
        for number, line in enumerate(text.split("\n"), start=1)
    ]


@require_safe
@never_cache
def manual(request: HttpRequest) -> HttpResponse:
    """How an exercise is written, in short."""
    context = {"places": places(), "rules": rulebook.rules().values(), "example": text_of("one-person"), **_BOUNDS}
    return render(request, "courses/own/help.html", context)


# ── Looked at, tried, given to classes ───────────────────────────────────────────────────────────────────────────────


@require_safe
@never_cache
@of_owner
def detail(request: HttpRequest, exercise: OwnExercise) -> HttpResponse:
    """All that it says, as a trainee sees it."""
    shown = shelf.begun_as(exercise.name, exercise.newest)
    if shown is None:  # the checker of today's site does not take it any more
        messages.error(request, "网站更新以后，这个练习读不出来了，请按提示修改。")
        return redirect("courses:own_edit", exercise.name)
    said = shown.sentences
    context = {
        "exercise": exercise,
        "shown": shown,
        "steps": [(step, said.steps[step.id]) for step in shown.steps],
        "ends": [said.ends[end] for end in ("goal", *(end.id for end in shown.ends))],
        "classes": own.classes_with(exercise),
        "is_offered": exercise.offered == exercise.newest,
    }
    return render(request, "courses/own/detail.html", context)


@require_POST
@sent_from_anywhere
@of_owner
def start(request: HttpRequest, exercise: OwnExercise) -> HttpResponse:
    """Try it oneself, in a sandbox of one's own and in no class."""
    if wait := STARTS.wait_of_address(request):
        messages.error(request, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
        return redirect("courses:own_detail", exercise.name)
    try:
        this = tries.start(exercise.owner, exercise.name, _way(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("courses:own_detail", exercise.name)
    return into(request, this) or redirect("courses:own_detail", exercise.name)


def _way(request: HttpRequest) -> Way:
    return Way.PROOF if request.POST.get("way") == Way.PROOF else Way.PRACTICE


@require_POST
@sent_from_anywhere
@of_owner
def offer(request: HttpRequest, exercise: OwnExercise) -> HttpResponse:
    """Let classes take the newest text, at their next try."""
    own.offer(exercise)
    messages.success(request, "班级现在可以用这一版了：建班级时可以选它，在用它的班级从下一次开始起用这一版。")
    return redirect("courses:own_detail", exercise.name)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@of_owner
def delete(request: HttpRequest, exercise: OwnExercise) -> HttpResponse:
    """Ask, then delete it."""
    if request.method != "POST":
        return render(request, "courses/own/delete.html", {"exercise": exercise})
    try:
        own.delete(exercise)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("courses:own_detail", exercise.name)
    messages.success(request, f"已删除“{exercise.title}”。")
    return redirect("courses:own")


def adding(request: HttpRequest, course: Course) -> dict[str, object]:
    """What the desk needs for a form with which an exercise of one's own is added; nothing where there is none."""
    trainer = cookie.trainee_of(request)
    form = TaskForm(trainer=trainer) if trainer and course.kind == Kind.ALONE else None
    return {"adding": form} if form and form.has_choices else {}


@require_POST
@sent_from_anywhere
@at_desk
def add(request: HttpRequest, course: Course) -> HttpResponse:
    """Let a class do one more exercise, of its trainer's own."""
    trainer: Trainee | None = cookie.trainee_of(request)
    assert trainer is not None, "a desk is somebody's"
    form = TaskForm(request.POST, trainer=trainer)
    if not form.is_valid():
        for sentences in form.errors.values():
            messages.error(request, " ".join(map(str, sentences)))
        return redirect("courses:desk", course.code)
    try:
        courses.add_task(course, trainer, form.cleaned_data["exercise"], Way(form.cleaned_data["way"]))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "已加进班级，学员的页面上现在就有。")
    return redirect("courses:desk", course.code)
