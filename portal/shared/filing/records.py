"""What both consoles show of a record: its numbers, what stands under them, and which contacts have been verified."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.shared.filing.words import kind_name
from verification.asking import records
from verification.law.words import Part, ServiceType
from verification.models import Access, Filing, FilingState, Person, Service, Subject


@dataclass(frozen=True)
class Entry:
    """The 主体 of a record, or one of its services."""

    role_label: str
    number: str
    name: str
    known_by: Sequence[str]
    person: Person
    is_verified_contact: bool
    providers: Sequence[str]
    cancelled_at: datetime | None


def record_of(filing: Filing) -> list[Entry]:
    """What stands on record of the 主体 that a filing stands on or has become; empty where there is none."""
    return _entries(filing.subject_record, filing) if filing.subject_record else []


def _entries(subject: Subject, filing: Filing) -> list[Entry]:
    """The 主体 and its services by their numbers, cancelled ones too; six queries."""
    services = list(subject.services.select_related("responsible").prefetch_related("platforms").order_by("serial"))
    verified = records.verified_persons([subject.responsible, *(site.responsible for site in services)])
    serving: dict[int, list[str]] = {}
    accesses = Access.objects.filter(service__in=services, cancelled_at__isnull=True)
    for service_id, provider in accesses.order_by("id").values_list("service_id", "provider__name"):
        serving.setdefault(service_id, []).append(provider)
    head = Entry(
        role_label=filing.role_label(Part.SUBJECT),
        number=subject.number,
        name=subject.name,
        known_by=(),
        person=subject.responsible,
        is_verified_contact=subject.responsible_id in verified,
        providers=(),
        cancelled_at=subject.cancelled_at,
    )
    return [
        head,
        *(
            Entry(
                role_label=filing.role_label(Part.SERVICE),
                number=site.number,
                name=site.name,
                known_by=_known_by(site),
                person=site.responsible,
                is_verified_contact=site.responsible_id in verified,
                providers=serving.get(site.pk, ()),
                cancelled_at=site.cancelled_at,
            )
            for site in services
        ),
    ]


def _known_by(service: Service) -> list[str]:
    """By what it is known, and where it is served: a website's domain, the platforms and domains of another."""
    if service.type_law is ServiceType.WEBSITE:
        return [service.domain]
    platforms = [row.law.called(row.identifier) for row in service.platforms.all()]
    return [service.type_law.label, *platforms, *service.domains]


@dataclass(frozen=True)
class OtherFiling:
    """A filing under way on a 备案号, as a notice beside another on the same one."""

    pk: int
    number: str
    kind_name: str
    state: str


def others_under_way(subject: Subject | None, *, but: Filing | None) -> list[OtherFiling]:
    """What else is under way on the 备案号 of a 主体 on record."""
    return others_by_subject([subject.pk] if subject else [], but=but).get(subject.pk if subject else 0, [])


def others_by_subject(subjects: Iterable[int], *, but: Filing | None = None) -> dict[int, list[OtherFiling]]:
    """What is under way on these 备案号, by the id of their 主体; one query."""
    return {
        subject: [_other(filing) for filing in found if filing != but]
        for subject, found in records.under_way(subjects).items()
    }


def _other(filing: Filing) -> OtherFiling:
    return OtherFiling(filing.pk, filing.number, kind_name(filing), FilingState(filing.state).label)
