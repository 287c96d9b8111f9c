"""成绩单 of a class: one line a member and exercise, for paper; each with a code by which its try is found again.

A code is no row: it follows from the try by the site's own key, so that nobody can write one down who was not given it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.crypto import salted_hmac

from training import tries
from training.courses import Task, tasks_of
from training.judging import GOAL
from training.models import CODE_ALPHABET, Course, Member, Try
from training.words import Way

#: 23⁸ codes: of a class's few thousand tries no two have the same.
CODE_LENGTH = 8


def code_of(this: Try) -> str:
    """The code of a try's sheet."""
    number = int.from_bytes(salted_hmac("training.sheets", str(this.pk), algorithm="sha256").digest())
    letters = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[place])
    return "".join(letters)


def written(code: str) -> str:
    """A code as one reads it."""
    return f"{code[: CODE_LENGTH // 2]} {code[CODE_LENGTH // 2 :]}"


def of_code(course: Course, code: str) -> Try | None:
    """The try of the class that has ended and whose sheet has the code (capitals, without blanks)."""
    ended = Try.objects.filter(member__course=course, ended_at__isnull=False).only("pk")
    return next((this for this in ended if code_of(this) == code), None)


@dataclass(frozen=True)
class Line:
    """What a member has made of an exercise: the try that counts, ``None`` where none has ended, of so many.

    Of a practice that is the best, or else the last; of a proof the first.
    """

    member: Member
    task: Task
    this: Try | None
    count: int
    is_under_way: bool

    @property
    def end(self) -> str:
        """How it ended, in the words of the exercise."""
        if self.this is None:
            return "进行中" if self.is_under_way else "没有开始"
        said = getattr(self.this, "said", None)
        return said[0] if said else "中途离开" if self.this.end == tries.LEFT else "已结束"

    @property
    def is_good(self) -> bool:
        """Whether the goal was reached."""
        return self.this is not None and self.this.end == GOAL

    @property
    def counts(self) -> Mapping[str, int]:
        """What it came to; empty where nothing was kept."""
        return getattr(self.this, "counts", None) or {}

    @property
    def code(self) -> str:
        """The code of its sheet, as one reads it; blank where there is none."""
        return written(code_of(self.this)) if self.this else ""


def lines_of(course: Course) -> list[Line]:
    """Member by member in the order in which they joined, exercise by exercise; in a fixed number of questions."""
    tasks = tasks_of(course)
    found = Try.objects.filter(member__course=course).defer("debrief").order_by("pk")
    mine: dict[tuple[int | None, str, str], list[Try]] = defaultdict(list)
    for this in found.annotate(said=F("debrief__end"), counts=F("debrief__counts")):
        mine[this.member_id, this.exercise, this.way].append(this)
    return [
        _line(member, task, mine.get((member.pk, task.exercise.name, task.way.value), []))
        for member in course.members.all()
        for task in tasks
    ]


def _line(member: Member, task: Task, mine: Sequence[Try]) -> Line:
    ended = [this for this in mine if this.ended_at is not None]
    counting = ended[:1] if task.way is Way.PROOF else [*filter(None, [tries.best_of(ended)]), *ended[-1:]]
    is_under_way = len(ended) < len(mine)
    if task.way is Way.PROOF and mine and mine[0].ended_at is None:
        counting = []  # the first counts, and it goes on
    return Line(member, task, counting[0] if counting else None, len(mine), is_under_way)
