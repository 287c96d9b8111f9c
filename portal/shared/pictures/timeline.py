"""The timeline of a filing as a picture: what stands where in the SVG, from its rows or from what a debrief keeps.

Time goes down. Between two moments there is the more room the longer it took, though not in proportion: minutes and
days have to go into one picture, so what took longer than a quarter of an hour says how long. Kinds of moments differ
in shape; what did not come to pass is drawn hollow. Words stand beside the shapes, so colour tells nothing by itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log2
from typing import Any

from portal.shared.filing.rounds import Round
from training.comparing import written
from training.debriefs import course_of
from verification.models import AlarmKind, Challenge, Event, EventKind, Filing, FilingState, ReturnReason

#: The width of the drawing, and where its parts stand in it.
WIDTH, AXIS, TEXT = 340, 106, 126
_FIRST_AT, _ROW, _MOST_MORE = 22, 42, 44
#: Shorter times are not said.
_SAID_FROM = timedelta(minutes=15)
#: Letters that have room beside a shape.
_MOST_LETTERS = 15

#: What a moment is called beside its shape, where the history's words are too long for that.
_LABELS = {
    EventKind.SUBMITTED: "提交",
    EventKind.OPENED: "下发验证码",
    EventKind.CHARGED: "填错，计一次",
    EventKind.EXPIRED: "时限到",
    EventKind.RETURNED: "退回接入商",
}
#: The same of what is still to come, and of what did not come to pass.
_AHEAD = {EventKind.OPENED: "将下发验证码", EventKind.NOON_RESENT: "中午会重发", EventKind.EXPIRED: "核验时限"}
_MISSED = {EventKind.NOON_RESENT: "中午本会重发", EventKind.EXPIRED: "核验时限"}
#: Which piece of an entry was wrong.
_PIECES = {"code": "验证码", "phone": "手机号", "id": "证件号码"}
_SHAPES = {
    EventKind.SUBMITTED: "square",
    EventKind.PREREVIEW: "diamond",
    EventKind.APPROVED: "diamond",
    EventKind.OPENED: "arrow",
    EventKind.NOON_RESENT: "sun",
    EventKind.RESENT: "again",
    EventKind.CHARGED: "cross",
    EventKind.PASSED: "tick",
    EventKind.FAILED: "stop",
    EventKind.EXPIRED: "bar",
    EventKind.REVIEWING: "diamond",
    EventKind.ACCEPTED: "diamond",
    EventKind.RETURNED: "back",
}


@dataclass(frozen=True)
class Mark:
    """A moment: when, what, whose. ``y`` is where it stands; ``gap`` says how long it took from the one before.

    One that ``is_planned`` has not come to pass; it yet may where it ``is_ahead``.
    """

    at: datetime
    kind: EventKind
    note: str = ""
    is_planned: bool = False
    is_ahead: bool = False
    y: int = 0
    gap: str = ""
    gap_y: int = 0
    is_new_day: bool = True

    @property
    def label(self) -> str:
        """What it is, in few words."""
        if self.is_planned:
            return (_AHEAD if self.is_ahead else _MISSED)[self.kind]
        return _LABELS.get(self.kind, self.kind.label)

    @property
    def shape(self) -> str:
        """The name of its shape."""
        return _SHAPES[self.kind]

    @property
    def short_note(self) -> str:
        """Whose it is, as far as there is room."""
        return self.note if len(self.note) <= _MOST_LETTERS else f"{self.note[: _MOST_LETTERS - 1]}…"


@dataclass(frozen=True)
class Window:
    """While codes are good: from where to where in the drawing."""

    y: int
    height: int


@dataclass(frozen=True)
class Picture:
    """The drawing of one filing; ``is_going_on`` while what is planned may come to pass."""

    number: str
    state: str
    marks: Sequence[Mark]
    windows: Sequence[Window]
    is_going_on: bool = False
    width: int = WIDTH

    @property
    def height(self) -> int:
        """How high it is."""
        return self.marks[-1].y + _ROW if self.marks else _ROW

    @property
    def axis_to(self) -> int:
        """Where what happened ends; what would have come after it is beyond."""
        return max((mark.y for mark in self.marks if not mark.is_planned), default=_FIRST_AT)


def picture_of(filing: Mapping[str, Any], *, is_going_on: bool = False) -> Picture:
    """The picture of a filing, as a debrief keeps it."""
    happened = list(_grouped(filing["lines"]))
    kinds = _AHEAD if is_going_on else _MISSED
    planned = [replace(mark, is_ahead=is_going_on) for mark in _planned(filing["windows"], happened, kinds)]
    marks = sorted([*happened, *planned], key=lambda mark: (mark.at, mark.is_planned))
    placed = list(_placed(marks))
    return Picture(filing["number"], filing["state"], placed, list(_windows(filing["windows"], placed)), is_going_on)


def picture_of_rounds(filing: Filing, rounds: Sequence[Round]) -> Picture:
    """The picture of a filing as it is now, from the rounds that its page shows anyway."""
    history = [(shown.event, shown.challenge) for this in rounds for shown in this.events]
    history.sort(key=lambda line: line[0].pk)
    return _as_it_is(filing, history, [shown.challenge for this in rounds for shown in this.challenges])


def pictures_of(filings: Sequence[Filing]) -> list[Picture]:
    """The pictures of several filings as they are now; two queries."""
    history: dict[int, list[tuple[Event, Challenge | None]]] = {}
    for event in Event.objects.filter(filing__in=filings).select_related("challenge").order_by("id"):
        history.setdefault(event.filing_id, []).append((event, event.challenge))
    challenges: dict[int, list[Challenge]] = {}
    for challenge in Challenge.objects.filter(filing__in=filings):
        challenges.setdefault(challenge.filing_id, []).append(challenge)
    return [_as_it_is(filing, history.get(filing.pk, []), challenges.get(filing.pk, [])) for filing in filings]


def _as_it_is(
    filing: Filing, history: Sequence[tuple[Event, Challenge | None]], challenges: Sequence[Challenge]
) -> Picture:
    course = course_of(filing, history, challenges)
    if filing.alarm_kind == AlarmKind.SEND:
        course["windows"].append([written(at) for at in (filing.alarm_at, filing.noon_at, filing.deadline_at)])
    return picture_of(course, is_going_on=filing.state == FilingState.VERIFYING)


def _windows(windows: Sequence[Sequence[str]], marks: Sequence[Mark]) -> Iterator[Window]:
    """From the first sending to the deadline, or to the return if another round came after it."""
    ys = {mark.at: mark.y for mark in reversed(marks)}
    returns = [mark.at for mark in marks if mark.kind == EventKind.RETURNED]
    for place, (sent_text, _, deadline) in enumerate(windows):
        sent, until = _moment(sent_text), _moment(deadline)
        if place < len(windows) - 1:
            until = min((at for at in returns if at >= sent), default=until)
        if sent in ys and until in ys:
            yield Window(ys[sent], ys[until] - ys[sent])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _grouped(lines: Sequence[Sequence[str]]) -> Iterator[Mark]:
    """A mark for each act: what befell several persons at the same moment is one."""
    last: Mark | None = None
    for text, kind, whose, reason in lines:
        mark = Mark(_moment(text), EventKind(kind), _note(kind, whose, reason))
        is_same = last is not None and (last.at, last.kind) == (mark.at, mark.kind) and not reason
        if last is not None and is_same and whose and whose not in last.note.split("、"):
            last = replace(last, note=f"{last.note}、{whose}")
            continue
        if last is not None:
            yield last
        last = mark
    if last is not None:
        yield last


def _note(kind: str, whose: str, reason: str) -> str:
    """Whose it is, and why."""
    if kind == EventKind.CHARGED:
        return f"{whose}：{_PIECES.get(reason, reason)}"
    return ReturnReason(reason).label if kind == EventKind.RETURNED and reason else whose


def _planned(
    windows: Sequence[Sequence[str]], happened: Sequence[Mark], kinds: Collection[EventKind]
) -> Iterator[Mark]:
    """First sending, noon and deadline of the last round, those of these kinds that have not come to pass."""
    came = {(mark.at, mark.kind) for mark in happened}
    for window in windows[-1:]:
        for text, kind in zip(window, _AHEAD, strict=True):
            if text and kind in kinds and (_moment(text), kind) not in came:
                yield Mark(_moment(text), kind, is_planned=True)


def _placed(marks: Sequence[Mark]) -> Iterator[Mark]:
    """The marks where they stand, from top to bottom."""
    y, before = _FIRST_AT, None
    for mark in marks:
        gap, gap_y = "", 0
        if before is not None:
            took = mark.at - before
            more = min(_MOST_MORE, round(6 * log2(1 + took.total_seconds() / 300)))
            if took >= _SAID_FROM:
                gap, gap_y, more = duration(took), y + (_ROW + more) // 2 + 8, max(more, 20)
            y += _ROW + more
        yield replace(mark, y=y, gap=gap, gap_y=gap_y, is_new_day=before is None or before.date() != mark.at.date())
        before = mark.at


def duration(took: timedelta) -> str:
    """How long something took, in words: the two largest units."""
    minutes = round(took.total_seconds() / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [(days, "天"), (hours, "小时"), (minutes, "分钟")]
    said = [f"{count} {unit}" for count, unit in units if count]
    return " ".join(said[:2]) or "不到 1 分钟"
