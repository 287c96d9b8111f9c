"""One world an edition: a sandbox in its time, a provider, a province where it governs, and a 主体 on record there."""

from dataclasses import dataclass
from typing import Any

from tests import world
from tests.world import moment, person
from verification.asking.records import new_number
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import Kind
from verification.models import Filing, Provider, Sandbox, Subject

#: When and where an edition governs by itself; the one without a date has to be pinned.
TIMES = {
    "jd-2017": ("2017-12-20 09:30", "gs", ""),
    "aliyun-2018": ("2018-08-20 09:30", "gs", "aliyun-2018"),
    "tencent-2018": ("2018-10-08 09:30", "gs", ""),
    "miit-2018": ("2018-10-08 09:30", "z", ""),
    "qingcloud-2020": ("2020-09-01 09:30", "gs", ""),
    "public-2023": ("2024-05-06 09:30", "gs", ""),
}


@dataclass(frozen=True)
class Place:
    """Where an edition is tried out."""

    sandbox: Sandbox
    provider: Provider
    province: str
    record: Subject

    def first_filing(self, *persons: PersonData | int, domain: int = 1) -> Filing:
        """首次备案 of these persons, the first for the 主体; its codes have just been sent."""
        submission = world.first_filing(*(persons or (1, 2)), domain=domain, province=self.province)
        return world.submit_and_send(self.provider, submission)

    def ask(self, kind: Kind, **changes: Any) -> Filing:
        """A request of the kind that stands on the record; its codes, if there are any, have just been sent."""
        return world.submit_and_send(self.provider, request_of(kind, self.record, **changes))


def place(edition: str, *, at: str = "", province: str = "") -> Place:
    """A world in which the edition governs, by default at its own time and place."""
    begin, where, pinned = TIMES[edition]
    sandbox = world.new_sandbox(at or begin, pinned_edition=pinned)
    provider = world.new_provider(sandbox)
    record = world.on_record(provider, province=province or where)
    return Place(sandbox=sandbox, provider=provider, province=province or where, record=record)


def another_record(of: Place) -> Subject:
    """A second 主体 on record in the same province, without services."""
    first = of.record
    return Subject.objects.create(
        sandbox=of.sandbox,
        province=of.province,
        number=new_number(of.sandbox, of.province, at=first.accepted_at),
        name="第二公司",
        nature="enterprise",
        responsible=first.responsible,
        accepted_at=moment("2016-12-20 09:30"),
    )


def request_of(kind: Kind, record: Subject, **changes: Any) -> Submission:
    """A good request of any kind but 首次备案; ``changes`` replaces its parts.

    On record 演甲1 answers for the 主体 and 演乙2 for the website. What is new is 演丙3's.
    """
    one_site = (ServiceData(serial=1),)
    wanted: dict[Kind, dict[str, Any]] = {
        Kind.ADD_SERVICE: {"services": (world.site(5, 3),)},
        Kind.ADD_ACCESS: {"services": (ServiceData(serial=1, server_ip="192.0.2.50"),)},
        Kind.CHANGE_FILING: {"subject": SubjectData(name="新公司名")},
        Kind.CHANGE_SUBJECT: {"subject": SubjectData(name="新公司名")},
        Kind.CHANGE_WEBSITE: {"services": (ServiceData(serial=1, name="新站名"),)},
        Kind.CHANGE_ACCESS: {"services": (ServiceData(serial=1, server_ip="192.0.2.50"),)},
        Kind.CHANGE_PHONE: {"subject": SubjectData(person=PersonData(phone=person(3).phone))},
        Kind.MOVE_DOMAIN: {"services": (ServiceData(serial=1, domain="moved.example.com"),)},
        Kind.MOVE_WEBSITE: {"services": one_site, "target_number": record.number},
        Kind.CANCEL_SUBJECT: {},
        Kind.CANCEL_SERVICE: {"services": one_site},
        Kind.CANCEL_ACCESS: {"services": one_site},
    }
    parts = {"services": (), **wanted[kind], **changes}
    return world.request(kind, record, *parts.pop("services"), **parts)
