"""预告 against what then happens: whom each step concerns, what becomes of each message, how it is decided."""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import world
from tests.verification.editions.in_edition import TIMES
from tests.verification.lively import Act, LivelyWorld, Planned, acts, reviews, three_planned
from tools.groups import is_full
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import Kind
from verification.models import AlarmKind, Event, Message, Phone, Provider, Subject
from verification.refusals import Refused
from verification.state import alarms
from verification.state.preview import Foreseen, Preview, Verdict, foresee
from verification.time import clock
from verification.worlds.bureau import AutomaticReview, columns_of

pytestmark = pytest.mark.django_db

ALL = 10_000

Row = tuple[Any, ...]

# ── What a step would write ──────────────────────────────────────────────────

_OF_EACH = {
    AlarmKind.SEND: "challenge.opened",
    AlarmKind.NOON: "challenge.noon_resent",
    AlarmKind.DEADLINE: "challenge.expired",
}
_CAUSES = {AlarmKind.SEND: "first", AlarmKind.NOON: "noon"}


def events_of(step: Foreseen) -> list[Row]:
    """The events that the step foretells: when, what, to whom, why."""
    names = [one.name for one in step.concerned]
    if step.decision is None:
        written = [(step.at, _OF_EACH[step.kind], name, "", "") for name in names]
        if step.kind is AlarmKind.DEADLINE:
            written.append((step.at, "filing.returned", "", "deadline", ""))
        return written
    match step.decision.verdict:
        case Verdict.APPROVED:
            onward = "filing.verifying" if names else "filing.reviewing"
            return [(step.at, "filing.approved", "", "", ""), (step.at, onward, "", "", "")]
        case Verdict.ACCEPTED:
            return [(step.at, "filing.accepted", "", "", "")]
        case Verdict.REJECTED | Verdict.CONTRADICTED:
            dropped = [(step.at, "challenge.dropped", name, "", "") for name in names]
            return [*dropped, (step.at, "filing.returned", "", "rejected", step.decision.reason)]


def foretold(preview: Preview) -> tuple[dict[int, list[Row]], list[Row]]:
    """The events of each filing in order, and all messages."""
    events: dict[int, list[Row]] = defaultdict(list)
    messages: list[Row] = []
    for step in preview.steps:
        events[step.filing.pk] += events_of(step)
        cause = _CAUSES.get(step.kind)
        messages += [(step.at, one.phone.number, cause, one.status) for one in step.concerned if cause]
        assert all((one.status is None) == (cause is None) for one in step.concerned)
    return events, sorted(messages)


def written_after(event: int, message: int) -> tuple[dict[int, list[Row]], list[Row]]:
    """What stands in the tables behind these ids; of an acceptance without the 备案号, which is issued then."""
    events: dict[int, list[Row]] = defaultdict(list)
    columns = ("filing_id", "at", "kind", "challenge__name", "reason", "detail")
    for filing, at, kind, name, reason, detail in (
        Event.objects.filter(pk__gt=event).order_by("id").values_list(*columns)
    ):
        events[filing].append((at, kind, name or "", reason, "" if kind == "filing.accepted" else detail))
    sent = Message.objects.filter(pk__gt=message).values_list("sent_at", "phone__number", "cause", "status")
    return events, sorted(sent)


def last(model: type[Event | Message]) -> int:
    return model.objects.order_by("-id").values_list("id", flat=True).first() or 0


# ── The property ─────────────────────────────────────────────────────────────


def requests_of(record: Subject) -> dict[str, Submission]:
    """Requests that stand on one record, and of which some exclude others."""
    one = ServiceData(serial=1)
    return {
        "rename": world.request(Kind.CHANGE_FILING, record, subject=SubjectData(name="新公司名")),
        "rename_otherwise": world.request(Kind.CHANGE_FILING, record, subject=SubjectData(name="另一公司名")),
        "rename_site": world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, name="新站名")),
        "new_domain": world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, domain="new.example.com")),
        "phone": world.request(Kind.CHANGE_PHONE, record, subject=SubjectData(person=PersonData(phone="13900000099"))),
        "add": world.request(Kind.ADD_SERVICE, record, world.site(50, 3)),
        "add_as_well": world.request(Kind.ADD_SERVICE, record, world.site(50, 3, name="同名站")),
        "cancel_site": world.request(Kind.CANCEL_SERVICE, record, one),
        "cancel_access": world.request(Kind.CANCEL_ACCESS, record, one),
        "cancel": world.request(Kind.CANCEL_SUBJECT, record),
    }


REQUESTS = ("rename", "rename_otherwise", "rename_site", "new_domain", "phone", "add", "add_as_well")
ENDINGS = ("cancel_site", "cancel_access", "cancel")
asked = st.lists(st.sampled_from(REQUESTS + ENDINGS), max_size=4)


@pytest.mark.rule("C-03", "C-04", "C-10", "D-02", "D-06", "W-23")
@settings(
    max_examples=200 if is_full() else 15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    edition=st.sampled_from([*TIMES]),
    is_in_force=st.booleans(),
    plans=three_planned,
    asks=asked,
    done=st.lists(st.tuples(acts, st.booleans()), max_size=10),
    review=reviews,
    minutes=st.sampled_from([0, 5, 1440, 2885, 4320, 20_000]) | st.integers(0, 10_000),
    chunk=st.sampled_from([1, 3, 500]),
)
def test_preview_is_what_then_happens(  # a world has so many sides
    edition: str,
    is_in_force: bool,
    plans: tuple[Planned, ...],
    asks: list[str],
    done: list[tuple[Act, bool]],
    review: AutomaticReview | None,
    minutes: int,
    chunk: int,
) -> None:
    begin, province, pinned = TIMES[edition] if is_in_force else ("2016-12-26 09:00", "z", "")
    lively = LivelyWorld(begin, is_paused=True, review=review)
    lively.sandbox.pinned_edition = pinned
    lively.sandbox.save()
    for place, plan in enumerate(plans):
        lively.submit(place, plan)
    requests = requests_of(world.on_record(lively.provider, province=province))
    for ask in asks:
        with suppress(Refused):  # not every edition knows every kind
            world.submit(lively.provider, requests[ask])
    for act, are_jobs_late in sorted(done, key=lambda one: one[0].after):
        clock.move_to(lively.sandbox, lively.begin + timedelta(minutes=act.after), by=world.TRAINER)
        if not are_jobs_late:
            alarms.run_due(lively.sandbox)
        lively.act(act)
    until = clock.now(lively.sandbox) + timedelta(minutes=minutes)
    event, message = last(Event), last(Message)
    preview = foresee(lively.sandbox, until=until, limit=ALL)
    assert (last(Event), last(Message)) == (event, message)
    clock.move_to(lively.sandbox, until, by=world.TRAINER)
    assert alarms.run_due(lively.sandbox, chunk=chunk) == preview.total == len(preview.steps)
    assert written_after(event, message) == foretold(preview)


# ── Some of it by hand ───────────────────────────────────────────────────────


def steps_of(provider: Provider, until: str, limit: int = ALL) -> list[Row]:
    found = foresee(provider.sandbox, until=world.moment(until), limit=limit)
    return [
        (
            world.shown(step.at),
            step.kind.value,
            [(one.name, one.phone.number[-2:], one.status) for one in step.concerned],
            step.decision and (step.decision.verdict.value, step.decision.reason),
        )
        for step in found.steps
    ]


@pytest.mark.rule("C-10")
def test_preview_names_who_is_still_to_verify_and_what_becomes_of_messages(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 2, 3))
    world.verify(filing, 1)
    Phone.objects.filter(number=world.person(2).phone).update(has_signal=False)
    Phone.objects.filter(number=world.person(3).phone).update(has_spam_filter=True)
    assert steps_of(provider, world.DEADLINE) == [
        (world.NOON, "noon", [("演乙2", "02", "held"), ("演丙3", "03", "swallowed")], None),
        (world.DEADLINE, "deadline", [("演乙2", "02", None), ("演丙3", "03", None)], None),
    ]
    assert steps_of(provider, world.DEADLINE, limit=1) == steps_of(provider, world.NOON)


@pytest.mark.rule("D-06")
def test_preview_decides_each_as_it_will_find_the_records(db: None) -> None:
    provider = world.new_provider(world.new_sandbox("2017-12-20 09:30", **columns_of(AutomaticReview(1))))
    record = world.on_record(provider, province="z")
    for ask in ("new_domain", "cancel_site", "rename_site"):
        world.submit(provider, requests_of(record)[ask])
    changed = "备案库已有变化：网站 new.example.com 已注销。请修改后重新提交。"
    assert steps_of(provider, "2017-12-21 09:30") == [
        ("2017-12-21 09:30", "decision", [], ("accepted", "")),
        ("2017-12-21 09:30", "decision", [], ("accepted", "")),
        ("2017-12-21 09:30", "decision", [], ("contradicted", changed)),
    ]
    world.move(provider.sandbox, "2017-12-21 09:30")
    assert [*Event.objects.filter(kind="filing.returned").values_list("detail", flat=True)] == [changed]


def test_preview_takes_as_many_queries_however_many_filings_there_are(provider: Provider) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            foresee(provider.sandbox, until=world.moment(world.DEADLINE), limit=ALL)
        return len(captured)

    world.submit(provider)
    one = queries()
    for serial in range(2, 8):
        world.submit(provider, world.first_filing(serial, serial, domain=serial * 10))
    assert queries() == one
