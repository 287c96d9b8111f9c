"""全班的图: how the class gets on, for whoever stands in front of the room; what went wrong most, by which rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.courses.doors import at_desk
from portal.courses.following import followed_class
from portal.shared.page import rulebook
from portal.shared.page.rulebook import RuleLine
from portal.shared.pictures.bars import Bar, Bars, bars_of, of_funnel
from portal.shared.pictures.heat import heat_of
from portal.shared.pictures.progress import progress_of
from training.courses import tasks_of
from training.files import Exercise
from training.models import Course
from training.overviews import Entries, Missed, Overview, Slow, overview_of
from training.reckoning import edition_of
from training.tries import LEFT
from verification.law.words import Outcome

#: Of what went wrong most, so much is said.
MOST = 5
#: What was wrong of an entry, in the order of the picture; what counts as no try is aside.
_PIECES = {"code": "验证码不对", "phone": "手机号码不对", "id": "证件号码后六位不对"}
_ASIDE = {
    Outcome.NOT_FOUND: "两样以上不对，找不到",
    Outcome.FAILED: "错满以后又填",
    Outcome.TRY_LATER: "填得太频繁",
}


@require_safe
@at_desk
def pictures(request: HttpRequest, course: Course) -> HttpResponse:
    """The whole class, or one of its exercises: over time, step by step, entries, filings, and what went wrong most."""
    tasks = tasks_of(course)
    asked = request.GET.get("task", "")
    number = next((task.number for task in tasks if str(task.number) == asked), 0)

    def context() -> dict[str, object]:
        overview = overview_of(course, number)
        busiest = overview.busiest
        names = overview.names
        return {
            "tasks": tasks,
            "number": number,
            "progress": progress_of(overview),
            "heat": heat_of(busiest.exercise, overview.of(busiest), lambda pk: names.get(pk, "")) if busiest else None,
            "entries": entries_of(overview.entries),
            "funnel": of_funnel("申请走到哪里", overview.funnel),
            "slowest": [_slow(each) for each in overview.slowest(MOST)],
            "missed": [_missed(each) for each in overview.missed(MOST)],
            "limits": _limits(overview),
            "guesses": _guesses(overview),
        }

    return followed_class(request, course, "courses/pictures.html", context)


def entries_of(entries: Sequence[Entries]) -> Bars:
    """Where entries went wrong: which piece, how often, and with how many people."""

    def bar(label: str, found: Sequence[Entries], *, is_aside: bool = False) -> Bar:
        people = len({each.member for each in found if each.mistakes})
        asked = sum(each.asked for each in found)
        notes = [f"{people} 人" if people else "", f"练习要求填错的 {asked} 次不算在内" if asked else ""]
        return Bar(label, sum(each.mistakes for each in found), "；".join(filter(None, notes)), is_aside)

    found = [bar(label, [each for each in entries if each.piece == piece]) for piece, label in _PIECES.items()]
    for outcome, label in _ASIDE.items():
        aside = [each for each in entries if each.outcome == outcome and not each.piece]
        if aside:
            found.append(bar(f"{label}（不计错）", aside, is_aside=True))
    return bars_of("填错了哪一项", found, of="填错的", counted="次数", unit="次")


# ── What went wrong most ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """One thing that went wrong, how often or how long, what is to be said about it, and by which rule."""

    exercise: str
    what: str
    how_much: str
    says: str
    rules: Sequence[RuleLine]


def _rules(exercise: Exercise, *ids: str) -> Sequence[RuleLine]:
    return rulebook.lines(ids, edition_of(exercise))


def _slow(slow: Slow) -> Line:
    said = slow.exercise.sentences.steps[slow.step.id]
    return Line(
        slow.exercise.sentences.title,
        f"第 {slow.number} 步：{said.do}",
        f"{slow.people} 人做到，一半的人超过{_told(slow.middle)}，最久{_told(slow.longest)}",
        said.why,
        _rules(slow.exercise, slow.step.rule),
    )


def _told(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f" {minutes} 分 {rest} 秒" if minutes else f" {rest} 秒"


def _missed(missed: Missed) -> Line:
    said = missed.exercise.sentences
    end = said.ends.get(missed.end)
    title = "中途离开" if missed.end == LEFT else end.title if end else "已结束"
    stopped = f"多数停在：{said.steps[missed.step.id].do}" if missed.step else ""
    return Line(
        said.title,
        title,
        f"{missed.people} 人，{missed.times} 次",
        " ".join(filter(None, (end.says if end else "", stopped))),
        _rules(missed.exercise, missed.step.rule) if missed.step else (),
    )


def _guesses(overview: Overview) -> list[Line]:
    return [
        Line(
            exercise.sentences.title,
            exercise.sentences.steps[step.id].do,
            f"{people} 人猜错",
            exercise.sentences.steps[step.id].why,
            _rules(exercise, step.rule),
        )
        for exercise, step, people in overview.wrong_guesses(MOST)
    ]


def _limits(overview: Overview) -> Sequence[RuleLine]:
    """The rules about wrong entries under which the class has made some, each once an edition."""
    by_name = {task.exercise.name: task.exercise for task in overview.tasks}
    found: Mapping[str, Exercise] = {
        edition.id: exercise
        for each in overview.entries
        if each.piece and (exercise := by_name.get(each.exercise)) and (edition := edition_of(exercise))
    }
    lines: list[RuleLine] = []
    for exercise in found.values():
        edition = edition_of(exercise)
        assert edition is not None, "it has one, by which it was found"
        limits = edition.limits
        cited = [limit.rule for limit in (limits.id_errors, limits.tries, limits.tries_borne) if limit]
        lines += _rules(exercise, "V-07", *cited)
    return lines
