"""核验: checking an entry, and sending the message again by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from verification.by import By
from verification.law.editions import Edition, edition_to_show
from verification.law.words import Mode, Outcome
from verification.models import (
    Challenge,
    ChallengeState,
    EventKind,
    Filing,
    FilingState,
    MessageCause,
    Phone,
    ReturnReason,
    Sandbox,
)
from verification.models.prepared import Columns, Prepared
from verification.state import alarms
from verification.state.messages import deliver
from verification.state.transitions import (
    lock_sandbox,
    move_challenges,
    move_filings,
    note_challenges,
    return_filings,
)
from verification.time import clock, limits

#: V-18: so many answers "not found" for one phone within an hour; the next request is not looked at.
GUARD_LIMIT = 20
GUARD_SECONDS = 3600

#: What the site itself says where the documents have no wording.
_SITE_TEXTS = {
    Outcome.TOO_SOON: "短信刚刚重发过，每分钟只能重发一次，请稍等一分钟再试。",
    Outcome.TRY_LATER: "查询过于频繁，请一小时后再试。",
}


@dataclass(frozen=True)
class Entry:
    """What a person typed, folded and of the right form."""

    code: str
    phone: str
    id_suffix: str


@dataclass(frozen=True)
class Answer:
    """What the page says; ``code`` is the edition's result code (V-17), ``name`` the person's where one matched."""

    outcome: Outcome
    text: str
    salutation: str
    edition: Edition
    code: int | None = None
    hint: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the page shows the green tick."""
        return self.outcome.is_success


def _answer(outcome: Outcome, edition: Edition, *, name: str = "") -> Answer:
    salutation = edition.answers.salutation.value
    if outcome in _SITE_TEXTS:
        return Answer(outcome=outcome, text=_SITE_TEXTS[outcome], salutation=salutation, edition=edition)
    wording = edition.answers.of(outcome)
    return Answer(
        outcome=outcome,
        text=wording.value.format(name=name),
        salutation=salutation,
        edition=edition,
        code=wording.code,
        hint=wording.hint,
    )


#: The columns of a challenge, its filing and its phone that an answer depends on.
_CHALLENGE = Columns(
    "c",
    Challenge,
    *("filing_id", "phone_id", "province", "code", "id_suffix", "state", "deadline_at", "round", "name"),
    *("tries", "resends", "resent_at", "resent_at_real"),
)
_FILING = Columns("f", Filing, "sandbox_id", "state", "round", "mode", "edition_id", "alarm_at")
_PHONE = Columns("p", Phone, "number")


class _Search:
    """The challenges that an entry may mean, by a condition over what was typed."""

    def __init__(self, which: str) -> None:
        self._challenges = Prepared(
            "FROM verification_challenge c JOIN verification_filing f ON f.id = c.filing_id "
            f"JOIN verification_phone p ON p.id = c.phone_id WHERE {which} ORDER BY c.id",
            _CHALLENGE,
            filing=_FILING,
            phone=_PHONE,
        )
        concerned = f"SELECT c.filing_id FROM verification_challenge c WHERE {which}"  # noqa: S608  # of our own words
        self._lock_filings = Prepared(
            f"FROM verification_filing f WHERE f.state = '{FilingState.VERIFYING}' AND f.id IN ({concerned}) "
            "ORDER BY f.id FOR UPDATE",
            Columns("f", Filing, "id"),
        )

    def settled(self, sandbox: Sandbox, province: str | None, **typed: str) -> tuple[datetime, list[Challenge]]:
        """Those that a portal knows: its province's (V-14), or all for the national one, in the order of their ids.

        Their filings are under lock and have nothing due any more at the moment that comes with them.
        """
        values: dict[str, int | str] = {"sandbox": sandbox.pk, **typed}
        if sandbox.decides_after is not None:
            sandbox = lock_sandbox(sandbox)
        if connection.features.has_select_for_update:  # SQLite has locked everything when the transaction began
            self._lock_filings(**values)
        now = clock.now_anew(sandbox)
        found = self._challenges(**values)
        if late := {challenge.filing_id for challenge in found if challenge.filing.is_overdue(now)}:
            alarms.settle(sandbox, late, now=now)
            found = self._challenges(**values)
        return now, [challenge for challenge in found if province in (None, challenge.province)]


# The phone's key is looked up first, and the sandbox stands beside the code alone: otherwise the databases walk through
# every challenge of the sandbox. Of a phone only what can still be verified is of interest, in the words of its index,
# however much it has verified before; of a code also what has passed, for whoever enters it once more.
_OF_PHONE = (
    "c.phone_id = (SELECT id FROM verification_phone WHERE sandbox_id = %(sandbox)s AND number = %(phone)s) "
    "AND c.state IN ('waiting', 'open')"
)
_BY_PHONE = _Search(_OF_PHONE)
_BY_CODE_OR_PHONE = _Search(f"(c.sandbox_id = %(sandbox)s AND c.code = %(code)s OR {_OF_PHONE})")


# ── Checking an entry ────────────────────────────────────────────────────────


def check_entry(sandbox: Sandbox, *, province: str | None, code: str, phone: str, id_suffix: str, by: By) -> Answer:
    """Check the three pieces that a person typed on a portal (``province=None``: the national one) and answer.

    A right entry passes its challenge and, with the last one, moves the filing on (V-03, V-04, W-19); a wrong one is
    charged by V-07 and, at a limit of the edition, returns the filing (V-08, V-09, V-11, T-06). What is due is done
    first, under the same lock. The charge is committed before the answer is given.
    """
    entry = Entry(code=code, phone=phone, id_suffix=id_suffix)
    if sandbox.has_fault:
        return _answer(Outcome.NOT_FOUND, _edition_shown(sandbox, province, at=clock.now(sandbox)))
    guard = f"guard:{sandbox.pk}:{phone}"
    # Counted before anything is looked at, so that guesses at the same instant do not slip past the limit together.
    if not limits.allow(guard, limit=GUARD_LIMIT, seconds=GUARD_SECONDS):
        return _answer(Outcome.TRY_LATER, _edition_shown(sandbox, province, at=clock.now(sandbox)))
    with transaction.atomic():
        now, candidates = _BY_CODE_OR_PHONE.settled(sandbox, province, code=code, phone=phone)
        answer = _judge(candidates, entry, _edition_shown(sandbox, province, at=now), now=now, by=by)
    if answer.text != answer.edition.answers.not_found.value:
        limits.take_back(guard)
    return answer


def _edition_shown(sandbox: Sandbox, province: str | None, *, at: datetime) -> Edition:
    """The edition in whose words a portal says that there is nothing."""
    return edition_to_show(province, at=at, pinned=sandbox.pinned_edition or None)


_PIECES = ("code", "phone", "id")
#: The piece that is wrong, what that means, and whether each challenge that fits is charged, or the first alone.
_ONE_WRONG = (
    ("id", Outcome.WRONG_ID, False),
    ("code", Outcome.WRONG_CODE, True),
    ("phone", Outcome.NOT_FOUND, False),
)


def _judge(candidates: Sequence[Challenge], entry: Entry, edition: Edition, *, now: datetime, by: By) -> Answer:
    """Find the first row of the table that an open challenge matches: three pieces, then two of the three."""
    live = [challenge for challenge in candidates if _is_live(challenge, now)]
    live.sort(key=lambda c: (c.deadline_at, c.pk))
    spent = [challenge for challenge in live if _bears_no_more(challenge)]

    def matching(*pieces: str) -> list[Challenge]:
        return [c for c in live if c not in spent and all(_matches(c, entry, piece) for piece in pieces)]

    if exact := matching(*_PIECES):
        return _pass(exact[0], now=now, by=by)
    if last_straw := [c for c in spent if sum(_matches(c, entry, piece) for piece in _PIECES) > 1]:
        return _fail_all(last_straw, now=now)
    for wrong, outcome, are_all_charged in _ONE_WRONG:
        if found := matching(*(piece for piece in _PIECES if piece != wrong)):
            charged = sorted(found, key=lambda c: c.pk) if are_all_charged else found[:1]
            return _charge(charged, wrong, outcome, now=now)
    for challenge in candidates:
        if _was_passed(challenge) and all(_matches(challenge, entry, piece) for piece in _PIECES):
            return _answer(Outcome.ALREADY_DONE, _edition_of(challenge), name=challenge.name)
    return _answer(Outcome.NOT_FOUND, edition)


def _is_live(challenge: Challenge, now: datetime) -> bool:
    return challenge.state == ChallengeState.OPEN and challenge.deadline_at is not None and now < challenge.deadline_at


def _bears_no_more(challenge: Challenge) -> bool:
    """Whether it has been charged as often as its edition bears, so that the next entry, right or wrong, fails it."""
    borne = _edition_of(challenge).limits.tries_borne
    return borne is not None and challenge.tries >= borne.value


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


def _edition_of(challenge: Challenge) -> Edition:
    edition = challenge.filing.edition
    assert edition is not None, "a challenge exists only under an edition"
    return edition


_PENDING = (ChallengeState.WAITING, ChallengeState.OPEN)
_any_pending = Prepared(
    f"FROM verification_challenge c WHERE c.filing_id = %(filing)s AND c.state IN {tuple(map(str, _PENDING))} LIMIT 1",
    Columns("c", Challenge, "id"),
)


def _pass(challenge: Challenge, *, now: datetime, by: By) -> Answer:
    filing = challenge.filing
    this = Challenge.objects.filter(pk=challenge.pk)
    by = by.named(challenge.name)
    move_challenges(this, ChallengeState.PASSED, at=now, by=by, sandbox_id=filing.sandbox_id)
    if filing.mode == Mode.ANY:
        pending = Challenge.objects.filter(filing=filing, state__in=_PENDING)
        move_challenges(pending, ChallengeState.DROPPED, at=now)  # W-15
    elif _any_pending(filing=filing.pk):
        return _answer(Outcome.PARTIAL, _edition_of(challenge), name=challenge.name)
    move_filings([filing.pk], FilingState.REVIEWING, at=now, sandbox_id=filing.sandbox_id)
    return _answer(Outcome.ALL_DONE, _edition_of(challenge), name=challenge.name)


def _charge(challenges: Sequence[Challenge], piece: str, outcome: Outcome, *, now: datetime) -> Answer:
    """Charge a try to each challenge; the try that reaches a limit fails the challenge."""
    rows = Challenge.objects.filter(pk__in=[c.pk for c in challenges])
    is_id_error = 1 if piece == "id" else 0
    rows.update(tries=F("tries") + 1, id_errors=F("id_errors") + is_id_error)
    note_challenges(rows, EventKind.CHARGED, at=now, reason=piece)
    has_failed = False
    for challenge in rows.select_related("filing").order_by("pk"):
        if _reached_a_limit(challenge):
            has_failed = True
            _fail(challenge, now=now)
    first = challenges[0]
    return _answer(Outcome.FAILED if has_failed else outcome, _edition_of(first), name=first.name)


def _fail_all(challenges: Sequence[Challenge], *, now: datetime) -> Answer:
    """Fail the challenges by an entry that is not charged any more (T-06)."""
    for challenge in sorted(challenges, key=lambda c: c.pk):
        _fail(challenge, now=now)
    first = challenges[0]
    return _answer(Outcome.FAILED, _edition_of(first), name=first.name)


def _reached_a_limit(challenge: Challenge) -> bool:
    of_edition = _edition_of(challenge).limits
    used = ((of_edition.id_errors, challenge.id_errors), (of_edition.tries, challenge.tries))
    return any(limit is not None and count >= limit.value for limit, count in used)


def _fail(challenge: Challenge, *, now: datetime) -> None:
    """Fail the challenge and return its filing (D-03), unless another of its persons alone may still do (W-15)."""
    filing = challenge.filing
    move_challenges(Challenge.objects.filter(pk=challenge.pk), ChallengeState.FAILED, at=now)
    if filing.mode == Mode.ANY and _any_pending(filing=filing.pk):
        return
    return_filings([filing.pk], ReturnReason.FAILED, at=now)


# ── Sending again by hand ────────────────────────────────────────────────────


def send_again(
    sandbox: Sandbox,
    *,
    province: str | None,
    phone: str,
    id_suffix: str,
    by: By,  # noqa: ARG001  # as every call that tries something
) -> Answer:
    """Send the code of every open challenge of this phone and ID again, one message a filing (R-03, R-05).

    Repeats the code in force and moves no deadline (C-05). Not more than once a minute, of real time or of the
    sandbox's, and, where the edition has a quota, not more often than that (R-06); never counts as a try.
    """
    if sandbox.has_fault:
        return _answer(Outcome.NOTHING_TO_RESEND, _edition_shown(sandbox, province, at=clock.now(sandbox)))
    with transaction.atomic():
        now, candidates = _BY_PHONE.settled(sandbox, province, phone=phone)
        real = clock.real_now()
        found = [c for c in candidates if _is_live(c, now) and c.id_suffix == id_suffix]
        if not found:
            return _answer(Outcome.NOTHING_TO_RESEND, _edition_shown(sandbox, province, at=now))
        edition = _edition_of(found[0])
        with_quota = [challenge for challenge in found if _has_quota(challenge)]
        if not with_quota:
            return _answer(Outcome.QUOTA_USED_UP, edition)
        rested = [challenge.pk for challenge in with_quota if _is_rested(challenge, now, real)]
        if not rested:
            return _answer(Outcome.TOO_SOON, edition)
        rows = Challenge.objects.filter(pk__in=rested)
        rows.update(resends=F("resends") + 1, resent_at=now, resent_at_real=real)
        deliver(rows, MessageCause.MANUAL, at=now)
    return _answer(Outcome.RESENT, edition)


def _has_quota(challenge: Challenge) -> bool:
    quota = _edition_of(challenge).limits.resends
    return quota is None or challenge.resends < quota.value


def _is_rested(challenge: Challenge, now: datetime, real: datetime) -> bool:
    """Whether the pause is over in real time or on the sandbox's clock: whoever moves that has not to wait twice."""
    pause = timedelta(seconds=_edition_of(challenge).limits.resend_pause_seconds.value)
    last = ((challenge.resent_at_real, real), (challenge.resent_at, now))
    return challenge.resent_at_real is None or any(at is not None and at + pause <= here for at, here in last)


# ── The short link ───────────────────────────────────────────────────────────


def by_short_link(sandbox: Sandbox, token: str) -> Challenge | None:
    """The open challenge that a message's short link leads to (C-08); ``None`` once it is closed."""
    now = clock.now(sandbox)
    live = Challenge.objects.filter(sandbox=sandbox, state=ChallengeState.OPEN, deadline_at__gt=now)
    return live.filter(link_token=token).select_related("phone").first() if token else None
