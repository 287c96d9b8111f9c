"""预测: what will happen? Asked before an entry is sent or the clock moves, and answered by the law itself.

The answer is never written down in a file: it is what the entries' table says of this entry, or when the filing's own
alarms are, at the moment at which the question is put. What then happens explains it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from training.facts import Facts
from training.files import Step
from training.performing import entry_of
from training.words import Enter, Moment, Predict
from verification.acting.challenges import foresee_entry
from verification.law.editions import Edition, editions
from verification.law.times import SHANGHAI
from verification.law.words import Outcome
from verification.models import Sandbox

#: So many answers there are to choose from, the right one among them.
CHOICES = 4
#: What a portal may say to an entry, the likelier mistakes first.
_ANSWERS = (
    *(Outcome.ALL_DONE, Outcome.WRONG_ID, Outcome.FAILED, Outcome.PARTIAL),
    *(Outcome.NOT_FOUND, Outcome.WRONG_CODE, Outcome.ALREADY_DONE),
)
NEVER = "不会有这一步"


@dataclass(frozen=True)
class Question:
    """A question with its choices, in an order that does not give the right one away; ``right`` is one of them.

    ``mark`` differs once something has happened that would make it another question.
    """

    choices: tuple[str, ...]
    right: str

    @property
    def mark(self) -> str:
        """By what one knows the question again."""
        return hashlib.sha256("\0".join((*self.choices, self.right)).encode()).hexdigest()[:12]


def question_of(step: Step, facts: Facts, sandbox: Sandbox) -> Question | None:
    """The question of a step, as things are now; ``None`` where it asks none, or where there is nothing to foresee."""
    if step.predict is None:
        return None
    if step.predict is Predict.ENTRY:
        return _of_entry(step, facts, sandbox)
    return _of_moment(step, facts, Moment(step.predict.value))


def _of_entry(step: Step, facts: Facts, sandbox: Sandbox) -> Question | None:
    assert isinstance(step.act, Enter), "the checker asks for one"
    challenge = facts.challenge(step.act.filing, step.act.person)
    if challenge is None or challenge.filing.edition is None:
        return None
    edition, name = challenge.filing.edition, challenge.name
    right = foresee_entry(sandbox, **entry_of(step.act, facts))
    if right not in _ANSWERS:
        return None
    return _question(answer_of(edition, right, name), [answer_of(edition, outcome, name) for outcome in _ANSWERS])


def answer_of(edition: Edition, outcome: Outcome, name: str) -> str:
    """What a portal answers to an entry about a person."""
    return edition.answers.of(outcome).value.format(name=name)


def _of_moment(step: Step, facts: Facts, moment: Moment) -> Question | None:
    """When the filing's first message, its noon or its deadline is. Wrong are other laws, and other days."""
    filing = facts.filings.get(step.filing or "")
    sent = facts.moment(step.filing or "", Moment.FIRST_SENDING)
    if filing is None or filing.edition is None or sent is None:
        return None
    at = facts.moment(step.filing or "", moment)
    is_never = at is None or (moment is Moment.NOON and filing.deadline_at is not None and at >= filing.deadline_at)
    noon = filing.edition.timing.noon_hour.value
    same_day = sent.astimezone(SHANGHAI).replace(hour=noon, minute=0, second=0, microsecond=0)
    windows = sorted({edition.timing.window_hours.value for edition in editions().values()})
    match moment:
        case Moment.NOON:
            others = [same_day, same_day + timedelta(days=1), sent + timedelta(hours=12)]
        case Moment.DEADLINE:
            others = [*(sent + timedelta(hours=hours) for hours in windows), same_day + timedelta(days=1, hours=12)]
        case _:
            minutes = timedelta(minutes=filing.edition.timing.first_sending_minutes.value)
            others = [filing.submitted_at, filing.submitted_at + 12 * minutes, same_day]
    right = NEVER if is_never or at is None else _shown(at)
    return _question(right, [*(_shown(other) for other in others), NEVER])


def _shown(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _question(right: str, others: Sequence[str]) -> Question:
    """The right one among the first of the others; sorted by what they say, which tells nothing."""
    wrong = [other for other in dict.fromkeys(others) if other != right][: CHOICES - 1]
    return Question(tuple(sorted([right, *wrong])), right)
