import pytest
from django.db import transaction
from django.db.models import F
from time_machine import TimeMachineFixture

from tests import world
from verification.acting import challenges, filings
from verification.by import By
from verification.law.identity import suffix_of
from verification.models import (
    Challenge,
    ChallengeState,
    Change,
    Event,
    EventKind,
    Filing,
    FilingState,
    Participant,
    Provider,
    ReturnReason,
    Sandbox,
)
from verification.outside import webhooks
from verification.state.transitions import (
    CHALLENGE_MOVES,
    FILING_MOVES,
    IllegalMove,
    legal_origins,
    lock_filings,
    move_challenges,
    move_filings,
    note,
    note_challenges,
    pass_challenge,
    return_filings,
)

AT = world.moment("2017-12-20 10:00")


def put(filing: Filing, state: FilingState) -> None:
    """Write a state past the door, to try the door from there."""
    Filing.objects.filter(pk=filing.pk).update(
        state=state,
        alarm_at=None,
        alarm_kind="",
        return_reason="withdrawn" if state is FilingState.RETURNED else "",
    )


# ── Both tables, move by move ────────────────────────────────────────────────


def test_table_of_filings_is_that_of_the_design() -> None:
    returned = FilingState.RETURNED
    assert {
        FilingState.SUBMITTED: {FilingState.PREREVIEW, FilingState.VERIFYING, FilingState.REVIEWING, returned},
        FilingState.PREREVIEW: {FilingState.VERIFYING, FilingState.REVIEWING, returned},
        FilingState.VERIFYING: {FilingState.REVIEWING, returned},
        FilingState.REVIEWING: {FilingState.ACCEPTED, returned},
        FilingState.RETURNED: {FilingState.SUBMITTED},
        FilingState.ACCEPTED: set(),
    } == FILING_MOVES


def test_table_of_challenges_is_that_of_the_design() -> None:
    ends = {ChallengeState.PASSED, ChallengeState.FAILED, ChallengeState.EXPIRED, ChallengeState.DROPPED}
    assert {
        ChallengeState.WAITING: {ChallengeState.OPEN, ChallengeState.DROPPED},
        ChallengeState.OPEN: ends,
        **{end: set() for end in ends},
    } == CHALLENGE_MOVES


@pytest.mark.parametrize("to", FilingState)
def test_filing_moves_exactly_as_the_table_says(provider: Provider, to: FilingState) -> None:
    filing = world.submit(provider)
    reason = ReturnReason.WITHDRAWN.value if to is FilingState.RETURNED else ""
    for origin in FilingState:
        put(filing, origin)
        before, expected = world.history(filing), (1, f"filing.{to}", "2017-12-20 10:00", "")
        if to in FILING_MOVES[origin]:
            move_filings([filing.pk], to, at=AT, reason=reason)
            assert world.standing(filing) == (to, reason, 1)
            assert world.history(filing) == [*before, expected]
        else:
            with pytest.raises(IllegalMove), transaction.atomic():
                move_filings([filing.pk], to, at=AT, reason=reason)
            assert world.standing(filing)[0] == origin
            assert world.history(filing) == before


@pytest.mark.parametrize("to", [state for state in ChallengeState if state != ChallengeState.WAITING])
def test_challenge_moves_exactly_as_the_table_says(provider: Provider, to: ChallengeState) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    mine = Challenge.objects.filter(filing=filing)
    kind = EventKind.OPENED if to is ChallengeState.OPEN else f"challenge.{to}"
    closed_at = None if to is ChallengeState.OPEN else AT
    for origin in ChallengeState:
        mine.update(state=origin, code="123456", first_sent_at=AT, deadline_at=AT, closed_at=None)
        before = world.history(filing)
        if to in CHALLENGE_MOVES[origin]:
            assert move_challenges(mine, to, at=AT) == 1
            assert mine.values_list("state", "closed_at").get() == (to, closed_at)
            assert world.history(filing) == [*before, (1, kind, "2017-12-20 10:00", "演甲1")]
        else:
            assert move_challenges(mine, to, at=AT) == 0
            assert mine.values_list("state", "closed_at").get() == (origin, None)
            assert world.history(filing) == before


def test_origins_of_a_move_are_read_from_the_table() -> None:
    assert legal_origins(FILING_MOVES, FilingState.VERIFYING) == [FilingState.SUBMITTED, FilingState.PREREVIEW]
    assert legal_origins(CHALLENGE_MOVES, ChallengeState.WAITING) == []


# ── Who hears of it ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_sandbox_known", [False, True])
@pytest.mark.parametrize("of", ["filing", "challenge"])
def test_what_is_noted_is_news_of_the_sandbox_and_goes_into_the_outbox(
    provider: Provider, of: str, is_sandbox_known: bool
) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    endpoint = webhooks.add_endpoint(provider, "https://example.com/")
    before = Change.objects.count()
    known = {"sandbox_id": provider.sandbox_id} if is_sandbox_known else {}
    if of == "filing":
        note(Filing.objects.filter(pk=filing.pk), EventKind.APPROVED, at=AT, **known)
    else:
        note_challenges(Challenge.objects.filter(filing=filing), EventKind.CHARGED, at=AT, **known)
    assert list(Change.objects.order_by("id")[before:].values_list("sandbox", flat=True)) == [provider.sandbox_id]
    kinds = {"filing": "filing.approved", "challenge": "challenge.charged"}
    assert list(endpoint.deliveries.values_list("event__kind", flat=True)) == [kinds[of]]


# ── One transaction, one set ─────────────────────────────────────────────────


def test_one_filing_that_may_not_move_keeps_all_from_moving(provider: Provider) -> None:
    first, second = (world.submit(provider, world.first_filing(1, domain=n)) for n in (1, 2))
    put(second, FilingState.ACCEPTED)
    with pytest.raises(IllegalMove, match="only 1 of 2 filings may become reviewing"), transaction.atomic():
        move_filings([first.pk, second.pk], FilingState.REVIEWING, at=AT)
    assert world.standing(first) == (FilingState.VERIFYING, "", 1)
    assert [world.whats(filing) for filing in (first, second)] == [["filing.submitted", "filing.verifying"]] * 2


@pytest.mark.parametrize(("of_challenge", "of_filing"), [("passed", "verifying"), ("open", "accepted")])
def test_nothing_passes_where_challenge_or_filing_may_not(
    provider: Provider, of_challenge: str, of_filing: str
) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    put(filing, FilingState(of_filing))
    mine = Challenge.objects.filter(filing=filing)
    mine.update(state=of_challenge, code="123456", first_sent_at=AT, deadline_at=AT, closed_at=AT)
    before = world.history(filing)
    with pytest.raises(IllegalMove), transaction.atomic():
        pass_challenge(mine.get(), at=AT, by=world.FILER, is_last=True)
    assert mine.get().state == of_challenge
    assert world.standing(filing)[0] == of_filing
    assert world.history(filing) == before


def test_event_goes_back_with_the_transaction_of_its_move(provider: Provider) -> None:
    filing = world.submit(provider)
    with pytest.raises(RuntimeError), transaction.atomic():
        move_filings([filing.pk], FilingState.REVIEWING, at=AT)
        raise RuntimeError
    assert world.standing(filing) == (FilingState.VERIFYING, "", 1)
    assert world.whats(filing) == ["filing.submitted", "filing.verifying"]


def test_move_of_no_filing_writes_nothing(provider: Provider) -> None:
    move_filings([], FilingState.REVIEWING, at=AT)
    assert Event.objects.count() == 0


def test_move_may_take_its_time_from_each_filing(provider: Provider) -> None:
    first = world.submit(provider)
    world.move(provider.sandbox, "2017-12-20 09:32")
    second = world.submit(provider, world.first_filing(3, 4, domain=2))
    move_filings([first.pk, second.pk], FilingState.REVIEWING, at=F("alarm_at"))
    assert [world.history(filing)[-1][1:3] for filing in (first, second)] == [
        ("filing.reviewing", "2017-12-20 09:35"),
        ("filing.reviewing", "2017-12-20 09:37"),
    ]


def test_move_clears_the_alarm_and_its_error(provider: Provider) -> None:
    filing = world.submit(provider)
    Filing.objects.filter(pk=filing.pk).update(alarm_error="ValueError: boom")
    move_filings([filing.pk], FilingState.REVIEWING, at=AT)
    filing.refresh_from_db()
    assert (filing.alarm_at, filing.alarm_kind, filing.alarm_error) == (None, "", "")


def test_event_carries_actor_reason_and_detail(provider: Provider) -> None:
    filing = world.submit(provider)
    return_filings([filing.pk], ReturnReason.WITHDRAWN, at=AT, by=world.PROVIDER, detail="资料有误")
    assert list(filing.events.order_by("id").values_list("kind", "actor", "reason", "detail"))[2:] == [
        ("challenge.dropped", "接入商", "", ""),
        ("challenge.dropped", "接入商", "", ""),
        ("filing.returned", "接入商", "withdrawn", "资料有误"),
    ]
    filing.refresh_from_db()
    assert (filing.return_reason, filing.return_detail) == ("withdrawn", "资料有误")


# ── What a return does to the challenges ─────────────────────────────────────


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (ReturnReason.DEADLINE, {"演甲1": "passed", "演乙2": "expired", "演丙3": "expired"}),
        (ReturnReason.FAILED, {"演甲1": "passed", "演乙2": "dropped", "演丙3": "dropped"}),
        (ReturnReason.WITHDRAWN, {"演甲1": "passed", "演乙2": "dropped", "演丙3": "dropped"}),
        (ReturnReason.REJECTED, {"演甲1": "passed", "演乙2": "dropped", "演丙3": "dropped"}),
    ],
)
def test_return_closes_what_is_open_and_keeps_what_has_passed(
    provider: Provider, reason: ReturnReason, expected: dict[str, str]
) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 2, 3))
    world.verify(filing, 1)
    return_filings([filing.pk], reason, at=F("alarm_at") if reason is ReturnReason.DEADLINE else AT)
    assert world.standing(filing) == (FilingState.RETURNED, reason, 1)
    assert world.states(filing) == expected


def test_filings_are_locked_in_the_order_of_their_ids(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(1, 2, domain=n)) for n in (1, 2, 3)]
    ids = [filing.pk for filing in made]
    with transaction.atomic():
        assert [filing.pk for filing in lock_filings(list(reversed(ids)))] == ids


def test_lines_know_when_in_real_time_and_by_whom_they_were_written(
    provider: Provider, time_machine: TimeMachineFixture
) -> None:
    real = world.moment("2026-01-05 10:00")
    time_machine.move_to(real, tick=False)
    participant = Participant.objects.create(sandbox=provider.sandbox, name="小王", joined_at=real)
    by = By.participant(participant)
    filing = filings.submit(provider, world.first_filing(1, 1), by=by)
    world.move(provider.sandbox, world.SENT)
    data = world.person(1)
    entry = {"code": world.code_of(filing, 1), "phone": data.phone, "id_suffix": suffix_of(data.id_number)}
    sandbox = Sandbox.objects.get()
    challenges.check_entry(sandbox, province="gs", **{**entry, "id_suffix": world.WRONG_ID}, by=by)
    challenges.send_again(sandbox, province="gs", phone=entry["phone"], id_suffix=entry["id_suffix"], by=by)
    challenges.check_entry(sandbox, province="gs", **entry, by=by)
    world.accept(filing)
    who = [("小王" if row == participant.pk else row) for row in filing.events.values_list("participant", flat=True)]
    assert list(zip(world.whats(filing), filing.events.values_list("actor", flat=True), who, strict=True)) == [
        ("filing.submitted", "小王", "小王"),
        ("filing.verifying", "", None),
        ("challenge.opened", "", None),
        ("challenge.charged", "", "小王"),
        ("challenge.resent", "", "小王"),
        ("challenge.passed", data.name, "小王"),
        ("filing.reviewing", "", None),
        ("filing.accepted", world.OFFICER.name, None),
    ]
    assert set(filing.events.values_list("real_at", flat=True)) == {real}
    participant.delete()
    assert set(filing.events.values_list("participant", flat=True)) == {None}
