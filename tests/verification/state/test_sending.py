import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from tests import world
from verification.models import Challenge, ChallengeState, Filing, Provider
from verification.state import alarms, sending
from verification.state.sending import draw_codes


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The next numbers that are drawn, which a test lays down; every one of them is used."""
    numbers: list[int] = []
    monkeypatch.setattr(sending, "seeds", SimpleNamespace(digits=lambda *_, count: f"{numbers.pop(0):0{count}d}"))
    yield numbers
    assert numbers == []


@pytest.mark.rule("C-01")
def test_code_is_six_digits_with_leading_zeros(provider: Provider, drawn: list[int]) -> None:
    drawn += [7, 999_999]
    assert draw_codes(provider.sandbox, "gs", [1, 2]) == ["000007", "999999"]


@pytest.mark.rule("C-01")
def test_codes_of_many_are_six_digits_each(provider: Provider) -> None:
    codes = draw_codes(provider.sandbox, "gs", range(500))
    assert len(set(codes)) == 500
    assert [code for code in codes if not re.fullmatch(r"[0-9]{6}", code)] == []


@pytest.mark.rule("C-02")
def test_live_code_is_drawn_again(provider: Provider, drawn: list[int]) -> None:
    drawn += [1, 2]
    world.submit_and_send(provider, world.first_filing(1, 2))
    drawn += [1, 3, 3, 2, 4]
    assert draw_codes(provider.sandbox, "gs", [1, 2]) == ["000004", "000003"]


@pytest.mark.rule("C-02")
def test_code_is_free_again_when_its_challenge_is_closed(provider: Provider, drawn: list[int]) -> None:
    drawn += [1, 2]
    filing = world.submit_and_send(provider, world.first_filing(1, 2))
    world.verify(filing, 1)
    free = filing.challenges.get(state=ChallengeState.PASSED).code
    drawn += [int(free)]
    assert draw_codes(provider.sandbox, "gs", [1]) == [free]


@pytest.mark.rule("C-02")
def test_other_provinces_and_sandboxes_have_their_own_codes(provider: Provider, drawn: list[int]) -> None:
    drawn += [1]
    world.submit_and_send(provider, world.first_filing(1, 1))
    drawn += [1, 1]
    world.submit_and_send(provider, world.first_filing(1, 1, domain=2, province="qh"))
    world.submit_and_send(world.new_provider(world.new_sandbox()), world.first_filing(1, 1))
    assert list(Challenge.objects.values_list("code", "state")) == [("000001", "open")] * 3


@pytest.mark.rule("C-02")
def test_two_live_codes_are_never_equal_in_the_database(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    one, two = (world.challenge_of(filing, who) for who in (1, 2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Challenge.objects.filter(pk=two.pk).update(code=one.code)


def test_open_challenge_has_a_code_and_a_deadline_in_the_database(provider: Provider) -> None:
    world.submit(provider)
    with pytest.raises(IntegrityError), transaction.atomic():
        Challenge.objects.update(state=ChallengeState.OPEN)


@pytest.mark.rule("C-03", "D-01")
def test_first_sending_opens_every_challenge_at_the_due_time(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 2, 3))
    world.move(provider.sandbox, "2017-12-20 11:11")
    columns = ("name", "state", "first_sent_at", "deadline_at", "closed_at")
    sent, ends = world.moment(world.SENT), world.moment(world.DEADLINE)
    assert list(filing.challenges.order_by("id").values_list(*columns)) == [
        (name, "open", sent, ends, None) for name in ("演甲1", "演乙2", "演丙3")
    ]


@pytest.mark.rule("C-03")
def test_nothing_has_a_code_before_the_first_sending(provider: Provider) -> None:
    filing = world.submit(provider)
    assert list(filing.challenges.values_list("state", "code")) == [("waiting", ""), ("waiting", "")]
    assert world.messages(provider.sandbox) == []


@pytest.mark.rule("C-02")
def test_sending_that_meets_a_code_drawn_meanwhile_draws_another(
    provider: Provider, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn += [1]
    world.submit_and_send(provider, world.first_filing(1, 1))
    late = world.submit(provider, world.first_filing(2, 2, domain=2))
    draws = iter([["000001"], ["000002"]])  # the first as if that code had come into being just now
    monkeypatch.setattr(sending, "draw_codes", lambda *_: next(draws))
    assert world.move(provider.sandbox, "2017-12-20 09:40") == 1
    assert world.code_of(late, 2) == "000002"
    assert Filing.objects.exclude(alarm_error="").count() == 0
    assert alarms.remaining(provider.sandbox) == 0
