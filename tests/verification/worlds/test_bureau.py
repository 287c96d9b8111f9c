"""管局自动审核 as it is set: what waits already follows, and nothing is decided that an earlier setting has decided."""

import pytest

from tests import world
from tests.world import moment, shown
from verification.models import Filing, Provider, Sandbox
from verification.refusals import SubmissionRefused
from verification.state import alarms
from verification.worlds.bureau import AutomaticReview, checked_review, review_of, set_review
from verification.worlds.sandboxes import start

ACCEPT = AutomaticReview(2)
REFUSE = AutomaticReview(2, 1, "材料不全")


def alarm_of(filing: Filing) -> tuple[str, str, str]:
    filing.refresh_from_db()
    return filing.alarm_kind, shown(filing.alarm_at), filing.alarm_error


def test_setting_is_kept_and_turned_off_again(sandbox: Sandbox) -> None:
    assert review_of(sandbox) is None
    for review in (REFUSE, ACCEPT, None):
        set_review(sandbox, review)
        assert (review_of(sandbox), review_of(Sandbox.objects.get())) == (review, review)


def test_what_waits_already_is_due_from_when_it_came_to_wait(provider: Provider) -> None:
    sandbox = provider.sandbox
    early = world.submit_for_review(provider, 1)
    world.move(sandbox, "2017-12-21 15:00")
    late = world.submit_for_review(provider, 2)
    sending = world.submit(provider, world.first_filing(3, 3, domain=30))
    set_review(sandbox, ACCEPT)
    assert [alarm_of(filing)[:2] for filing in (early, late, sending)] == [
        ("decision", "2017-12-22 09:30"),
        ("decision", "2017-12-25 15:00"),
        ("send", "2017-12-21 15:05"),
    ]
    set_review(sandbox, AutomaticReview(5))
    assert [alarm_of(filing)[1] for filing in (early, late)] == ["2017-12-27 09:30", "2017-12-28 15:00"]
    set_review(sandbox, None)
    assert [alarm_of(filing)[0] for filing in (early, late, sending)] == ["", "", "send"]
    assert world.move(sandbox, "2018-03-01 00:00") == 3
    assert world.standing(early) == ("reviewing", "", 1)


def test_whose_time_is_over_already_is_decided_at_this_moment(provider: Provider) -> None:
    filing = world.submit_for_review(provider, 1)
    world.move(provider.sandbox, "2018-01-31 10:00")
    set_review(provider.sandbox, ACCEPT)
    assert alarm_of(filing) == ("decision", "2018-01-31 10:00", "")
    assert alarms.run_due(provider.sandbox) == 1
    assert world.history(filing)[-1] == (1, "filing.accepted", "2018-01-31 10:00", "")


@pytest.mark.parametrize("later", [None, ACCEPT])
def test_what_was_due_is_decided_by_the_setting_of_before(provider: Provider, later: AutomaticReview | None) -> None:
    set_review(provider.sandbox, REFUSE)
    filing = world.submit_for_review(provider, 1)
    world.move_without_jobs(provider.sandbox, "2017-12-25 10:00")
    set_review(provider.sandbox, later)
    assert world.standing(filing) == ("returned", "rejected", 1)
    assert world.history(filing)[-1][2] == "2017-12-22 09:30"


def test_round_that_comes_again_counts_from_its_own_arrival(provider: Provider) -> None:
    filing = world.submit_for_review(provider, 1)
    world.reject(filing)
    world.move(provider.sandbox, "2017-12-21 10:00")
    world.resubmit(filing)
    set_review(provider.sandbox, ACCEPT)
    assert alarm_of(filing)[:2] == ("decision", "2017-12-25 10:00")


def test_what_was_set_aside_is_taken_up_with_a_new_setting(provider: Provider) -> None:
    set_review(provider.sandbox, ACCEPT)
    filing = world.submit_for_review(provider, 1)
    Filing.objects.update(alarm_error="ValueError")
    set_review(provider.sandbox, None)
    assert alarm_of(filing) == ("", "", "")
    assert alarms.count_set_aside() == 0


def test_other_sandboxes_are_left_alone(provider: Provider) -> None:
    other = world.submit_for_review(world.new_provider(world.new_sandbox()), 1)
    set_review(provider.sandbox, ACCEPT)
    assert alarm_of(other) == ("", "", "")


@pytest.mark.django_db
def test_sandbox_can_begin_with_a_bureau_that_decides_by_itself() -> None:
    begun = start(scenario="2018-z", review=REFUSE)
    assert review_of(Sandbox.objects.get()) == REFUSE
    waiting = Filing.objects.filter(sandbox=begun.sandbox, state="prereview")
    assert [alarm_of(filing)[:2] for filing in waiting] == [("decision", "2018-09-12 09:30")]


@pytest.mark.parametrize(
    ("days", "every", "reason", "expected"),
    [
        (None, None, "  ", None),
        (1, None, "", AutomaticReview(1)),
        (20, 100, " 材料不全 ", AutomaticReview(20, 100, "材料不全", "请补交")),
    ],
)
def test_setting_is_read_as_it_was_typed(
    days: int | None, every: int | None, reason: str, expected: AutomaticReview | None
) -> None:
    assert checked_review(days, every, reason, " 请补交 " if every else " ") == expected


@pytest.mark.parametrize(
    ("days", "every", "reason", "errors"),
    [
        (0, None, "", [("after_working_days", "out_of_range")]),
        (21, None, "", [("after_working_days", "out_of_range")]),
        (None, 3, "材料不全", [("after_working_days", "required")]),
        (3, None, "材料不全", [("refuse_every", "required")]),
        (3, 0, "材料不全", [("refuse_every", "out_of_range")]),
        (3, 101, " ", [("refuse_every", "out_of_range"), ("reason", "reason_required")]),
        (3, 2, "长" * 501, [("reason", "reason_too_long")]),
    ],
)
def test_setting_that_cannot_be_is_refused_with_all_that_is_wrong(
    days: int | None, every: int | None, reason: str, errors: list[tuple[str, str]]
) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        checked_review(days, every, reason)
    assert [(error.path, error.code) for error in refused.value.errors] == errors


@pytest.mark.parametrize(
    ("days", "every", "suggestion", "errors"),
    [
        (None, None, "请补交", [("after_working_days", "required"), ("refuse_every", "required")]),
        (3, None, "请补交", [("refuse_every", "required")]),
        (3, 2, "长" * 501, [("suggestion", "suggestion_too_long")]),
    ],
)
def test_suggestion_that_cannot_be_is_refused(
    days: int | None, every: int | None, suggestion: str, errors: list[tuple[str, str]]
) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        checked_review(days, every, "材料不全" if every else "", suggestion)
    assert [(error.path, error.code) for error in refused.value.errors] == errors


def test_moment_of_the_setting_is_the_clocks(provider: Provider) -> None:
    """A clock that was moved since the sandbox was loaded counts as it stands."""
    filing = world.submit_for_review(provider, 1)
    old = Sandbox.objects.get(pk=provider.sandbox_id)
    world.move_without_jobs(provider.sandbox, "2018-01-31 10:00")
    set_review(old, ACCEPT)
    filing.refresh_from_db()
    assert filing.alarm_at == moment("2018-01-31 10:00")
