"""Random lives of filings of all kinds and editions, held against the model that tests/model.py writes by hand.

Every answer and every refusal must be the model's; and whenever the jobs have run, so must every filing with its
challenges, its messages and its history. While the jobs are late, the model is ahead of the database and the answers
must be the model's all the same.

``FULL=1`` looks for six hundred lives, each twice as long; ``HYPOTHESIS_PROFILE=long`` for ten thousand, and as long as
it takes: a run of it is to be stopped.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests import world
from tests.model import WHO, Bureau, Model, Paper, Proof, Request, Who
from tests.world import WRONG_ID, moment, person
from tools.groups import is_full
from verification.acting import challenges, filings
from verification.acting.challenges import Answer
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.identity import masked, suffix_of
from verification.law.services import platforms_of
from verification.law.times import SHANGHAI
from verification.law.words import Kind, ServiceType
from verification.models import Access, Challenge, Event, Filing, Message, Person, Provider, Sandbox, Service, Subject
from verification.refusals import Refused, SubmissionRefused
from verification.state import alarms
from verification.time import clock, due
from verification.worlds.bureau import AutomaticReview, set_review

#: Where the clock starts: each edition by itself, the eves of the four dates, and what has to be pinned.
BEGINNINGS = [
    ("2017-12-18 08:00", ""),
    ("2017-12-20 13:00", ""),
    ("2018-09-09 13:00", ""),
    ("2018-10-08 09:30", ""),
    ("2020-08-16 13:00", ""),
    ("2020-10-08 13:00", ""),
    ("2023-08-31 13:00", ""),
    ("2024-05-06 13:00", ""),
    ("2018-08-20 09:30", "aliyun-2018"),
    ("2021-03-01 13:00", "miit-2018"),
]
PROVINCES = ["gs", "z", "b"]
PEOPLE = [1, 2, 3]
NOBODY = "13900000077"
FILINGS_AT_MOST = 5
#: Bureaus that wait for their officers, and bureaus that decide by themselves.
BUREAUS = [None, None, Bureau(1), Bureau(2, refuses_every=2), Bureau(1, refuses_every=1)]

PROFILES = {
    "ci": {"max_examples": 36, "stateful_step_count": 30},
    "full": {"max_examples": 600, "stateful_step_count": 60},
    "long": {"max_examples": 10_000, "stateful_step_count": 60},
}


def who(serial: int, phone: str = "") -> Who:
    data = person(serial)
    return Who(name=data.name, phone=phone or data.phone, id_suffix=suffix_of(data.id_number))


def new_phone(serial: int) -> str:
    """The number that a person changes to."""
    return f"139000002{serial:02d}"


def naive(at: datetime | None) -> datetime | None:
    """The moment as the model writes it."""
    return at.astimezone(SHANGHAI).replace(tzinfo=None) if at else None


# ── What is submitted ────────────────────────────────────────────────────────


class Desk:
    """Builds for each request a record of its own, so that no acceptance stands in another's way."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.provider = world.new_provider(sandbox)
        self.other_provider = world.new_provider(sandbox, "别家云")
        self.count = 0

    def request(
        self, what: str, province: str, people: tuple[int, int, int], types: Sequence[ServiceType]
    ) -> tuple[Request, Submission]:
        """The same request for the model and for the domain; its people answer for 主体, service, and what is new.

        Its services are of each type in turn, to which the model is blind.
        """
        subject, site, new = people
        self.count += 1
        self.types = types
        asked = Request(
            what=what,
            province=province,
            people={
                "S": (who(subject),),
                "W": (who(site),),
                "N": (who(new),),
                "F": (who(subject), who(site), who(new)),
                "P": (who(subject, new_phone(subject)),),
            },
        )
        if what == "first_filing":
            first = world.first_filing(province=province, subject=subject)
            services = (self._service(100 * self.count, site), self._service(100 * self.count + 1, new))
            return asked, replace(first, services=services)
        provider = self.other_provider if what in ("add_access", "access_by_another") else self.provider
        record = self._record(province, subject, site, provider)
        kind, parts = self._parts(what, people)
        services = parts.pop("services", ())
        return asked, world.request(kind, record, *services, **parts)

    def _type(self, serial: int) -> ServiceType:
        return self.types[serial % len(self.types)]

    def _service(self, serial: int, responsible: int) -> ServiceData:
        """A new service, of the type whose turn it is."""
        make = {"website": world.site, "app": world.app, "mini_program": world.mini_program}
        return make[self._type(serial + self.count)](serial, responsible)

    def _record(self, province: str, subject: int, site: int, provider: Provider) -> Subject:
        accepted_at = moment("2016-12-20 09:30")
        found = Subject.objects.create(
            sandbox=self.sandbox,
            province=province,
            number=f"演ICP备16{self.count:06d}号",
            name="演练公司",
            nature="enterprise",
            responsible=self._person(subject),
            accepted_at=accepted_at,
        )
        type_ = self._type(self.count)
        service = Service.objects.create(
            subject=found,
            type=type_.value,
            serial=1,
            name="老站",
            domain=f"old{self.count}.example.com" if type_ is ServiceType.WEBSITE else "",
            responsible=self._person(site),
            accepted_at=accepted_at,
        )
        for platform in platforms_of(type_)[:1]:
            service.platforms.create(**asdict(world.known_on(platform, self.count)))
        Access.objects.create(service=service, provider=provider, server_ip="192.0.2.1", accepted_at=accepted_at)
        return found

    def _person(self, serial: int) -> Person:
        data = person(serial)
        return Person.objects.create(
            sandbox=self.sandbox,
            name=data.name,
            id_type=data.id_type,
            id_suffix=suffix_of(data.id_number),
            id_masked=masked(data.id_number),
            phone=data.phone,
        )

    def _parts(self, what: str, people: tuple[int, int, int]) -> tuple[Kind, dict[str, Any]]:
        subject, _, new = people
        renamed, one = SubjectData(name="新公司名"), ServiceData(serial=1)
        renamed_site = ServiceData(serial=1, name="新站名")
        new_server = ServiceData(serial=1, server_ip="192.0.2.50")
        parts: dict[str, tuple[Kind, dict[str, Any]]] = {
            "add_website": (Kind.ADD_SERVICE, {"services": (self._service(100 * self.count, new),)}),
            "add_access": (Kind.ADD_ACCESS, {"services": (new_server,)}),
            "access_by_another": (Kind.ADD_ACCESS, {"services": (ServiceData(serial=1, person=person(new)),)}),
            "rename_subject": (Kind.CHANGE_FILING, {"subject": renamed}),
            "replace_person": (
                Kind.CHANGE_FILING,
                {"services": (ServiceData(serial=1, name="新站名", person=person(new)),)},
            ),
            "rename_both": (Kind.CHANGE_FILING, {"subject": renamed, "services": (renamed_site,)}),
            "change_server": (Kind.CHANGE_FILING, {"services": (new_server,)}),
            "change_remark": (Kind.CHANGE_FILING, {"services": (ServiceData(serial=1, remark="新备注"),)}),
            "change_subject": (Kind.CHANGE_SUBJECT, {"subject": renamed}),
            "leave_province": (Kind.CHANGE_SUBJECT, {"subject": renamed, "new_province": "sh"}),
            "change_website": (Kind.CHANGE_WEBSITE, {"services": (renamed_site,)}),
            "move_domain": (
                Kind.MOVE_DOMAIN,
                {"services": (ServiceData(serial=1, domain=f"new{self.count}.example.com"),)},
            ),
            "change_phone": (
                Kind.CHANGE_PHONE,
                {"subject": SubjectData(person=PersonData(phone=new_phone(subject)))},
            ),
            "cancel_subject": (Kind.CANCEL_SUBJECT, {}),
            "cancel_website": (Kind.CANCEL_SERVICE, {"services": (one,)}),
            "cancel_access": (Kind.CANCEL_ACCESS, {"services": (one,)}),
        }
        return parts[what]


# ── What is in the database, in the model's words ────────────────────────────


def kept(sandbox: Sandbox) -> dict[int, dict[str, Any]]:
    """Every filing of the sandbox by its id."""
    of_filing: dict[int, dict[str, Any]] = {
        filing.pk: {
            "filing": (filing.state, filing.return_reason, filing.round, filing.edition_id, filing.alarm_error),
            "due": (naive(filing.alarm_at), filing.alarm_kind),
            "proofs": [],
            "messages": [],
            "history": [],
        }
        for filing in Filing.objects.filter(sandbox=sandbox).order_by("id")
    }
    for c in Challenge.objects.filter(sandbox=sandbox).select_related("phone"):
        moments = (naive(c.first_sent_at), naive(c.deadline_at), naive(c.closed_at))
        row = (c.round, c.name, c.phone.number, c.state, *moments, c.tries, c.id_errors, c.resends)
        of_filing[c.filing_id]["proofs"].append(row)
    sent = Message.objects.filter(phone__sandbox=sandbox)
    for pk, number, name, cause, at in sent.values_list(
        "challenge__filing", "challenge__round", "challenge__name", "cause", "sent_at"
    ):
        of_filing[pk]["messages"].append((number, name, cause, naive(at)))
    happened = Event.objects.filter(filing__sandbox=sandbox)
    for pk, at, number, kind, name in happened.values_list("filing", "at", "round", "kind", "challenge__name"):
        of_filing[pk]["history"].append((naive(at), number, kind, name or ""))
    return {pk: _in_order(found) for pk, found in of_filing.items()}


def expected(paper: Paper) -> dict[str, Any]:
    """The same of the model's filing."""
    return _in_order(
        {
            "filing": (paper.state, paper.reason, paper.round, paper.edition, ""),
            "due": paper.due[0] if paper.due else (None, ""),
            "proofs": [
                (
                    p.round,
                    p.who.name,
                    p.who.phone,
                    p.state,
                    p.sent,
                    p.deadline,
                    p.closed,
                    p.tries,
                    p.id_errors,
                    p.resends,
                )
                for p in paper.proofs
            ],
            "messages": paper.messages,
            "history": paper.history,
        }
    )


def _in_order(found: dict[str, Any]) -> dict[str, Any]:
    """With its rows sorted: the order of what happens at one moment to several persons is nobody's promise."""
    return {name: sorted(value, key=repr) if isinstance(value, list) else value for name, value in found.items()}


# ── The machine ──────────────────────────────────────────────────────────────

places = st.integers(0, FILINGS_AT_MOST - 1)
persons = st.sampled_from(PEOPLE)
numbers = st.integers(0, 999)  # each picks one of however many there are


class LifeOfFilings(RuleBasedStateMachine):
    """What people do at random, to the domain and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.real_time = time_machine.travel(moment("2026-01-05 10:00"), tick=False)
        self.traveller = self.real_time.start()
        self.are_jobs_late = False
        self.filings: list[int] = []

    @initialize(
        beginning=st.sampled_from(BEGINNINGS),
        planned=st.lists(st.tuples(numbers, st.tuples(persons, persons, persons)), min_size=2, max_size=3),
        bureau=st.sampled_from(BUREAUS),
    )
    def begin(
        self, beginning: tuple[str, str], planned: list[tuple[int, tuple[int, int, int]]], bureau: Bureau | None
    ) -> None:
        """Submit two or three filings that verify somebody, and reach their first sending."""
        at, pinned = beginning
        # Which filings a bureau refuses follows from their numbers, and those from the seed.
        self.sandbox = world.new_sandbox(at, pinned_edition=pinned, seed="lives")
        self.desk = Desk(self.sandbox)
        self.model = Model(datetime.fromisoformat(at), pinned)
        self.set_bureau(bureau)
        for number, people in planned:
            self.submit(number, is_verified=True, people=people)
        self.reach(self.model.now + timedelta(minutes=5), are_jobs_late=False)

    def teardown(self) -> None:
        try:
            if self.filings:
                self.run_jobs(chunk=500)
        finally:
            self.real_time.stop()

    # Time

    def reach(self, to: datetime, *, are_jobs_late: bool) -> None:
        clock.move_to(self.sandbox, to.replace(tzinfo=SHANGHAI), by=world.TRAINER)
        self.model.move(to)
        self.are_jobs_late |= are_jobs_late
        if not are_jobs_late:
            self.run_jobs(chunk=500)

    @rule(minutes=st.sampled_from([1, 5, 60, 720]) | st.integers(1, 3000), are_jobs_late=st.booleans())
    def let_time_pass(self, minutes: int, are_jobs_late: bool) -> None:
        self.reach(self.model.now + timedelta(minutes=minutes), are_jobs_late=are_jobs_late)

    @precondition(lambda self: self.filings and self.model.next_due())
    @rule(microseconds=st.sampled_from([-1, 0, 0, 60_000_000]), are_jobs_late=st.booleans())
    def reach_what_is_due_next(self, microseconds: int, are_jobs_late: bool) -> None:
        due = self.model.next_due()
        assert due is not None
        self.reach(max(self.model.now, due + timedelta(microseconds=microseconds)), are_jobs_late=are_jobs_late)

    @rule(chunk=st.sampled_from([1, 2, 500]))
    def run_jobs(self, chunk: int) -> None:
        alarms.run_due(self.sandbox, chunk=chunk)
        self.are_jobs_late = False
        self.compare()

    # The provider and the bureau

    @precondition(lambda self: len(self.filings) < FILINGS_AT_MOST)
    @rule(number=numbers, is_verified=st.sampled_from([True, True, False]), people=st.tuples(persons, persons, persons))
    def submit(self, number: int, is_verified: bool, people: tuple[int, int, int]) -> None:
        """Any request, or one that the edition in force verifies."""
        choice = [
            (what, province)
            for province in PROVINCES
            for what, cells in WHO.items()
            if not is_verified or set(cells.get(self.model.in_force(province), "-")).isdisjoint("-x!")
        ]
        if not choice:
            return
        what, province = choice[number % len(choice)]
        knows_all = self.model.in_force(province) == "public-2023"
        types = tuple(ServiceType) if knows_all else (ServiceType.WEBSITE,)
        asked, submission = self.desk.request(what, province, people, types)

        def file() -> None:
            self.filings.append(filings.submit(self.desk.provider, submission, by=world.PROVIDER).pk)

        assert self.refusal_of(file) == self.model.submit(asked)
        for pk, paper in zip(self.filings, self.model.papers, strict=True):
            paper.serial = Filing.objects.get(pk=pk).serial
        self.compare()

    @rule(bureau=st.sampled_from(BUREAUS))
    def set_bureau(self, bureau: Bureau | None) -> None:
        """Let the bureau decide by itself, or no more; what waits already follows, and is done if its time is over."""
        reason = "材料不全" if bureau and bureau.refuses_every else ""
        set_review(self.sandbox, AutomaticReview(bureau.days, bureau.refuses_every, reason) if bureau else None)
        self.model.set_bureau(bureau)
        if not self.are_jobs_late:
            self.run_jobs(chunk=500)

    @precondition(lambda self: self.filings)
    @rule(place=places, act=st.sampled_from(["withdraw", "resubmit", "approve", "accept", "reject", "reject"]))
    def act(self, place: int, act: str) -> None:
        self.do(place, act)

    @precondition(lambda self: self.filings)
    @rule(place=places)
    def go_on(self, place: int) -> None:
        """Do what the filing waits for, so that lives get long."""
        steps = {"returned": "resubmit", "prereview": "approve", "reviewing": "reject"}
        state = self.paper(place).state
        if state == "verifying":
            self.everybody_verifies(place)
        elif state in steps:
            self.do(place, steps[state])

    def do(self, place: int, act: str) -> None:
        filing = Filing.objects.get(pk=self.filings[place % len(self.filings)])
        acts: dict[str, Callable[[], object]] = {
            "withdraw": lambda: filings.withdraw(filing, by=world.PROVIDER),
            "resubmit": lambda: filings.resubmit(filing, None, by=world.PROVIDER),
            "approve": lambda: filings.approve(filing, by=world.OFFICER),
            "accept": lambda: filings.accept(filing, by=world.OFFICER),
            "reject": lambda: filings.reject(filing, by=world.OFFICER, reason="材料不全"),
        }
        assert self.refusal_of(acts[act]) == getattr(self.model, act)(self.paper(place))
        self.compare()

    def refusal_of(self, act: Callable[[], object]) -> str | None:
        try:
            act()
        except SubmissionRefused as refused:
            return ",".join(error.code for error in refused.errors)
        except Refused as refused:
            return refused.code
        return None

    # The persons

    @precondition(lambda self: self.filings)
    @rule(
        number=numbers,
        is_open=st.sampled_from([True, True, True, False]),
        wrong=st.sampled_from(["", "", "", "code", "phone", "id", "code id", "phone id", "code phone", "other"]),
        other=persons,
        portal=st.sampled_from(["own", "own", "own", "national", "other"]),
        times=st.sampled_from([1, 1, 2, 3, 5]),
    )
    def enter(self, number: int, is_open: bool, wrong: str, other: int, portal: str, times: int) -> None:
        """Somebody types what stands on his phone, some of it wrong, once or several times."""
        picked = self.pick(number, is_open=is_open)
        if picked is None:
            return
        paper, proof = picked
        self.read_codes()
        entry = {
            "code": self.unused_code() if proof.code is None or "code" in wrong else proof.code,
            "phone": NOBODY if "phone" in wrong else proof.who.phone,
            "id_suffix": WRONG_ID if "id" in wrong else proof.who.id_suffix,
        }
        if wrong == "other":  # the document of somebody else
            entry["id_suffix"] = who(other).id_suffix
        for _ in range(times):
            self.type(self.portal(paper, portal), entry)
        self.compare()

    def everybody_verifies(self, place: int) -> None:
        self.read_codes()
        paper = self.paper(place)
        for proof in paper.of_round("open"):
            if proof.code is not None:
                entry = {"code": proof.code, "phone": proof.who.phone, "id_suffix": proof.who.id_suffix}
                self.type(paper.request.province, entry)
        self.compare()

    def type(self, portal: str | None, entry: dict[str, str]) -> None:
        foreseen = challenges.foresee_entry(self.sandbox, province=portal, **entry)
        can_be_foreseen = not due.decisions(self.overdue()).exists()
        answer = challenges.check_entry(self.sandbox, province=portal, **entry, by=world.FILER)
        self.same(answer, self.model.check(portal, **entry))
        assert answer.outcome is foreseen or not can_be_foreseen

    def overdue(self) -> QuerySet[Filing]:
        return Filing.objects.filter(sandbox=self.sandbox, alarm_at__lte=clock.now_anew(self.sandbox))

    @precondition(lambda self: self.filings)
    @rule(
        number=numbers,
        is_open=st.sampled_from([True, True, True, False]),
        is_id_right=st.sampled_from([True, True, True, False]),
        portal=st.sampled_from(["own", "own", "national", "other"]),
        pauses=st.lists(st.sampled_from([0, 59, 60, 60]), min_size=1, max_size=3),
    )
    def send_again(self, number: int, is_open: bool, is_id_right: bool, portal: str, pauses: list[int]) -> None:
        """Somebody asks for another message, after so many seconds of real time each."""
        picked = self.pick(number, is_open=is_open)
        if picked is None:
            return
        paper, proof = picked
        entry = {"phone": proof.who.phone, "id_suffix": proof.who.id_suffix if is_id_right else WRONG_ID}
        where = self.portal(paper, portal)
        for seconds in pauses:
            self.traveller.shift(timedelta(seconds=seconds))
            self.model.real += seconds
            answer = challenges.send_again(self.sandbox, province=where, **entry, by=world.FILER)
            self.same(answer, self.model.send_again(where, **entry))
        self.compare()

    def pick(self, number: int, *, is_open: bool) -> tuple[Paper, Proof] | None:
        """Something that somebody can verify, or could, or will be able to."""
        choice = [(paper, p) for paper in self.model.papers for p in paper.proofs if (p.state == "open") == is_open]
        return choice[number % len(choice)] if choice else None

    # Comparing

    def paper(self, place: int) -> Paper:
        return self.model.papers[place % len(self.filings)]

    def portal(self, paper: Paper, which: str) -> str | None:
        own = paper.request.province
        return {"own": own, "national": None, "other": "b" if own == "gs" else "gs"}[which]

    def read_codes(self) -> None:
        """Tell the model what stands on the phones."""
        proofs: dict[tuple[int, int, str], Proof] = {
            (pk, proof.round, proof.who.phone): proof
            for pk, paper in zip(self.filings, self.model.papers, strict=True)
            for proof in paper.proofs
        }
        sent = Challenge.objects.filter(sandbox=self.sandbox).exclude(code="")
        for pk, number, phone, code in sent.values_list("filing", "round", "phone__number", "code"):
            proofs[pk, number, phone].code = code

    def unused_code(self) -> str:
        return world.another_code(*(p.code for paper in self.model.papers for p in paper.proofs if p.code))

    def same(self, answer: Answer, said: Any) -> None:
        assert (answer.outcome.value, answer.edition.id, answer.code) == (said.outcome, said.edition, said.code)

    def compare(self) -> None:
        """Everything there is, unless the jobs are late."""
        if not self.are_jobs_late:
            found = kept(self.sandbox)
            assert list(found) == self.filings
            for pk, paper in zip(self.filings, self.model.papers, strict=True):
                assert found[pk] == expected(paper)


@pytest.mark.django_db
@pytest.mark.rule(
    "P-01", "P-02", "P-04", "P-05", "W-01", "W-03", "W-04", "W-09", "W-10", "W-13", "W-14", "W-15", "W-16", "W-17",
    "W-18", "W-19", "W-23", "W-24", "C-03", "C-04", "V-07", "V-08", "V-09", "V-11", "V-14", "V-15", "V-17", "V-18",
    "R-05", "R-06", "D-01", "D-02", "D-03", "D-04", "T-01", "T-04", "T-05", "T-06",
)  # fmt: skip
def test_filings_live_as_the_model_says() -> None:
    profile = dict(PROFILES[os.environ.get("HYPOTHESIS_PROFILE") or ("full" if is_full() else "ci")])
    if connection.vendor == "postgresql":
        # All lives pass in one transaction, whose dead rows PostgreSQL keeps and reads over and over.
        profile["max_examples"] //= 6
    run_state_machine_as_test(
        LifeOfFilings,
        settings=settings(**profile, deadline=None, suppress_health_check=list(HealthCheck)),
    )
