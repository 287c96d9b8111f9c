"""The records of accepted 主体 and services: comparing a request with them, and applying an accepted filing to them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db.models import F, Max, Q

from verification.asking import changes
from verification.asking.conflicts import REJECT, changes_since
from verification.asking.drafting import Draft, PartDraft
from verification.asking.reading import bare_number
from verification.asking.submissions import ServicesNeed, needs
from verification.law.editions import Edition, provinces
from verification.law.times import SHANGHAI
from verification.law.who import Verification
from verification.law.words import Kind, Part, ServiceType
from verification.models import (
    Access,
    ChallengeState,
    Filing,
    FilingPart,
    FilingState,
    NumberSeries,
    Person,
    Provider,
    Sandbox,
    Service,
    ServicePlatform,
    Subject,
)
from verification.refusals import Refused

#: Where a filing is with the bureau, or on its way there.
UNDECIDED = (FilingState.PREREVIEW, FilingState.VERIFYING, FilingState.REVIEWING)

_ON_RECORD = Q(cancelled_at__isnull=True, subject__cancelled_at__isnull=True)


def find_subject(sandbox: Sandbox, province: str, number: str) -> Subject | None:
    """The 主体 on record with this 备案号 in this province; ``None`` if there is none or it was cancelled.

    A service's number (with -N) finds its 主体.
    """
    bare = bare_number(number)
    found = Subject.objects.filter(sandbox=sandbox, province=province, number=bare, cancelled_at__isnull=True)
    return found.select_related("responsible").first()


def under_way(subjects: Iterable[int]) -> dict[int, list[Filing]]:
    """The filings on these 主体 on record that are not decided, the oldest first, by the id of the 主体; one query."""
    found: dict[int, list[Filing]] = {}
    undecided = Filing.objects.filter(subject_record__in=set(subjects), state__in=UNDECIDED)
    for filing in undecided.select_related("provider").order_by("id"):
        assert filing.subject_record_id is not None
        found.setdefault(filing.subject_record_id, []).append(filing)
    return found


def verified_persons(persons: Iterable[Person]) -> set[int]:
    """The ids of those whose phones passed in the filing that put them on record (W-25); one query."""
    passed = FilingPart.objects.filter(
        person__in=persons,
        round=F("filing__round"),
        filing__state=FilingState.ACCEPTED,
        filing__challenges__round=F("round"),
        filing__challenges__phone__number=F("person__phone"),
        filing__challenges__state=ChallengeState.PASSED,
    )
    return set(passed.values_list("person_id", flat=True))


# ── Comparing a request with the records ─────────────────────────────────────


def problems_of(draft: Draft, provider: Provider, edition: Edition) -> list[str]:
    """What speaks against a request after comparison with the records, as sentences that say what to do next."""
    submission = draft.submission
    need = needs(submission.kind)
    if need.subject_number and draft.subject is None:
        return [f"备案号 {submission.subject_number} 在备案库中不存在或已注销，请核对备案号和省份后重新提交。"]
    problems = [
        f"备案号 {submission.subject_number} 名下没有序号为 {serial} 的{edition.service_word}，请核对后重新提交。"
        for serial in draft.missing_serials
    ]
    if submission.target_number and not find_subject(provider.sandbox, submission.province, submission.target_number):
        problems.append(f"迁入主体的备案号 {submission.target_number} 不存在或已注销，请核对后重新提交。")
    for part in draft.parts:
        if part.part is Part.SERVICE:
            problems += _service_problems(part, draft, provider, edition)
    return problems


def problems_of_persons(verification: Verification) -> list[str]:
    """Who could not verify, because what would have to be typed stands in no record (I-03)."""
    return [
        f"备案记录中没有{target.main.name}的港澳居民来往内地通行证背面号码，本省核验要填写它，"
        "请先在变更中补充背面号码，审核通过后再重新提交。"
        for target in verification.targets
        if not target.main.id_suffix
    ]


def _service_problems(part: PartDraft, draft: Draft, provider: Provider, edition: Edition) -> Iterator[str]:
    site = part.record
    access = edition.kind_name(Kind.ADD_ACCESS) if edition.services else Kind.ADD_ACCESS.label
    if site is None:
        for known in _taken_names(part, None, provider.sandbox):
            yield f"{known} 已经备案，请改为办理{access}或变更，或{_OTHER_NAME[part.type_law]}后重新提交。"
        return
    assert isinstance(site, Service)
    is_served = any(access.provider_id == provider.pk and access.cancelled_at is None for access in site.accesses.all())
    if needs(draft.submission.kind).services is ServicesNeed.ACCESS:
        if is_served:
            yield f"{site.called} 已由“{provider.name}”接入，无需再次{access}。"
        yield from _phone_problems(part, site, edition)
    elif not is_served:
        yield f"{site.called} 的接入商不是“{provider.name}”，请由其接入商提交，或先办理{access}。"
    for known in _taken_names(part, site, provider.sandbox) if part.is_touched else ():
        label = part.type_law.label
        yield f"{known} 已经备案，请{_OTHER_NAME[part.type_law]}，或先注销原有的{label}后重新提交。"


#: What to do where a service's name is taken.
_OTHER_NAME = {
    ServiceType.WEBSITE: "换一个域名",
    ServiceType.APP: "核对包名（Bundle ID）",
    ServiceType.MINI_PROGRAM: "核对小程序的编号",
}


def _taken_names(part: PartDraft, own: Service | None, sandbox: Sandbox) -> Iterator[str]:
    """By what a service would be known that another on record is known by already, in words."""
    others = Service.objects.filter(_ON_RECORD, subject__sandbox=sandbox)
    if own is not None:
        others = others.exclude(pk=own.pk)
    if part.domain and others.filter(domain=part.domain).exists():
        yield f"域名 {part.domain}"
    known = Q()
    for each in part.platforms:
        known |= Q(platform=each.platform, identifier=each.identifier)
    taken = ServicePlatform.objects.filter(known, service__in=others).order_by("id") if known else ()
    for row in taken:
        yield row.law.called(row.identifier)


def _phone_problems(part: PartDraft, site: Service, edition: Edition) -> Iterator[str]:
    """新增接入 with a phone that is not the one on record (W-24)."""
    if edition.records.differing_access_phone.value != "return" or part.person.phone == site.responsible.phone:
        return
    if site.accesses.all() and all(access.cancelled_at for access in site.accesses.all()):
        yield (
            f"{site.called} 的负责人手机号码与备案信息不一致，且网站已无接入商（空壳网站），"
            "请先注销该备案，再重新提交新增网站。"
        )
    else:
        yield (
            f"{site.called} 的负责人手机号码与备案信息不一致，请先到原接入商变更负责人手机号码，再提交新增接入；"
            "无法联系原接入商的，请注销该备案后重新提交新增网站。"
        )


# ── Applying an accepted filing ──────────────────────────────────────────────


class RecordsChanged(Refused):
    """The records have changed since the submission and contradict it; ``reason`` tells it to the provider."""

    def __init__(self, change: str) -> None:
        super().__init__(change + REJECT, code="records_changed")
        self.reason = f"{change}请修改后重新提交。"


def apply(filing: Filing, *, at: datetime) -> Subject:
    """Write an accepted filing into the records and return its 主体 (D-06).

    The caller holds the locks of the sandbox and of the filing: one acceptance after the other in a sandbox, so that no
    two get the same number and each sees what the others wrote. Raises :class:`RecordsChanged`, with nothing written.
    """
    sandbox = filing.sandbox
    parts = list(filing.parts.filter(round=filing.round).select_related("person", "service_record"))
    if change := changes_since([filing]).get(filing.pk):
        raise RecordsChanged(change)
    subject_part = next((part for part in parts if part.part == Part.SUBJECT), None)
    service_parts = [part for part in parts if part.part == Part.SERVICE]
    kind = filing.kind_law
    if kind is Kind.FIRST_FILING:
        assert subject_part is not None
        subject = _new_subject(sandbox, filing, subject_part, at=at)
    else:
        assert filing.subject_record is not None, "a filing without its record never reaches the review"
        subject = filing.subject_record
        subject.refresh_from_db()  # it was read before the lock
    if kind is Kind.CANCEL_SUBJECT:
        _cancel_subject(subject, at=at)
    elif subject_part is not None and kind is not Kind.FIRST_FILING:
        _change_subject(subject, subject_part)
    if filing.new_province:
        _move_subject(subject, filing.new_province, at=at)
    new = [part for part in service_parts if part.service_record is None]
    if new:
        _add_services(filing, subject, new, at=at)
    for part in service_parts:
        if part.service_record is not None:
            _apply_service(filing, part.service_record, part, at=at)
    return subject


def new_number(sandbox: Sandbox, province: str, *, at: datetime) -> str:
    """The next 备案号 of a province in the form 陇ICP备17000001号: prefix, two digits of the year, serial.

    The serial has six digits, and seven past 999,999. The caller holds the sandbox's row under lock, so that no two
    requests get the same. A number is never issued again, not even that of a 主体 which has moved to another province
    and has a new one there.
    """
    start = f"{provinces()[province].icp_prefix}ICP备{at.astimezone(SHANGHAI):%y}"
    series, _ = NumberSeries.objects.get_or_create(sandbox=sandbox, start=start)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{start}{series.last:06d}号"


def _new_subject(sandbox: Sandbox, filing: Filing, part: FilingPart, *, at: datetime) -> Subject:
    return Subject.objects.create(
        sandbox=sandbox,
        province=filing.province,
        number=new_number(sandbox, filing.province, at=at),
        name=part.name,
        nature=part.nature,
        responsible=_person_of(part),
        remark=part.remark,
        accepted_at=at,
    )


def _person_of(part: FilingPart) -> Person:
    assert part.person is not None, "a filing without its persons never reaches the review"
    return part.person


def _change_subject(subject: Subject, part: FilingPart) -> None:
    """Write what the request changes, and nothing else: others may have changed the rest since its submission."""
    _write(subject, changes.changed(part))


def _write(record: Subject | Service, changed: changes.Values) -> None:
    if (platforms := changed.pop("platforms", None)) is not None:
        assert isinstance(record, Service)
        record.platforms.all().delete()
        _write_platforms(record, platforms)
    columns = {"responsible_id" if name == "person" else name: value for name, value in changed.items()}
    for name, value in columns.items():
        setattr(record, name, value)
    record.save(update_fields=[*columns])


def _move_subject(subject: Subject, province: str, *, at: datetime) -> None:
    """变更主体 to another province: the 备案号 is that province's from now on (W-10)."""
    subject.province, subject.number = province, new_number(subject.sandbox, province, at=at)
    subject.save(update_fields=["province", "number"])


def _move_website(filing: Filing, site: Service) -> None:
    """网站迁移: the website goes to another 主体 and gets that one's next serial."""
    target = find_subject(filing.sandbox, filing.province, filing.target_number)
    assert target is not None, "where it is no more, the acceptance is refused"
    site.subject, site.serial = target, _next_serial(target)
    site.save(update_fields=["subject", "serial"])


def _cancel_subject(subject: Subject, *, at: datetime) -> None:
    Access.objects.filter(service__subject=subject, cancelled_at__isnull=True).update(cancelled_at=at)
    subject.services.filter(cancelled_at__isnull=True).update(cancelled_at=at)
    subject.cancelled_at = at
    subject.save(update_fields=["cancelled_at"])


def _add_services(filing: Filing, subject: Subject, parts: Iterable[FilingPart], *, at: datetime) -> None:
    first = 1 if filing.kind_law is Kind.FIRST_FILING else _next_serial(subject)
    for serial, part in enumerate(parts, first):
        _add_access(_new_service(subject, part, serial=serial, at=at), filing, part, at=at)


def _apply_service(filing: Filing, site: Service, part: FilingPart, *, at: datetime) -> None:
    kind = filing.kind_law
    if kind is Kind.ADD_ACCESS:
        _add_access(site, filing, part, at=at)
    elif kind is Kind.MOVE_WEBSITE:
        _move_website(filing, site)
    elif kind in (Kind.CANCEL_ACCESS, Kind.CANCEL_SERVICE):
        ending = site.accesses.filter(cancelled_at__isnull=True)
        if kind is Kind.CANCEL_ACCESS:
            ending = ending.filter(provider=filing.provider)
        else:
            Service.objects.filter(pk=site.pk).update(cancelled_at=at)
        ending.update(cancelled_at=at)
    else:
        changed = changes.changed(part)
        server_ip = changed.pop("server_ip", None)
        _write(site, changed)
        if server_ip is not None:
            site.accesses.filter(provider=filing.provider, cancelled_at__isnull=True).update(server_ip=server_ip)


def _next_serial(subject: Subject) -> int:
    """The N of a further service; that of one which has moved to another 主体 is not given again."""
    moved = FilingPart.objects.filter(
        filing__subject_record=subject,
        filing__kind=Kind.MOVE_WEBSITE,
        filing__state=FilingState.ACCEPTED,
        round=F("filing__round"),
    )
    last = [rows.aggregate(last=Max("serial"))["last"] or 0 for rows in (subject.services.all(), moved)]
    return max(last) + 1


def _new_service(subject: Subject, part: FilingPart, *, serial: int, at: datetime) -> Service:
    service = Service.objects.create(
        subject=subject,
        type=part.type,
        serial=serial,
        name=part.name,
        domain=part.domain,
        domains=part.domains,
        responsible=_person_of(part),
        remark=part.remark,
        accepted_at=at,
    )
    _write_platforms(service, part.platforms)
    return service


def _write_platforms(service: Service, platforms: Iterable[Mapping[str, str]]) -> None:
    ServicePlatform.objects.bulk_create(ServicePlatform(service=service, **each) for each in platforms)


def _add_access(site: Service, filing: Filing, part: FilingPart, *, at: datetime) -> None:
    Access.objects.create(service=site, provider=filing.provider, server_ip=part.server_ip, accepted_at=at)
