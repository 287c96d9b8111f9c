"""核验: checking an entry, and sending the message again by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from verification import attempts
from verification.acting.verdicts import Entry, Verdict, edition_of, is_live, judge, with_due_done
from verification.attempts import Trying
from verification.by import By
from verification.law.editions import Edition, edition_to_show
from verification.law.words import Mode, Outcome
from verification.models import (
    AttemptKind,
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
    pass_challenge,
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
    *("tries", "id_errors", "resends", "resent_at", "resent_at_real"),
)
_FILING = Columns(
    "f",
    Filing,
    *("sandbox_id", "state", "round", "mode", "edition_id", "deadline_at", "alarm_at", "alarm_kind", "alarm_error"),
)
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
        return now, _known_to(province, found)

    def unsettled(self, sandbox: Sandbox, province: str | None, **typed: str) -> list[Challenge]:
        """The same as they stand, without a lock; something may be due for their filings."""
        return _known_to(province, self._challenges(sandbox=sandbox.pk, **typed))


def _known_to(province: str | None, found: Sequence[Challenge]) -> list[Challenge]:
    return [challenge for challenge in found if province in (None, challenge.province)]


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
    this = clock.tried(sandbox, AttemptKind.ENTRY, by=by)
    this.number = phone
    if sandbox.has_fault:
        return _turned_away(this, Outcome.NOT_FOUND, sandbox, province)
    guard = _guard(sandbox, phone)
    # Counted before anything is looked at, so that guesses at the same instant do not slip past the limit together.
    if not limits.allow(guard, limit=GUARD_LIMIT, seconds=GUARD_SECONDS):
        return _turned_away(this, Outcome.TRY_LATER, sandbox, province)
    with transaction.atomic():
        this.at, candidates = _BY_CODE_OR_PHONE.settled(sandbox, province, code=code, phone=phone)
        now = this.at
        verdict = judge(candidates, entry, now=now, is_last=_is_last)
        _act(verdict, now=now, by=by)
        this.piece = verdict.piece
        _write(this, verdict.outcome, verdict.challenges, is_news=not verdict.changes_something)
        answer = _answer_to(verdict, shown=_edition_shown(sandbox, province, at=now))
    if answer.text != answer.edition.answers.not_found.value:
        limits.take_back(guard)
    return answer


def _turned_away(this: Trying, outcome: Outcome, sandbox: Sandbox, province: str | None) -> Answer:
    """What the portal answers without having looked at anything."""
    with transaction.atomic():
        _write(this, outcome)
    return _answer(outcome, _edition_shown(sandbox, province, at=this.at))


def _write(this: Trying, outcome: Outcome, meant: Sequence[Challenge] = (), *, is_news: bool = True) -> None:
    """Write the line of an attempt; ``meant`` are the challenges that it is about, of which it names the first."""
    this.outcome = outcome.value
    if meant:
        this.challenge_id, this.filing_id = meant[0].pk, meant[0].filing_id
    attempts.write(this, is_news=is_news)


def foresee_entry(sandbox: Sandbox, *, province: str | None, code: str, phone: str, id_suffix: str) -> Outcome:
    """What :func:`check_entry` would answer now. Charges nothing, counts nothing, takes no lock and writes nothing.

    What is due is taken as done, but for decisions of a bureau that decides by itself: while one of those is overdue,
    the answer may be another.
    """
    if sandbox.has_fault:
        return Outcome.NOT_FOUND
    if limits.counted(_guard(sandbox, phone)) >= GUARD_LIMIT:
        return Outcome.TRY_LATER
    now = clock.now_anew(sandbox)
    candidates = with_due_done(_BY_CODE_OR_PHONE.unsettled(sandbox, province, code=code, phone=phone), now=now)
    return judge(candidates, Entry(code=code, phone=phone, id_suffix=id_suffix), now=now, is_last=_is_last).outcome


def _guard(sandbox: Sandbox, phone: str) -> str:
    return f"guard:{sandbox.pk}:{phone}"


def _edition_shown(sandbox: Sandbox, province: str | None, *, at: datetime) -> Edition:
    """The edition in whose words a portal says that there is nothing."""
    return edition_to_show(province, at=at, pinned=sandbox.pinned_edition or None)


_PENDING = (ChallengeState.WAITING, ChallengeState.OPEN)
_other_pending = Prepared(
    f"FROM verification_challenge c WHERE c.filing_id = %(filing)s AND c.state IN {tuple(map(str, _PENDING))} "
    "AND c.id <> %(this)s LIMIT 1",
    Columns("c", Challenge, "id"),
)


def _is_last(challenge: Challenge) -> bool:
    """Whether nobody else of the filing has still to verify."""
    return not _other_pending(filing=challenge.filing_id, this=challenge.pk)


def _answer_to(verdict: Verdict, *, shown: Edition) -> Answer:
    if not verdict.challenges:
        return _answer(verdict.outcome, shown)
    first = verdict.challenges[0]
    return _answer(verdict.outcome, edition_of(first), name=first.name)


def _act(verdict: Verdict, *, now: datetime, by: By) -> None:
    """Do what follows from an entry. The caller holds the locks under which it was judged.

    Of a wrong entry histories show no name, since whoever typed it may be anybody.
    """
    if verdict.passes:
        _pass(verdict.challenges[0], is_last=verdict.outcome is Outcome.ALL_DONE, now=now, by=by)
    if verdict.is_charged:
        _charge(verdict.challenges, verdict.piece, now=now, by=by.named(""))
    for challenge in verdict.failing:
        _fail(challenge, now=now, by=by.named(""))


def _pass(challenge: Challenge, *, is_last: bool, now: datetime, by: By) -> None:
    filing, by = challenge.filing, by.named(challenge.name)
    is_alone = filing.mode == Mode.ANY
    pass_challenge(challenge, at=now, by=by, is_last=is_last and not is_alone)
    if is_alone:  # W-15
        pending = Challenge.objects.filter(filing=filing, state__in=_PENDING)
        move_challenges(pending, ChallengeState.DROPPED, at=now)
        move_filings([filing.pk], FilingState.REVIEWING, at=now, sandbox_id=filing.sandbox_id)


def _charge(challenges: Sequence[Challenge], piece: str, *, now: datetime, by: By) -> None:
    rows = Challenge.objects.filter(pk__in=[c.pk for c in challenges])
    is_id_error = 1 if piece == "id" else 0
    rows.update(tries=F("tries") + 1, id_errors=F("id_errors") + is_id_error)
    note_challenges(rows, EventKind.CHARGED, at=now, by=by, reason=piece)


def _fail(challenge: Challenge, *, now: datetime, by: By) -> None:
    """Fail the challenge and return its filing (D-03), unless another of its persons alone may still do (W-15)."""
    filing = challenge.filing
    move_challenges(Challenge.objects.filter(pk=challenge.pk), ChallengeState.FAILED, at=now, by=by)
    if filing.mode == Mode.ANY and not _is_last(challenge):
        return
    return_filings([filing.pk], ReturnReason.FAILED, at=now, by=by)


# ── Sending again by hand ────────────────────────────────────────────────────


def send_again(
    sandbox: Sandbox,
    *,
    province: str | None,
    phone: str,
    id_suffix: str,
    by: By,
) -> Answer:
    """Send the code of every open challenge of this phone and ID again, one message a filing (R-03, R-05).

    Repeats the code in force and moves no deadline (C-05). Not more than once a minute, of real time or of the
    sandbox's, and, where the edition has a quota, not more often than that (R-06); never counts as a try.
    """
    this = clock.tried(sandbox, AttemptKind.RESEND, by=by)
    this.number = phone
    if sandbox.has_fault:
        return _turned_away(this, Outcome.NOTHING_TO_RESEND, sandbox, province)
    with transaction.atomic():
        this.at, candidates = _BY_PHONE.settled(sandbox, province, phone=phone)
        found = [c for c in candidates if is_live(c, this.at) and c.id_suffix == id_suffix]
        outcome, rested = _what_may_be_sent(found, this)
        if rested:
            rows = Challenge.objects.filter(pk__in=[challenge.pk for challenge in rested])
            rows.update(resends=F("resends") + 1, resent_at=this.at, resent_at_real=this.real_at)
            deliver(rows, MessageCause.MANUAL, at=this.at, by=by.named(""))
        _write(this, outcome, rested or found, is_news=not rested)
    return _answer(outcome, edition_of(found[0]) if found else _edition_shown(sandbox, province, at=this.at))


def _what_may_be_sent(found: Sequence[Challenge], this: Trying) -> tuple[Outcome, Sequence[Challenge]]:
    """The answer to somebody who asks for another message, and the challenges whose codes are sent."""
    if not found:
        return Outcome.NOTHING_TO_RESEND, ()
    with_quota = [challenge for challenge in found if _has_quota(challenge)]
    if not with_quota:
        return Outcome.QUOTA_USED_UP, ()
    rested = [challenge for challenge in with_quota if _is_rested(challenge, this.at, this.real_at)]
    return (Outcome.RESENT, rested) if rested else (Outcome.TOO_SOON, ())


def _has_quota(challenge: Challenge) -> bool:
    quota = edition_of(challenge).limits.resends
    return quota is None or challenge.resends < quota.value


def _is_rested(challenge: Challenge, now: datetime, real: datetime) -> bool:
    """Whether the pause is over in real time or on the sandbox's clock: whoever moves that has not to wait twice."""
    pause = timedelta(seconds=edition_of(challenge).limits.resend_pause_seconds.value)
    last = ((challenge.resent_at_real, real), (challenge.resent_at, now))
    return challenge.resent_at_real is None or any(at is not None and at + pause <= here for at, here in last)


# ── The short link ───────────────────────────────────────────────────────────


def by_short_link(sandbox: Sandbox, token: str) -> Challenge | None:
    """The open challenge that a message's short link leads to (C-08); ``None`` once it is closed."""
    now = clock.now(sandbox)
    live = Challenge.objects.filter(sandbox=sandbox, state=ChallengeState.OPEN, deadline_at__gt=now)
    return live.filter(link_token=token).select_related("phone").first() if token else None
