"""A sandbox's seed: the same acts draw the same again, whatever the jobs do; another seed draws other things."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from tests import world
from tests.world import at_once
from verification import seeds
from verification.models import Challenge, Filing, Message, Sandbox
from verification.models.sandbox import new_seed
from verification.state import alarms
from verification.worlds import sandboxes

LINKS = "2018-10-08 09:30"  # codes come with a short link then


@pytest.mark.rule("C-01")
def test_what_is_drawn_follows_from_the_seed_and_from_what_it_is_for() -> None:
    """Written down once: guides and demonstrations that were made earlier show these."""
    assert seeds.digits("seed", "code", ["20171220000007", 1, "13900000001"], 0, count=6) == "407263"
    assert seeds.token("seed", "link", "20171220000007", 1, "13900000001", size=9) == "RAwD1Z0Av4b_"


@pytest.mark.parametrize(
    ("seed", "what", "key"),
    [
        ("seed2", "code", ("1", 1)),
        ("seed", "link", ("1", 1)),
        ("seed", "code", ("1", 2)),
        ("seed", "code", ("11",)),
        ("seed", "code", (1, 1)),
        ("seed", "code", (["1", 1],)),
    ],
)
def test_another_seed_or_thing_draws_otherwise(seed: str, what: str, key: tuple[Any, ...]) -> None:
    assert seeds.token(seed, what, *key, size=32) != seeds.token("seed", "code", "1", 1, size=32)


@pytest.mark.rule("C-01")
def test_digits_are_drawn_evenly_and_keep_their_zeros() -> None:
    drawn = [seeds.digits("seed", "code", place, count=1) for place in range(10_000)]
    assert sorted(set(drawn)) == [*"0123456789"]
    assert all(900 < count < 1100 for count in Counter(drawn).values())
    assert seeds.digits("seed", "code", 0, count=80)[:2] == "00"


def test_seed_of_a_sandbox_is_random_unless_it_is_given(db: None) -> None:
    made = [sandboxes.start(scenario="2017-gs", seed=seed).sandbox.seed for seed in ("", "", "demo")]
    assert (len(set(made)), made[2]) == (3, "demo")
    assert [bool(re.fullmatch(r"[0-9a-f]{32}", seed)) for seed in (*made[:2], new_seed())] == [True] * 3


# ── The same again ───────────────────────────────────────────────────────────

JobsRun = Callable[[Sandbox], int]


def drawn_in(seed: str, run: JobsRun) -> list[tuple[Any, ...]]:
    """What a sandbox of the seed draws over two rounds, as its messages tell it; nothing of it is left."""
    with transaction.atomic():
        sandbox = world.new_sandbox(LINKS, seed=seed)
        provider = world.new_provider(sandbox)
        virtual = world.person(4, phone="17100000001")
        submissions = [
            world.first_filing(*people, domain=10 * n, province="z")
            for n, people in enumerate([(1, 2), (2, 3), (1, 1), (virtual, 3)])
        ]
        made = [world.submit(provider, submission) for submission in submissions]
        world.withdraw(made[2])
        world.resubmit(made[2])
        world.move_without_jobs(sandbox, "2018-10-09 12:00")
        run(sandbox)
        world.resubmit(made[0])  # its deadline has passed
        world.send_again(made[1], 2)
        world.move_without_jobs(sandbox, "2018-10-12 12:00")
        run(sandbox)
        alarms.run_due(sandbox)
        rows = Message.objects.filter(phone__sandbox=sandbox)
        columns = ("challenge__filing__number", "challenge__code", "challenge__link_token", "sender", "text", "sent_at")
        found = sorted(rows.values_list(*columns))
        transaction.set_rollback(True)
    return found


def not_at_all(_: Sandbox) -> int:
    return 0


@pytest.mark.rule("C-01", "C-07", "C-08")
def test_same_seed_and_acts_draw_the_same_whatever_the_jobs_do(db: None) -> None:
    expected = drawn_in("one", alarms.run_due)
    assert len({row[2] for row in expected}) == len({row[1] for row in expected}) > 6
    for run in (partial(alarms.run_due, chunk=1), partial(alarms.run_due, chunk=2), not_at_all):
        assert drawn_in("one", run) == expected


def test_another_seed_draws_other_numbers_codes_and_links(db: None) -> None:
    one, other = drawn_in("one", alarms.run_due), drawn_in("other", alarms.run_due)
    assert len(one) == len(other)
    for column in (0, 1, 2, 4):
        assert {row[column] for row in one}.isdisjoint(row[column] for row in other)


@pytest.mark.rule("C-08")
def test_sandboxes_of_one_seed_have_the_same_codes_and_each_its_own_links(db: None) -> None:
    made = [
        world.submit_and_send(
            world.new_provider(world.new_sandbox(LINKS, seed="demo")), world.first_filing(1, 2, province="z")
        )
        for _ in range(3)
    ]
    assert len({filing.number for filing in made}) == 1
    assert len({world.code_of(filing, 1) for filing in made}) == 1
    tokens = [challenge.link_token for challenge in Challenge.objects.filter(filing__in=made)]
    assert len(set(tokens)) == 6
    for challenge in Challenge.objects.all():
        assert challenge.text.count(challenge.link_token) == 1


# ── Two at once ──────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_two_of_the_same_content_at_the_same_instant_get_two_numbers() -> None:
    provider = world.new_provider(world.new_sandbox(seed="demo"))
    made = at_once(*[partial(world.submit, provider, world.first_filing(1, 2))] * 2)
    assert len({filing.number for filing in made}) == 2
    assert Filing.objects.count() == 2
