"""Decisions on many filings: each has its own outcome, and none holds back another."""

from collections.abc import Callable, Sequence

import pytest

from tests import world
from tests.verification.editions.in_edition import place
from verification.acting import filings
from verification.acting.decisions import MOST_AT_ONCE, Decided, accept_many, approve_many, reject_many
from verification.asking import records
from verification.by import By
from verification.law.words import Kind
from verification.models import Filing, Provider, Subject
from verification.refusals import Refused


def reviewing(provider: Provider, serial: int, *, domain: int | None = None) -> Filing:
    """A filing whose only person has verified."""
    filing = world.submit(provider, world.first_filing(serial, serial, domain=domain or serial))
    world.pass_all(filing)
    return filing


def outcomes(decided: Sequence[Decided]) -> list[tuple[str, str]]:
    """Where each filing stands, and the code of its refusal."""
    return [(each.filing.state, each.refusal.code if each.refusal else "") for each in decided]


def decision_in(filing: Filing) -> tuple[str, str, str]:
    """The last line of a filing's history: what, by whom, in which words."""
    last = filing.events.latest("id")
    return last.kind, last.actor, last.detail


@pytest.mark.rule("D-06")
def test_accepted_filings_get_numbers_in_their_order(provider: Provider) -> None:
    made = [reviewing(provider, serial) for serial in (1, 2, 3)]
    chosen = [made[2], made[0], made[1]]
    assert outcomes(accept_many(chosen, by=world.OFFICER)) == [("accepted", "")] * 3
    assert [decision_in(filing) for filing in chosen] == [
        ("filing.accepted", "王科员", f"陇ICP备17{serial:06d}号") for serial in (1, 2, 3)
    ]


@pytest.mark.rule("D-06")
def test_rejected_filings_share_one_reason(provider: Provider) -> None:
    made = [reviewing(provider, serial) for serial in (1, 2)]
    assert outcomes(reject_many(made, by=world.OFFICER, reason=" 名称不符 ")) == [("returned", "")] * 2
    assert [decision_in(filing) for filing in made] == [("filing.returned", "王科员", "名称不符")] * 2


@pytest.mark.rule("W-23")
def test_approved_filings_begin_their_verification(db: None) -> None:
    there = place("miit-2018")
    made = [there.ask(Kind.CHANGE_PHONE) for _ in range(2)]
    assert outcomes(approve_many(made, by=world.OFFICER)) == [("verifying", "")] * 2
    approvals = [filing.events.get(kind="filing.approved") for filing in made]
    assert [(event.actor, world.shown(event.at)) for event in approvals] == [("王科员", "2018-10-08 09:30")] * 2


def test_each_filing_has_its_own_outcome(provider: Provider) -> None:
    waiting = world.submit(provider, world.first_filing(1, 1))
    decided, first, same_domain, last = (
        reviewing(provider, serial, domain=domain) for serial, domain in ((2, 2), (3, 3), (4, 3), (5, 5))
    )
    filings.reject(Filing.objects.get(pk=decided.pk), by=By.machine("李科员"), reason="材料不全")  # behind our back
    chosen = [waiting, decided, first, same_domain, last]
    assert outcomes(accept_many(chosen, by=world.OFFICER)) == [
        ("verifying", "not_in_review"),
        ("returned", "not_in_review"),
        ("accepted", ""),
        ("reviewing", "records_changed"),
        ("accepted", ""),
    ]
    assert decision_in(decided) == ("filing.returned", "李科员", "材料不全")
    assert Subject.objects.count() == 2


def test_error_of_the_program_leaves_what_was_decided_before_it(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [reviewing(provider, serial) for serial in (1, 2, 3)]
    apply = records.apply

    def fail_once(filing: Filing, **moment: object) -> Subject:
        if filing == made[1]:
            raise RuntimeError
        return apply(filing, **moment)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(records, "apply", fail_once)
    with pytest.raises(RuntimeError):
        accept_many(made, by=world.OFFICER)
    assert [world.standing(filing)[0] for filing in made] == ["accepted", "reviewing", "reviewing"]


@pytest.mark.parametrize(("reason", "code"), [(" ", "reason_required"), ("长" * 501, "reason_too_long")])
def test_many_are_not_rejected_without_a_reason_that_fits(provider: Provider, reason: str, code: str) -> None:
    filing = reviewing(provider, 1)
    with pytest.raises(Refused) as refused:
        reject_many([filing], by=world.OFFICER, reason=reason)
    assert refused.value.code == code
    assert world.standing(filing) == ("reviewing", "", 1)


def accept(chosen: Sequence[Filing]) -> None:
    accept_many(chosen, by=world.OFFICER)


def reject(chosen: Sequence[Filing]) -> None:
    reject_many(chosen, by=world.OFFICER, reason="材料不全")


def approve(chosen: Sequence[Filing]) -> None:
    approve_many(chosen, by=world.OFFICER)


@pytest.mark.parametrize("decide", [accept, reject, approve])
def test_more_than_may_be_decided_at_once_are_left_alone(
    provider: Provider, decide: Callable[[Sequence[Filing]], None]
) -> None:
    filing = reviewing(provider, 1)
    with pytest.raises(Refused) as refused:
        decide([filing] * (MOST_AT_ONCE + 1))
    assert refused.value.code == "too_many_filings"
    assert world.standing(filing) == ("reviewing", "", 1)
