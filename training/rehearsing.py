"""预演: the machine plays an exercise of somebody's own before anybody sees it, and says where that does not work.

As the fixed ones are by their tests: it opens, each step is done by its act and by nothing before, the last one reaches
the goal, each other end is reached by its play. It takes as long as it may, and no longer.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import DataError, IntegrityError, transaction

from training import content, openings, variants
from training.facts import Facts, facts_in
from training.files import Exercise, Step
from training.judging import GOAL, Standing, judge
from training.mistakes import Mistake, Places
from training.openings import SHOWING, Opened
from training.performing import perform
from training.predicting import question_of
from training.reading import Unreadable
from training.words import Act, Seen
from verification.by import By
from verification.refusals import Refused, SubmissionRefused
from verification.worlds import sandboxes

MACHINE = By.machine("预演")
#: Of this thread's own time, for openings, steps and ends together.
MOST_SECONDS = 3.0
#: What may come of an act for which there is no ground, such as a filing that is not there.
_GROUNDLESS = (
    AssertionError,
    AttributeError,
    DataError,
    IntegrityError,
    LookupError,
    OverflowError,
    StopIteration,
    TypeError,
    ValueError,
)

Where = Sequence[str | int]


def rehearse(exercise: Exercise, places: Places) -> None:
    """Play it through. Raises :class:`Unreadable` with the first place at which that does not work, of each part."""
    rehearsal = _Rehearsal(exercise, places, time.thread_time() + MOST_SECONDS)
    rehearsal.papers()
    rehearsal.filings()
    rehearsal.proofs()
    mistakes = [*rehearsal.steps(), *rehearsal.ends()]
    if mistakes:
        raise Unreadable(mistakes)


def _play_in_vain(exercise: Exercise) -> None:
    """Play an opening, and undo it."""
    with transaction.atomic():
        openings.play(exercise)
        transaction.set_rollback(True)


class _Rehearsal:
    def __init__(self, exercise: Exercise, places: Places, until: float) -> None:
        self.exercise, self.places, self.until = exercise, places, until

    def papers(self) -> None:
        """Write down every paper, and whatever may be submitted."""
        for label, spec in self.exercise.opening.submissions.items():
            with self._at(["opening", "submissions", label], "这份申请写不出来"):
                content.typed(content.intended(self.exercise, spec))
        for place, paper in enumerate(self.exercise.opening.papers):
            with self._at(["opening", "papers", place], "这份材料写不出来"):
                content.lines_of(self.exercise, paper)
                content.typed_from(self.exercise)

    def filings(self) -> None:
        """Play the opening; where that does not work, find the first filing with which it does not."""
        try:
            with self._at(["opening"], "开局做不出来"):
                _play_in_vain(self.exercise)
        except Unreadable:
            works, fails = 0, len(self.exercise.opening.filings)
            while fails - works > 1:
                middle = (works + fails) // 2
                try:
                    self._play_first(middle)
                except Unreadable:
                    fails = middle
                else:
                    works = middle
            self._play_first(fails)
            raise

    def _play_first(self, count: int) -> None:
        opening = self.exercise.opening
        where = ("opening", "filings", count - 1) if count else ("opening",)
        shorter = opening.model_copy(update={"filings": opening.filings[:count]})
        with self._at(where, "开局做不出来"):
            _play_in_vain(self.exercise.model_copy(update={"opening": shorter}))

    def proofs(self) -> None:
        """Play the opening of a proof in each province in which it may be."""
        proof = self.exercise.proof
        for variant in range(1, max(1, len(proof.provinces)) + 1) if proof else ():
            with self._at(["proof"], "考核的开局做不出来"):
                _play_in_vain(variants.variant_of(self.exercise, variant))

    def steps(self) -> Iterator[Mistake]:
        """What is wrong with the way that the steps go."""
        with self._opened() as opened:
            seen: set[str] = set()
            for place, step in enumerate(self.exercise.steps):
                where: Where = ("steps", place)
                facts, standing = self._looked(opened, seen, where)
                if standing.end:
                    yield self._mistake(where, f"还没到这一步就到了结局“{standing.end}”，请检查它的条件。")
                    return
                if standing.step != step:
                    yield self._out_of_turn(facts, place)
                    return
                self._ask(step, opened, seen, where)
                self._do(step.act, opened, seen, where)
                if isinstance(step.done, Seen):
                    seen.add(step.id)
                facts, _ = self._looked(opened, seen, where)
                if not facts.hold(step.done, step.id):
                    yield self._mistake((*where, "done"), "机器照 act 做了，可是 done 的条件没有成立。")
                    return
            _, standing = self._looked(opened, seen, ["goal"])
            if standing.end != GOAL or False in standing.done:
                yield self._mistake(["goal"], "各步都做完了，可是没有达到目标，请检查 goal 的条件。")

    def _out_of_turn(self, facts: Facts, place: int) -> Mistake:
        """Why it is not the turn of a step: a later one is done already, or an earlier one is not any more."""
        held = [facts.hold(each.done, each.id) for each in self.exercise.steps]
        if early := [number for number, is_so in enumerate(held) if is_so and number >= place]:
            says = "这一步还没做，它的条件就已经成立了，请写得更确切。"
            return self._mistake(("steps", early[-1], "done"), says)
        says = "这一步做完以后，后面的步骤又使它的条件不成立了，请写得更确切。"
        return self._mistake(("steps", held.index(False), "done"), says)

    def ends(self) -> Iterator[Mistake]:
        """What is wrong with the ways to the other ends."""
        for place, end in enumerate(self.exercise.ends):
            where: Where = ("ends", place)
            with self._opened() as opened:
                for number, act in enumerate(end.play):
                    self._do(act, opened, set(), (*where, "play", number))
                _, standing = self._looked(opened, set(), where)
            if standing.end != end.id:
                came = f"到的是“{standing.end}”" if standing.end else "没有到任何结局"
                yield self._mistake(where, f"机器照 play 做了，{came}，请检查 when 和 play。")

    # ── One thing after the other ────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _opened(self) -> Iterator[Opened]:
        with self._at(["opening"], "开局做不出来"):
            opened = openings.open_for(self.exercise, purpose=SHOWING)
        try:
            yield opened
        finally:
            sandboxes.close(opened.sandbox, by=MACHINE)
            sandboxes.delete_everything_of(opened.sandbox.pk)

    def _ask(self, step: Step, opened: Opened, seen: Iterable[str], where: Where) -> None:
        with self._at(where, "这一步的预测问不出来"):
            question_of(step, self._looked(opened, seen, where)[0], opened.sandbox)

    def _do(self, act: Act, opened: Opened, seen: Iterable[str], where: Where) -> None:
        with self._at(where, "机器做不了这一步"), transaction.atomic():
            facts, _ = self._looked(opened, seen, where)
            perform(act, facts, opened.sandbox, by=MACHINE)

    def _looked(self, opened: Opened, seen: Iterable[str], where: Where) -> tuple[Facts, Standing]:
        opened.sandbox.refresh_from_db()
        facts = replace(facts_in(self.exercise, opened.filings, opened.sandbox), seen=frozenset(seen))
        with self._at(where, "条件问不出来"):
            return facts, judge(facts)

    @contextmanager
    def _at(self, where: Where, what: str) -> Iterator[None]:
        """Name the place of what cannot be done, or takes too long."""
        if time.thread_time() > self.until:
            raise Unreadable([self._mistake(where, "预演花的时间太长了，请删去一些申请、步骤或重复的填写。")])
        try:
            yield
        except SubmissionRefused as refused:
            said = "；".join(dict.fromkeys(error.sentence for error in refused.errors))
            raise Unreadable([self._mistake(where, f"{what}：{said}")]) from refused
        except Refused as refused:
            raise Unreadable([self._mistake(where, f"{what}：{refused.sentence}")]) from refused
        except _GROUNDLESS as error:
            says = f"{what}，请检查它说到的申请、人和时刻这时是否都在。"
            raise Unreadable([self._mistake(where, says)]) from error

    def _mistake(self, where: Where, says: str) -> Mistake:
        return self.places.mistake(where, says)
