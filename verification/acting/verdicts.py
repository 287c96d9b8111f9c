"""判定: which row of the table an entry is. Asking changes nothing; what follows is done by ``challenges``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from verification.law.editions import Edition
from verification.law.words import Mode, Outcome
from verification.models import AlarmKind, Challenge, ChallengeState, FilingState


@dataclass(frozen=True)
class Entry:
    """What a person typed, folded and of the right form."""

    code: str
    phone: str
    id_suffix: str


@dataclass(frozen=True)
class Verdict:
    """The row that an entry is: the answer, and what has to follow.

    ``challenges`` are those that it hits, the first of which the answer speaks of: it passes, they are charged or fail,
    or it had passed before. ``piece`` is the wrong one of the three where one alone is wrong, else blank. ``failing``
    are those that come to their end by it, in the order of their ids.
    """

    outcome: Outcome
    challenges: tuple[Challenge, ...] = ()
    piece: str = ""
    is_charged: bool = False
    failing: tuple[Challenge, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the first challenge passes by it."""
        return self.outcome in (Outcome.PARTIAL, Outcome.ALL_DONE)

    @property
    def changes_something(self) -> bool:
        """Whether anything follows from it but the answer."""
        return self.passes or self.is_charged or bool(self.failing)


_PIECES = ("code", "phone", "id")
#: The piece that is wrong, what that means, and whether each challenge that fits is charged, or the first alone.
_ONE_WRONG = (
    ("id", Outcome.WRONG_ID, False),
    ("code", Outcome.WRONG_CODE, True),
    ("phone", Outcome.NOT_FOUND, False),
)


def judge(
    candidates: Sequence[Challenge], entry: Entry, *, now: datetime, is_last: Callable[[Challenge], bool]
) -> Verdict:
    """Find the first row of the table that an open challenge matches: three pieces, then two of the three.

    ``candidates`` come with filing and phone; ``is_last`` says of one whose filing asks for everybody whether all
    others have passed.
    """
    live = [challenge for challenge in candidates if is_live(challenge, now)]
    live.sort(key=lambda c: (c.deadline_at, c.pk))
    spent = [challenge for challenge in live if _bears_no_more(challenge)]

    def matching(*pieces: str) -> list[Challenge]:
        return [c for c in live if c not in spent and all(_matches(c, entry, piece) for piece in pieces)]

    if exact := matching(*_PIECES):
        is_done = exact[0].filing.mode == Mode.ANY or is_last(exact[0])
        return Verdict(Outcome.ALL_DONE if is_done else Outcome.PARTIAL, (exact[0],))
    if last_straw := [c for c in spent if len(_wrong(c, entry)) < len(_PIECES) - 1]:
        return Verdict(
            Outcome.FAILED, tuple(last_straw), "".join(_wrong(last_straw[0], entry)), failing=_sorted(last_straw)
        )
    for wrong, outcome, are_all_charged in _ONE_WRONG:
        if found := matching(*(piece for piece in _PIECES if piece != wrong)):
            return _charged(_sorted(found) if are_all_charged else tuple(found[:1]), wrong, outcome)
    for challenge in candidates:
        if _was_passed(challenge) and not _wrong(challenge, entry):
            return Verdict(Outcome.ALREADY_DONE, (challenge,))
    return Verdict(Outcome.NOT_FOUND)


def _charged(challenges: tuple[Challenge, ...], wrong: str, outcome: Outcome) -> Verdict:
    failing = _sorted([challenge for challenge in challenges if _reaches_a_limit(challenge, wrong)])
    return Verdict(Outcome.FAILED if failing else outcome, challenges, wrong, is_charged=True, failing=failing)


def _sorted(challenges: Sequence[Challenge]) -> tuple[Challenge, ...]:
    return tuple(sorted(challenges, key=lambda c: c.pk))


def with_due_done(challenges: Sequence[Challenge], *, now: datetime) -> Sequence[Challenge]:
    """The challenges as the jobs will leave them that are still due by ``now``; nothing is written.

    A code that is yet to be drawn is none that anybody could type. What a bureau that decides by itself has not decided
    in time is taken as undecided.
    """
    for challenge in challenges:
        filing = challenge.filing
        if filing.state != FilingState.VERIFYING or not filing.is_overdue(now) or filing.alarm_error:
            continue
        is_waiting = challenge.state == ChallengeState.WAITING and challenge.round == filing.round
        if is_waiting and filing.alarm_kind == AlarmKind.SEND:
            challenge.state, challenge.deadline_at = ChallengeState.OPEN, filing.deadline_at
        if filing.deadline_at is not None and filing.deadline_at <= now:
            filing.state = FilingState.RETURNED
    return challenges


# ── Small questions of one challenge ─────────────────────────────────────────


def is_live(challenge: Challenge, now: datetime) -> bool:
    """Whether the challenge can be verified now."""
    return challenge.state == ChallengeState.OPEN and challenge.deadline_at is not None and now < challenge.deadline_at


def edition_of(challenge: Challenge) -> Edition:
    """The rules under which the challenge is verified."""
    edition = challenge.filing.edition
    assert edition is not None, "a challenge exists only under an edition"
    return edition


def _bears_no_more(challenge: Challenge) -> bool:
    """Whether it has been charged as often as its edition bears, so that the next entry, right or wrong, fails it."""
    borne = edition_of(challenge).limits.tries_borne
    return borne is not None and challenge.tries >= borne.value


def _reaches_a_limit(challenge: Challenge, wrong: str) -> bool:
    """Whether one more charge for this piece is the last that the edition allows."""
    of_edition = edition_of(challenge).limits
    id_errors = challenge.id_errors + (1 if wrong == "id" else 0)
    used = ((of_edition.id_errors, id_errors), (of_edition.tries, challenge.tries + 1))
    return any(limit is not None and count >= limit.value for limit, count in used)


def _wrong(challenge: Challenge, entry: Entry) -> list[str]:
    return [piece for piece in _PIECES if not _matches(challenge, entry, piece)]


def _matches(challenge: Challenge, entry: Entry, piece: str) -> bool:
    compare: dict[str, Callable[[], bool]] = {
        "code": lambda: challenge.code == entry.code,
        "phone": lambda: challenge.phone.number == entry.phone,
        "id": lambda: challenge.id_suffix == entry.id_suffix,
    }
    return compare[piece]()


def _was_passed(challenge: Challenge) -> bool:
    """Whether the challenge passed in a round that is still under way or came to a good end."""
    return (
        challenge.state == ChallengeState.PASSED
        and challenge.round == challenge.filing.round
        and challenge.filing.state in (FilingState.VERIFYING, FilingState.REVIEWING, FilingState.ACCEPTED)
    )
