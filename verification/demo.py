"""What a new sandbox holds: providers, records, phones and filings. All synthetic, and recognisable as such."""

from datetime import timedelta

from verification import clock, filings
from verification.law.editions import Province
from verification.law.identity import demo_resident_id, masked, suffix_of
from verification.law.words import IdType, Kind
from verification.models import Access, Person, Phone, Provider, Sandbox, Subject, SubjectNature, Website
from verification.records import new_number
from verification.submissions import PersonData, SubjectData, Submission, WebsiteData

PROVIDERS = ("演练云", "示例主机")
#: Numbers of each network and of a 虚拟运营商; every one ends in the serial of its person.
_BLOCKS = ("13900000", "18600000", "13300000", "17000000")
_NAMES = ("演甲", "演乙", "演丙", "演丁", "演戊", "演己", "演庚", "演辛", "演壬")


def demo_person(serial: int) -> PersonData:
    """The synthetic person number ``serial`` (from 1): name, document with a birthday in 1900, phone."""
    return PersonData(
        name=_NAMES[(serial - 1) % len(_NAMES)],
        id_type=IdType.RESIDENT_ID.value,
        id_number=demo_resident_id(serial),
        phone=f"{_BLOCKS[(serial - 1) % len(_BLOCKS)]}{serial:03d}",
        emergency_phone="010-00000000",
    )


def first_filing(province: str, *, subject: int, website: int, domain: str, name: str) -> Submission:
    """首次备案 of a synthetic company with one website; ``subject`` and ``website`` number the responsible persons."""
    return Submission(
        kind=Kind.FIRST_FILING,
        province=province,
        subject=SubjectData(name=f"{name}有限公司", nature=SubjectNature.ENTERPRISE, person=demo_person(subject)),
        websites=(WebsiteData(name=f"{name}官网", domain=domain, person=demo_person(website), server_ip="192.0.2.10"),),
    )


def fill(sandbox: Sandbox, province: Province) -> None:
    """Fill a new sandbox: two providers, one record, three filings under way."""
    ours, other = (Provider.objects.create(sandbox=sandbox, name=name) for name in PROVIDERS)
    _record(sandbox, province, ours)
    actor = "演练数据"
    filings.submit(
        ours,
        first_filing(province.code, subject=1, website=2, domain="liangren.example.com", name="演练两人"),
        actor=actor,
    )
    filings.submit(
        ours,
        first_filing(province.code, subject=3, website=3, domain="yiren.example.com", name="演练一人"),
        actor=actor,
    )
    filings.submit(
        other,
        first_filing(province.code, subject=4, website=5, domain="xuni.example.com", name="演练虚拟号"),
        actor=actor,
    )


def _record(sandbox: Sandbox, province: Province, provider: Provider) -> None:
    """A 主体 with two websites that was accepted a year ago: 变更, 新增网站 and 取消接入 stand on it."""
    accepted_at = clock.now(sandbox) - timedelta(days=365)
    responsible, webmaster = (_person(sandbox, demo_person(serial)) for serial in (6, 7))
    subject = Subject.objects.create(
        sandbox=sandbox,
        province=province.code,
        number=new_number(sandbox, province.code, at=accepted_at),
        name="演练老客户有限公司",
        nature=SubjectNature.ENTERPRISE,
        responsible=responsible,
        accepted_at=accepted_at,
    )
    for serial, (name, domain, person) in enumerate(
        (("演练老站", "laozhan.example.com", webmaster), ("演练商城", "shangcheng.example.com", responsible)), start=1
    ):
        site = Website.objects.create(
            subject=subject, serial=serial, name=name, domain=domain, responsible=person, accepted_at=accepted_at
        )
        Access.objects.create(website=site, provider=provider, server_ip="192.0.2.1", accepted_at=accepted_at)


def _person(sandbox: Sandbox, data: PersonData) -> Person:
    Phone.objects.get_or_create(sandbox=sandbox, number=data.phone)
    return Person.objects.create(
        sandbox=sandbox,
        name=data.name,
        id_type=data.id_type,
        id_suffix=suffix_of(data.id_number),
        id_masked=masked(data.id_number),
        phone=data.phone,
        emergency_phone=data.emergency_phone,
    )
