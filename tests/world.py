"""A small world to test in: a sandbox whose clock stands still, and short words for what its people do.

Everything is real rows, made and moved by the domain itself. Times are written as one reads them on a Chinese clock.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime
from threading import Barrier
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection

from verification.acting import challenges, filings
from verification.acting.challenges import Answer
from verification.asking.records import new_number
from verification.asking.submissions import PersonData, PlatformData, ServiceData, SubjectData, Submission
from verification.by import By
from verification.law.identity import demo_resident_id, masked, suffix_of
from verification.law.services import Platform, example
from verification.law.times import SHANGHAI
from verification.law.words import IdType, Kind
from verification.models import Access, Challenge, Filing, Message, Person, Phone, Provider, Sandbox, Service, Subject
from verification.state import alarms
from verification.time import clock

SUBMITTED = "2017-12-20 09:30"
SENT = "2017-12-20 09:35"
NOON = "2017-12-21 12:00"
LAST_INSTANT = "2017-12-22 09:34:59.999999"
DEADLINE = "2017-12-22 09:35"

GANSU = "gs"
#: Who acts, for tests that do not care by what means.
PROVIDER, TRAINER, OFFICER, FILER = (By.machine(name) for name in ("接入商", "教员", "王科员", "办理人"))

T = TypeVar("T")
_NAMES = "癸甲乙丙丁戊己庚辛壬"


def moment(text: str) -> datetime:
    """A moment in Shanghai, e.g. ``2017-12-20 09:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def shown(at: datetime | None) -> str:
    """The moment as one writes it, the inverse of :func:`moment`."""
    return str(at.astimezone(SHANGHAI).replace(tzinfo=None)).removesuffix(":00") if at else ""


# ── The world ────────────────────────────────────────────────────────────────


def new_sandbox(at: str = SUBMITTED, **columns: Any) -> Sandbox:
    """An empty sandbox whose clock stands still at ``at``."""
    real = clock.real_now()
    values = {
        "name": "测试",
        "starts_at": moment(at),
        "clock_at": moment(at),
        "clock_set_at": real,
        "clock_paused": True,
        "created_at": real,
        "last_used_at": real,
    }
    return Sandbox.objects.create(**{**values, **columns})


def count_on_from(last: int) -> None:
    """Let every table give ids above ``last`` from now on; PostgreSQL would go on where the last test left off."""
    tables = [model._meta.db_table for model in apps.get_app_config("verification").get_models()]
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [table, last + 1])


def new_provider(sandbox: Sandbox, name: str = "演练云") -> Provider:
    """A provider in the sandbox."""
    return Provider.objects.create(sandbox=sandbox, name=name)


def move(sandbox: Sandbox, to: str) -> int:
    """Move the clock and let the jobs do what is due; returns how many alarms that was."""
    clock.move_to(sandbox, moment(to), by=TRAINER)
    return alarms.run_due(sandbox)


def move_without_jobs(sandbox: Sandbox, to: str) -> None:
    """Move the clock while the jobs are late."""
    clock.move_to(sandbox, moment(to), by=TRAINER)


# ── What providers send ──────────────────────────────────────────────────────


def person(serial: int, **changes: str) -> PersonData:
    """The synthetic person number ``serial``, from 1 to 99, with a phone of 移动."""
    known = PersonData(
        name=f"演{_NAMES[serial % 10]}{serial}",
        id_type=IdType.RESIDENT_ID.value,
        id_number=demo_resident_id(serial),
        phone=f"139000000{serial:02d}",
    )
    return replace(known, **changes)


def site(serial: int, responsible: PersonData | int, **changes: Any) -> ServiceData:
    """A new website."""
    data = responsible if isinstance(responsible, PersonData) else person(responsible)
    return replace(
        ServiceData(name=f"网站{serial}", domain=f"site{serial}.example.com", person=data, server_ip="192.0.2.1"),
        **changes,
    )


def known_on(platform: Platform, serial: int) -> PlatformData:
    """By what the platform knows the service number ``serial``."""
    return PlatformData(**asdict(example(platform, serial)))


def app(serial: int, responsible: PersonData | int, *platforms: Platform, **changes: Any) -> ServiceData:
    """A new APP, on Android unless said otherwise."""
    known = tuple(known_on(platform, serial) for platform in platforms or (Platform.ANDROID,))
    own = {"type": "app", "name": f"应用{serial}", "domain": "", "domains": (f"api{serial}.example.com",)}
    return site(serial, responsible, **{**own, "platforms": known, **changes})


def mini_program(serial: int, responsible: PersonData | int, **changes: Any) -> ServiceData:
    """A new 小程序 of 微信."""
    known = (known_on(Platform.WECHAT, serial),)
    own = {"type": "mini_program", "name": f"小程序{serial}", "domain": "", "server_ip": "", "platforms": known}
    return site(serial, responsible, **{**own, **changes})


def first_filing(
    subject: PersonData | int = 1, *services: PersonData | int, domain: int = 1, province: str = GANSU
) -> Submission:
    """首次备案 with a responsible person for the 主体 and one for each website; their domains count from ``domain``."""
    data = subject if isinstance(subject, PersonData) else person(subject)
    return Submission(
        kind=Kind.FIRST_FILING,
        province=province,
        subject=SubjectData(name="演练公司", nature="enterprise", person=data),
        services=tuple(site(domain + n, responsible) for n, responsible in enumerate(services or (2,))),
    )


def on_record(provider: Provider, *, province: str = GANSU) -> Subject:
    """A 主体 that was accepted long ago: 演甲1 answers for it and for its second website, 演乙2 for its first."""
    sandbox, accepted_at = provider.sandbox, moment("2016-12-20 09:30")
    one, two = (_person_row(sandbox, person(serial)) for serial in (1, 2))
    subject = Subject.objects.create(
        sandbox=sandbox,
        province=province,
        number=new_number(sandbox, province, at=accepted_at),
        name="演练公司",
        nature="enterprise",
        responsible=one,
        accepted_at=accepted_at,
    )
    for serial, responsible in ((1, two), (2, one)):
        found = Service.objects.create(
            subject=subject,
            serial=serial,
            name=f"老站{serial}",
            domain=f"old{serial}.example.com",
            responsible=responsible,
            accepted_at=accepted_at,
        )
        Access.objects.create(service=found, provider=provider, server_ip="192.0.2.1", accepted_at=accepted_at)
    return subject


def _person_row(sandbox: Sandbox, data: PersonData) -> Person:
    return Person.objects.create(
        sandbox=sandbox,
        name=data.name,
        id_type=data.id_type,
        id_suffix=suffix_of(data.id_number),
        id_masked=masked(data.id_number),
        phone=data.phone,
    )


def request(kind: Kind, record: Subject, *services: ServiceData, **changes: Any) -> Submission:
    """A submission that stands on a record."""
    return Submission(kind=kind, province=record.province, subject_number=record.number, services=services, **changes)


def request_of(kind: Kind, subject: Subject) -> Submission:
    """A good request of a kind that stands on the record; persons that it adds or changes are 演丙3 and 演丁4."""
    match kind:
        case Kind.ADD_SERVICE:
            return request(kind, subject, site(5, 3))
        case Kind.ADD_ACCESS:
            return request(kind, subject, ServiceData(serial=1, server_ip="192.0.2.50"))
        case Kind.CHANGE_FILING:
            new_site = ServiceData(serial=1, name="新站名", person=person(4))
            return request(kind, subject, new_site, subject=SubjectData(name="新公司名", person=person(3)))
        case Kind.CANCEL_SUBJECT:
            return request(kind, subject)
        case Kind.CANCEL_SERVICE | Kind.CANCEL_ACCESS:
            return request(kind, subject, ServiceData(serial=1))
        case _:
            raise KeyError(kind)


def submit(provider: Provider, submission: Submission | None = None) -> Filing:
    """Submit, by default a first filing of 演甲1 with a website of 演乙2."""
    return filings.submit(provider, submission or first_filing(), by=PROVIDER)


def submit_for_review(provider: Provider, serial: int, *, domain: int | None = None) -> Filing:
    """Submit a first filing of one person where nothing is verified yet, so that it waits for the bureau at once."""
    return submit(provider, first_filing(serial, serial, domain=domain or serial, province="z"))


def submit_and_send(provider: Provider, submission: Submission | None = None) -> Filing:
    """Submit, and move the clock on to the first sending."""
    filing = submit(provider, submission)
    if filing.alarm_at is not None:
        clock.move_to(provider.sandbox, filing.alarm_at, by=TRAINER)
        alarms.run_due(provider.sandbox)
        filing.refresh_from_db()
    return filing


def withdraw(filing: Filing) -> None:
    """The provider takes the filing back."""
    filing.refresh_from_db()
    filings.withdraw(filing, by=PROVIDER)


def resubmit(filing: Filing, submission: Submission | None = None) -> Filing:
    """The provider submits again, unchanged by default."""
    filing.refresh_from_db()
    return filings.resubmit(filing, submission, by=PROVIDER)


def resubmit_and_send(filing: Filing, submission: Submission | None = None) -> Filing:
    """The provider submits again, and the clock moves on to the first sending."""
    resubmit(filing, submission)
    if filing.alarm_at is not None:
        clock.move_to(filing.sandbox, filing.alarm_at, by=TRAINER)
        alarms.run_due(filing.sandbox)
        filing.refresh_from_db()
    return filing


def accept(filing: Filing) -> None:
    """An officer of the bureau accepts."""
    filing.refresh_from_db()
    filings.accept(filing, by=OFFICER)


def reject(filing: Filing, reason: str = "材料不全", *, field: str = "", suggestion: str = "") -> None:
    """An officer of the bureau rejects."""
    filing.refresh_from_db()
    filings.reject(filing, by=OFFICER, reason=reason, field=field, suggestion=suggestion)


# ── What persons do ──────────────────────────────────────────────────────────


def challenge_of(filing: Filing, who: int | str) -> Challenge:
    """The challenge of a person (by number) or a phone in the filing's present round."""
    number = who if isinstance(who, str) else person(who).phone
    return Challenge.objects.get(filing=filing, round=Filing.objects.get(pk=filing.pk).round, phone__number=number)


def code_of(filing: Filing, who: int | str) -> str:
    """The code that the person has got."""
    return challenge_of(filing, who).code


def verify(filing: Filing, who: int, **entry: str | None) -> Answer:
    """Enter what the person has got on the province's portal; ``code``, ``phone``, ``id_suffix`` replace the right."""
    filing.refresh_from_db()  # and with it the sandbox, whose clock may have been moved
    right = {"province": filing.province, "phone": person(who).phone, "id_suffix": suffix_of(person(who).id_number)}
    if "code" not in entry:
        entry["code"] = code_of(filing, who)
    return challenges.check_entry(filing.sandbox, by=FILER, **{**right, **entry})  # type: ignore[arg-type]


def send_again(filing: Filing, who: int, **entry: str | None) -> Answer:
    """Ask on the province's portal for another message; ``phone``, ``id_suffix`` replace the right ones."""
    filing.refresh_from_db()  # and with it the sandbox, whose clock may have been moved
    right = {"province": filing.province, "phone": person(who).phone, "id_suffix": suffix_of(person(who).id_number)}
    return challenges.send_again(filing.sandbox, by=FILER, **{**right, **entry})  # type: ignore[arg-type]


def pass_all(filing: Filing) -> None:
    """Let everybody verify; moves the clock to the first sending if that is still ahead."""
    if filing.alarm_at is not None and filing.alarm_kind == "send":
        clock.move_to(filing.sandbox, max(filing.alarm_at, clock.now(filing.sandbox)), by=TRAINER)
        alarms.run_due(filing.sandbox)
    for challenge in Challenge.objects.filter(filing=filing, state="open").select_related("phone"):
        challenges.check_entry(
            filing.sandbox,
            province=filing.province,
            code=challenge.code,
            phone=challenge.phone.number,
            id_suffix=challenge.id_suffix,
            by=FILER,
        )
    filing.refresh_from_db()


def another_code(*taken: str) -> str:
    """Six digits that are none of these."""
    return next(code for n in range(100) if (code := f"{n:06d}") not in taken)


WRONG_ID = "00000X"  # no synthetic person has it


def at_once(*works: Callable[[], T]) -> list[T]:
    """Do all of this at the same instant, each in a thread with a connection of its own; the answers, in order."""
    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


# ── What has happened ────────────────────────────────────────────────────────


def standing(filing: Filing) -> tuple[str, str, int]:
    """State, reason of a return, round."""
    filing.refresh_from_db()
    return filing.state, filing.return_reason, filing.round


def states(filing: Filing) -> dict[str, str]:
    """The state of each challenge of the present round, by name."""
    filing.refresh_from_db()
    return dict(filing.challenges.filter(round=filing.round).values_list("name", "state"))


def history(filing: Filing) -> list[tuple[int, str, str, str]]:
    """The filing's history: round, what happened, when, and to whom; no codes and no ids."""
    rows = filing.events.order_by("id").values_list("round", "kind", "at", "challenge__name")
    return [(number, kind, shown(at), name or "") for number, kind, at, name in rows]


def whats(filing: Filing) -> list[str]:
    """What happened to the filing, in order, without times."""
    return [kind for _, kind, _, _ in history(filing)]


def messages(sandbox: Sandbox, who: int | str | None = None) -> list[tuple[str, str, str]]:
    """The messages to a person's phone, or to all: to whom, why, when sent; oldest first."""
    rows = Message.objects.filter(phone__sandbox=sandbox)
    if who is not None:
        rows = rows.filter(phone__number=who if isinstance(who, str) else person(who).phone)
    found = rows.order_by("sent_at", "id").values_list("challenge__name", "cause", "sent_at")
    return [(name, cause, shown(at)) for name, cause, at in found]


def phone_of(sandbox: Sandbox, who: int) -> Phone:
    """The person's simulated phone."""
    return Phone.objects.get(sandbox=sandbox, number=person(who).phone)


def record_of(subject: Subject) -> dict[str, Any]:
    """What stands on record of a 主体, in words."""
    subject.refresh_from_db()
    return {
        "subject": (subject.name, subject.responsible.name, subject.responsible.phone, shown(subject.cancelled_at)),
        "services": [_site_words(found) for found in subject.services.order_by("serial")],
    }


def _site_words(found: Service) -> tuple[str, str, str, str, Sequence[tuple[str, str]]]:
    live = Access.objects.filter(service=found, cancelled_at__isnull=True).order_by("id")
    served = [(access.provider.name, access.server_ip) for access in live]
    return found.name, found.domain, found.responsible.phone, shown(found.cancelled_at), served
