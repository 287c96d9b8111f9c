"""What a migration makes of the rows of before it.

Leading a database back and forward takes seconds, so stories share the way: each is told in a sandbox of its own up to
its ``yield``, all are led through, and each goes on.
"""

from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests import world
from tests.verification.editions.in_edition import place
from tests.world import person
from verification.asking.records import new_number
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.faults import Fault
from verification.law.words import Kind
from verification.models import Challenge, Filing, FilingPart, NumberSeries, Provider, Sandbox, Subject
from verification.time.clock import real_now
from verification.worlds.bureau import AutomaticReview, set_review

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_SEEDS = "0016_purpose"
BEFORE_FAULTS = "0014_services"
BEFORE_SERVICES = "0013_bureau_that_decides_by_itself"
BEFORE_DECISIONS = "0012_what_changed"
BEFORE_SERIES = "0008_sandbox_time_of_a_resend"
BEFORE_OWNERS, OWNERS = "0009_changes_and_number_series", "0010_turns_of_webhooks_and_owners_of_keys"

Story = Generator[None, None, None]


def migrate_to(name: str) -> Any:
    """Bring the database to a migration; the models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate([("verification", name)])
    return executor.loader.project_state([("verification", name)]).apps


@pytest.fixture
def through_it() -> Iterator[Callable[[str], None]]:
    """Lead the rows back to the schema of a migration and forward again; in the end the schema is the latest.

    What stands on the schema, exercises say, goes back and comes forward with it.
    """
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("verification")[0][1]

    def lead(before: str) -> None:
        migrate_to(before)
        migrate_to(latest)

    yield lead
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def provider_with_record() -> tuple[Provider, Subject]:
    """A provider, and a 主体 on record that it serves, with two services."""
    provider = world.new_provider(world.new_sandbox())
    return provider, world.on_record(provider)


# ── What is changed, and numbers ─────────────────────────────────────────────


def filings_under_way_know_again_what_they_change() -> Story:
    provider, record = provider_with_record()
    asked: dict[str, SubjectData | ServiceData] = {
        "name": SubjectData(name="新公司名"),
        "remark": SubjectData(remark="新备注"),
        "phone": SubjectData(person=PersonData(phone=person(3).phone)),
        "ip": ServiceData(serial=1, server_ip="192.0.2.77"),
        "domain": ServiceData(serial=1, domain="new.example.com"),
    }
    made = {name: world.submit(provider, _change(record, data)) for name, data in asked.items()}
    added = world.submit(provider, world.request_of(Kind.ADD_SERVICE, record))
    parts = FilingPart.objects.filter(filing__sandbox=provider.sandbox)
    before = {part.pk: part.before for part in parts.all()}
    yield
    assert {part.pk: part.before for part in parts.all()} == before
    assert added.parts.get().before is None
    for filing in made.values():
        world.pass_all(filing)
        world.accept(filing)
    record.refresh_from_db()
    site = record.services.get(serial=1)
    assert (record.name, record.remark, record.responsible.phone) == ("新公司名", "新备注", person(3).phone)
    assert (site.name, site.domain, site.accesses.get().server_ip) == ("老站1", "new.example.com", "192.0.2.77")


def _change(record: Subject, data: SubjectData | ServiceData) -> Submission:
    if isinstance(data, SubjectData):
        return world.request(Kind.CHANGE_FILING, record, subject=data)
    return world.request(Kind.CHANGE_FILING, record, data)


def remark_does_not_set_back_a_name_that_was_changed_before() -> Story:
    provider, record = provider_with_record()
    filing = world.submit(provider, _change(record, SubjectData(remark="新备注")))
    Subject.objects.filter(pk=record.pk).update(name="新公司名")
    yield
    world.accept(filing)
    record.refresh_from_db()
    assert (record.name, record.remark) == ("新公司名", "新备注")


def numbers_go_on_behind_those_on_record_and_those_given_up() -> Story:
    provider, record = provider_with_record()
    at = world.moment("2016-06-01 10:00")
    Subject.objects.filter(pk=record.pk).update(number="陇ICP备16999999号")
    another = world.on_record(provider, province="qh")
    Subject.objects.filter(pk=another.pk).update(number="陇ICP备161000000号")
    moved = world.submit(provider)
    Filing.objects.filter(pk=moved.pk).update(
        state="accepted", subject_number="青icp备16000041号-2", new_province="gs", alarm_at=None, alarm_kind=""
    )
    NumberSeries.objects.filter(sandbox=provider.sandbox).delete()
    yield
    assert new_number(provider.sandbox, "gs", at=at) == "陇ICP备161000001号"
    assert new_number(provider.sandbox, "qh", at=at) == "青ICP备16000042号"
    assert new_number(provider.sandbox, "xz", at=at) == "藏ICP备16000001号"


# ── Owners of keys ───────────────────────────────────────────────────────────


@pytest.fixture
def before_owners_of_keys(transactional_db: None) -> Iterator[Apps]:
    """The tables as they were before keys belonged to anybody."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    before = [("verification", BEFORE_OWNERS)]
    executor.migrate(before)
    yield MigrationExecutor(connection).loader.project_state(before).apps
    MigrationExecutor(connection).migrate(latest)


def test_keys_that_were_made_before_belong_to_their_sandboxs_owner(before_owners_of_keys: Apps) -> None:
    now = real_now()
    expected = {}
    for serial, has_owner in enumerate((True, True, False)):
        sandbox = before_owners_of_keys.get_model("verification", "Sandbox").objects.create(
            join_code=str(serial), starts_at=now, clock_at=now, clock_set_at=now, created_at=now, last_used_at=now
        )
        sandbox.participants.create(name="学员", joined_at=now)
        owner = sandbox.participants.create(name="建立者", is_owner=True, joined_at=now) if has_owner else None
        key = sandbox.providers.create(name="演练云").api_keys.create(
            digest=str(serial), prefix="drill_", created_at=now
        )
        expected[key.pk] = owner.pk if owner else None

    executor = MigrationExecutor(connection)
    executor.migrate([("verification", OWNERS)])
    after = MigrationExecutor(connection).loader.project_state(executor.loader.graph.leaf_nodes()).apps
    assert dict(after.get_model("verification", "ApiKey").objects.values_list("id", "participant_id")) == expected


# ── Bureaus that decide by themselves ────────────────────────────────────────


def _one_in_each_state() -> dict[str, Filing]:
    """A filing in each state that outlives a transaction, in a province with a pre-review."""
    there = place("miit-2018")
    made = {state: there.ask(Kind.CHANGE_PHONE) for state in ("prereview", "returned")}
    world.reject(made["returned"])
    for serial, state in enumerate(("reviewing", "accepted", "verifying"), 4):
        made[state] = there.first_filing(serial, serial, domain=serial)
    for state in ("reviewing", "accepted"):
        world.pass_all(made[state])
    world.accept(made["accepted"])
    assert {state: world.standing(filing)[0] for state, filing in made.items()} == {state: state for state in made}
    return made


def _rows(made: dict[str, Filing]) -> dict[str, tuple[Any, ...]]:
    for filing in made.values():
        filing.refresh_from_db()
    return {
        state: (*world.standing(filing), filing.alarm_at, filing.alarm_kind, filing.alarm_error)
        for state, filing in made.items()
    }


def filings_in_each_state_go_on_once_bureaus_can_decide_by_themselves() -> Story:
    made = _one_in_each_state()
    before = _rows(made)
    yield
    assert _rows(made) == before
    sandbox = made["verifying"].sandbox
    set_review(sandbox, AutomaticReview(1))
    world.move(sandbox, "2018-10-31 00:00")
    assert {state: world.standing(filing)[:2] for state, filing in made.items()} == {
        "prereview": ("returned", "deadline"),
        "returned": ("returned", "rejected"),
        "reviewing": ("accepted", ""),
        "accepted": ("accepted", ""),
        "verifying": ("returned", "deadline"),
    }


def what_a_bureau_would_decide_by_itself_waits_for_officers_after_the_way_back() -> Story:
    made = _one_in_each_state()
    set_review(made["verifying"].sandbox, AutomaticReview(1))
    before = _rows(made)
    assert {row[4] for row in before.values()} == {"decision", "", "deadline"}
    yield
    assert _rows(made) == before | {state: (state, "", 1, None, "", "") for state in ("prereview", "reviewing")}


# ── Refusals that name a field ───────────────────────────────────────────────


def refusals_of_before_stay_and_later_ones_name_their_field() -> Story:
    there = place("public-2023")
    filing = there.first_filing(1, 2)
    world.pass_all(filing)
    world.reject(filing, "材料不全")
    yield
    filing.refresh_from_db()
    assert (filing.return_detail, filing.fault, filing.events.latest("id").fault) == ("材料不全", None, None)
    world.resubmit_and_send(filing)
    world.pass_all(filing)
    world.reject(filing, "没有实名", field="services.0.domain", suggestion="请先实名")
    assert filing.fault == filing.events.latest("id").fault == Fault("没有实名", "services.0.domain", "请先实名")


# ── Services and seeds ─────────────────────────────────────────────────────────────────


def websites_are_services_and_their_filings_go_on() -> Story:
    provider, record = provider_with_record()
    first, added, changed = (
        world.submit_and_send(provider, submission)
        for submission in (
            world.first_filing(3, 4, domain=7),
            world.request_of(Kind.ADD_SERVICE, record),
            world.request(Kind.CHANGE_FILING, record, ServiceData(serial=2, domain="new.example.com")),
        )
    )
    cancelled = world.submit(provider, world.request(Kind.CANCEL_SUBJECT, record))
    before = {filing.pk: list(filing.parts.order_by("id").values()) for filing in (first, added, changed)}
    yield
    for filing in (first, added, changed):
        filing.refresh_from_db()
        assert (filing.service_types, filing.state) == ("website", "verifying")
        assert list(filing.parts.order_by("id").values()) == before[filing.pk]
        world.pass_all(filing)
        world.accept(filing)
    cancelled.refresh_from_db()
    assert cancelled.service_types == ""
    assert list(record.services.order_by("serial").values_list("type", "domain", "domains")) == [
        ("website", "old1.example.com", []),
        ("website", "new.example.com", []),
        ("website", "site5.example.com", []),
    ]


def sandbox_behind_september_2023_is_told(at: str, *, is_told: bool) -> Story:
    sandbox, closed = world.new_sandbox(at), world.new_sandbox(at)
    Sandbox.objects.filter(pk=closed.pk).update(closed_at=real_now())
    yield
    for row in (sandbox, closed):
        row.refresh_from_db()
    assert (sandbox.untold_since is not None, closed.untold_since) == (is_told, None)


def sandbox_whose_clock_has_run_into_september_2023_is_told() -> Story:
    a_day_ago = real_now() - timedelta(days=1)
    running = world.new_sandbox("2023-08-20 10:00", clock_set_at=a_day_ago, clock_paused=False, clock_speed=600)
    standing = world.new_sandbox("2023-08-20 10:00", clock_set_at=a_day_ago, clock_speed=600)
    yield
    for row in (running, standing):
        row.refresh_from_db()
    assert (running.untold_since is not None, standing.untold_since) == (True, None)


def sandboxes_of_before_get_a_seed_each_and_keep_what_they_have_drawn() -> Story:
    provider = world.new_provider(world.new_sandbox())
    made = [world.submit_and_send(provider), world.submit(world.new_provider(world.new_sandbox()))]
    before = [*Challenge.objects.order_by("id").values_list("filing__number", "code", "sender", "link_token")]
    yield
    assert [*Challenge.objects.order_by("id").values_list("filing__number", "code", "sender", "link_token")] == before
    seeds = [Sandbox.objects.get(pk=filing.sandbox_id).seed for filing in made]
    assert [len(seed) for seed in seeds] == [32, 32]
    assert seeds[0] != seeds[1]
    world.move(Sandbox.objects.get(pk=made[1].sandbox_id), world.SENT)
    assert len(world.code_of(made[1], 1)) == 6


# ── The way ──────────────────────────────────────────────────────────────────

STORIES: dict[str, list[Callable[[], Story]]] = {
    BEFORE_SERIES: [
        filings_under_way_know_again_what_they_change,
        remark_does_not_set_back_a_name_that_was_changed_before,
        numbers_go_on_behind_those_on_record_and_those_given_up,
    ],
    BEFORE_DECISIONS: [
        filings_in_each_state_go_on_once_bureaus_can_decide_by_themselves,
        what_a_bureau_would_decide_by_itself_waits_for_officers_after_the_way_back,
    ],
    BEFORE_SERVICES: [
        websites_are_services_and_their_filings_go_on,
        partial(sandbox_behind_september_2023_is_told, "2023-08-31 23:59:59", is_told=False),
        partial(sandbox_behind_september_2023_is_told, "2023-09-01 00:00", is_told=True),
        partial(sandbox_behind_september_2023_is_told, "2026-05-01 10:00", is_told=True),
        sandbox_whose_clock_has_run_into_september_2023_is_told,
    ],
    BEFORE_FAULTS: [refusals_of_before_stay_and_later_ones_name_their_field],
    BEFORE_SEEDS: [sandboxes_of_before_get_a_seed_each_and_keep_what_they_have_drawn],
}


@pytest.mark.rule("D-06", "W-10", "T-01")
@pytest.mark.parametrize("before", STORIES)
def test_rows_of_before_go_on(before: str, through_it: Callable[[str], None]) -> None:
    stories = [story() for story in STORIES[before]]
    for story in stories:
        next(story)
    through_it(before)
    for story in stories:
        assert next(story, "told") == "told"
