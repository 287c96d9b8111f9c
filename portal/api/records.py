"""Operations on records: what is needed to file a change, without a browser."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from ninja import Router

from portal.api.access import KeyRequest
from portal.api.cursors import Cursor, PageSize, listing, page_of
from portal.api.problems import READ_PROBLEMS
from portal.api.schemas import (
    ProvinceCode,
    RecordNumber,
    RecordOut,
    RecordPage,
    RecordPersonOut,
    RecordPlatformOut,
    RecordServiceOut,
    RecordWebsiteOut,
)
from verification.asking.records import verified_persons
from verification.law.identity import fold
from verification.law.words import IdType, ServiceType
from verification.models import Access, FilingState, Person, Service, ServicePlatform, Subject, SubjectNature

router = Router(tags=["备案信息"])


def _own(request: KeyRequest) -> QuerySet[Subject]:
    """The 主体 that the provider has put on record, or of which it serves a service."""
    provider = request.auth.provider
    filed = Q(filings__provider=provider, filings__state=FilingState.ACCEPTED)
    serves = Q(services__accesses__provider=provider, services__accesses__cancelled_at=None)
    keys = Subject.objects.filter(filed | serves, sandbox=provider.sandbox).values("pk")
    return Subject.objects.filter(pk__in=keys)


def _whole(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    """With all that is told of them; five queries, however many there are."""
    live = Access.objects.filter(cancelled_at=None).select_related("provider").order_by("id")
    services = Service.objects.select_related("responsible").order_by("serial")
    with_access = services.prefetch_related(Prefetch("accesses", live), "platforms")
    return subjects.select_related("responsible").prefetch_related(Prefetch("services", with_access))


def _told(subjects: Sequence[Subject]) -> list[RecordOut]:
    """Records of one's own, each in full."""
    persons = [person for subject in subjects for person in _persons_of(subject)]
    verified = verified_persons(persons)

    def person_out(person: Person) -> RecordPersonOut:
        return RecordPersonOut(
            name=person.name,
            id_type=IdType(person.id_type),
            id_masked=person.id_masked,
            phone_masked=person.phone_masked,
            is_verified_contact=person.pk in verified,
        )

    return [
        _record_out(
            subject,
            is_own=True,
            responsible=person_out(subject.responsible),
            services=[
                _service_out(
                    service,
                    domains=service.domains,
                    responsible=person_out(service.responsible),
                    providers=[access.provider.name for access in service.accesses.all()],
                    platforms=[_platform_out(row) for row in service.platforms.all()],
                    cancelled_at=service.cancelled_at,
                )
                for service in subject.services.all()
            ],
            cancelled_at=subject.cancelled_at,
        )
        for subject in subjects
    ]


def _persons_of(subject: Subject) -> list[Person]:
    return [subject.responsible, *(service.responsible for service in subject.services.all())]


def _public(subject: Subject) -> RecordOut:
    """A record of others, as the public query shows it: what is on record now, and no person."""
    live = [service for service in subject.services.all() if service.cancelled_at is None]
    return _record_out(subject, is_own=False, services=[_service_out(service) for service in live])


def _record_out(
    subject: Subject,
    *,
    is_own: bool,
    services: list[RecordServiceOut],
    responsible: RecordPersonOut | None = None,
    cancelled_at: datetime | None = None,
) -> RecordOut:
    """A record with its services, and ``websites`` beside them for clients that know no others."""
    are_websites = all(service.type is ServiceType.WEBSITE for service in services)
    return RecordOut(
        number=subject.number,
        province=subject.province,
        name=subject.name,
        nature=SubjectNature(subject.nature),
        is_own=is_own,
        responsible=responsible,
        services=services,
        websites=[RecordWebsiteOut(**dict(service)) for service in services] if are_websites else None,
        accepted_at=subject.accepted_at,
        cancelled_at=cancelled_at,
    )


def _service_out(service: Service, **told: Any) -> RecordServiceOut:
    """A service as everybody may see it, with what more is told of one's own."""
    told = {"responsible": None, "providers": [], "domains": [], "platforms": [], "cancelled_at": None} | told
    return RecordServiceOut(
        type=service.type_law,
        number=service.number,
        serial=service.serial,
        name=service.name,
        domain=service.domain,
        accepted_at=service.accepted_at,
        **told,
    )


def _platform_out(row: ServicePlatform) -> RecordPlatformOut:
    return RecordPlatformOut(platform=row.law, identifier=row.identifier, public_key=row.public_key, md5=row.md5)


@router.get(
    "",
    response={200: RecordPage, **READ_PROBLEMS},
    operation_id="list_records",
    summary="列出备案信息",
    description="本接入商报备或接入的主体及其服务，新的在前，按游标分页；负责人信息隐去中间。",
)
@listing
def list_records(
    request: KeyRequest, province: ProvinceCode | None = None, cursor: Cursor = "", limit: PageSize = 50
) -> RecordPage:
    """The provider's own records, newest first, a page at a time."""
    rows = _own(request).filter(province=province) if province else _own(request)
    items, next_cursor = page_of(_whole(rows), cursor=cursor, limit=limit)
    return RecordPage(items=_told(items), next_cursor=next_cursor)


@router.get(
    "/{number}",
    response={200: RecordOut, **READ_PROBLEMS},
    operation_id="read_record",
    summary="查看备案信息",
    description="按主体备案号查看。不是本接入商的，只给出公共查询中能看到的内容。",
)
def read(request: KeyRequest, number: RecordNumber) -> RecordOut:
    """One record by its 主体's number: one's own in full, one of others as in the public query."""
    in_sandbox = Subject.objects.filter(sandbox=request.auth.provider.sandbox, number=fold(number))
    found = _whole(in_sandbox).first()
    if found is None:
        raise Http404
    if _own(request).filter(pk=found.pk).exists():
        return _told([found])[0]
    if found.cancelled_at is not None:
        raise Http404
    return _public(found)
