"""What a new sandbox holds: providers, records, phones and filings. All synthetic, and recognisable as such."""

from dataclasses import asdict, replace
from datetime import timedelta

from verification.acting import filings
from verification.asking.records import new_number
from verification.asking.submissions import PersonData, PlatformData, ServiceData, SubjectData, Submission
from verification.by import By
from verification.law.editions import Edition, Province, filed_since
from verification.law.identity import demo_resident_id, masked, suffix_of
from verification.law.services import Platform, example
from verification.law.words import IdType, Kind, Mode, ServiceType
from verification.models import (
    Access,
    Person,
    Phone,
    Provider,
    Sandbox,
    Service,
    ServicePlatform,
    Subject,
    SubjectNature,
)
from verification.time import clock

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
        services=(ServiceData(name=f"{name}官网", domain=domain, person=demo_person(website), server_ip="192.0.2.10"),),
    )


def permit_holder(serial: int) -> PersonData:
    """The synthetic person number ``serial``, with a 港澳居民来往内地通行证 that has brackets on its back (I-04)."""
    return replace(
        demo_person(serial),
        id_type=IdType.HK_MACAU_PERMIT.value,
        id_number=f"H{serial:08d}",
        id_back_number=f"A{serial:06d}（{serial % 10}）",
    )


def fill(sandbox: Sandbox, province: Province) -> None:
    """Fill a new sandbox: two providers, two records, three filings under way, and what is special to the edition."""
    ours, other = (Provider.objects.create(sandbox=sandbox, name=name) for name in PROVIDERS)
    record = _old_customer(sandbox, province, ours, other)
    _others_customer(sandbox, province, other)
    edition = filings.governing_edition(sandbox, province.code, at=clock.now(sandbox))
    if edition is not None:
        _fill_special_kinds(edition, ours, record)
        if ServiceType.APP in edition.service_types:
            _fill_other_services(ours, record)
    # Last, so that the latest filing is one of the scenario's province: pages begin there.
    _submit(ours, first_filing(province.code, subject=1, website=2, domain="liangren.example.com", name="演练两人"))
    _submit(ours, first_filing(province.code, subject=3, website=3, domain="yiren.example.com", name="演练一人"))
    _submit(other, first_filing(province.code, subject=4, website=5, domain="xuni.example.com", name="演练虚拟号"))


def _submit(provider: Provider, submission: Submission) -> None:
    filings.submit(provider, submission, by=By.machine("演练数据"))


def _fill_special_kinds(edition: Edition, provider: Provider, record: Subject) -> None:
    """One filing for each thing that this edition has and others lack."""
    on_record = Submission(kind=Kind.CHANGE_PHONE, province=record.province, subject_number=record.number)
    if any(law.mode is Mode.ANY for law in edition.kinds[Kind.CANCEL_SERVICE].situations):
        _submit(provider, replace(on_record, kind=Kind.CANCEL_SERVICE, services=(ServiceData(serial=1),)))
    if edition.kinds[Kind.CHANGE_PHONE].prereview:
        new_phone = PersonData(phone=f"{_BLOCKS[1]}060")
        _submit(provider, replace(on_record, subject=SubjectData(person=new_phone)))
    if (back := edition.identity.hk_macau_permit_back_in) is not None:
        permit = first_filing(back.value[0], subject=9, website=9, domain="gangao.example.com", name="演练港澳")
        assert permit.subject is not None
        _submit(
            provider,
            replace(
                permit,
                subject=replace(permit.subject, person=permit_holder(9)),
                services=(replace(permit.services[0], person=permit_holder(9)),),
            ),
        )


def _fill_other_services(provider: Provider, record: Subject) -> None:
    """An APP on record, a 小程序 that is being added, and a first filing of three persons with a website and an APP."""
    responsible = person_on_record(record.sandbox, _named(10, "演癸"))
    _app_on_record(record, responsible, served_by=provider)
    _submit(
        provider,
        Submission(
            kind=Kind.ADD_SERVICE,
            province=record.province,
            subject_number=record.number,
            services=(
                ServiceData(
                    type=ServiceType.MINI_PROGRAM.value,
                    name="演练小程序",
                    platforms=(_example(Platform.WECHAT, 2),),
                    person=_named(11, "演子"),
                ),
            ),
        ),
    )
    first = first_filing(record.province, subject=12, website=13, domain="sanren.example.com", name="演练三人")
    assert first.subject is not None
    website = replace(first.services[0], person=_named(13, "演寅"))
    app = ServiceData(
        type=ServiceType.APP.value,
        name="演练三人",
        domains=("api.sanren.example.com",),
        platforms=(_example(Platform.ANDROID, 3), _example(Platform.IOS, 3)),
        person=_named(14, "演卯"),
    )
    subject = replace(first.subject, person=_named(12, "演丑"))
    _submit(provider, replace(first, subject=subject, services=(website, app)))


def _named(serial: int, name: str) -> PersonData:
    return replace(demo_person(serial), name=name)


def _example(platform: Platform, serial: int) -> PlatformData:
    return PlatformData(**asdict(example(platform, serial)))


def _app_on_record(subject: Subject, responsible: Person, *, served_by: Provider) -> None:
    accepted_at = min(clock.now(subject.sandbox), max(subject.accepted_at, filed_since(ServiceType.APP)))
    app = Service.objects.create(
        subject=subject,
        type=ServiceType.APP.value,
        serial=3,
        name="演练掌上",
        domains=["api.laozhan.example.com"],
        responsible=responsible,
        accepted_at=accepted_at,
    )
    for platform in (Platform.ANDROID, Platform.IOS):
        ServicePlatform.objects.create(service=app, **asdict(_example(platform, 1)))
    Access.objects.create(service=app, provider=served_by, server_ip="192.0.2.3", accepted_at=accepted_at)


def _old_customer(sandbox: Sandbox, province: Province, ours: Provider, other: Provider) -> Subject:
    """A 主体 with two websites, the second of which both providers serve: 变更, 新增, 取消 and 注销 stand on it."""
    responsible, webmaster = (person_on_record(sandbox, demo_person(serial)) for serial in (6, 7))
    subject = subject_on_record(sandbox, province, "演练老客户有限公司", responsible)
    website_on_record(subject, 1, "演练老站", "laozhan.example.com", webmaster, served_by=(ours,))
    website_on_record(subject, 2, "演练商城", "shangcheng.example.com", responsible, served_by=(ours, other))
    return subject


def _others_customer(sandbox: Sandbox, province: Province, other: Provider) -> None:
    """A 主体 whose website the other provider serves: 新增接入 begins there, and 网站迁移 may end there."""
    responsible = person_on_record(sandbox, demo_person(8))
    subject = subject_on_record(sandbox, province, "演练他家客户有限公司", responsible)
    website_on_record(subject, 1, "演练他家站", "tajia.example.com", responsible, served_by=(other,))


def subject_on_record(sandbox: Sandbox, province: Province, name: str, responsible: Person) -> Subject:
    """A 主体 on record for a year, with a number of its province."""
    accepted_at = clock.now(sandbox) - timedelta(days=365)
    return Subject.objects.create(
        sandbox=sandbox,
        province=province.code,
        number=new_number(sandbox, province.code, at=accepted_at),
        name=name,
        nature=SubjectNature.ENTERPRISE,
        responsible=responsible,
        accepted_at=accepted_at,
    )


def website_on_record(  # a row of a table, in its order
    subject: Subject, serial: int, name: str, domain: str, responsible: Person, *, served_by: tuple[Provider, ...]
) -> None:
    """A website under a 主体 on record, as old as that, with the 接入 of each provider."""
    accepted_at = subject.accepted_at
    site = Service.objects.create(
        subject=subject, serial=serial, name=name, domain=domain, responsible=responsible, accepted_at=accepted_at
    )
    for last, provider in enumerate(served_by, start=1):
        Access.objects.create(service=site, provider=provider, server_ip=f"192.0.2.{last}", accepted_at=accepted_at)


def person_on_record(sandbox: Sandbox, data: PersonData) -> Person:
    """A responsible person as a row, with a phone."""
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
