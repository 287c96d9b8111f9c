"""What both consoles show of a record: its numbers, what stands under them, and which contacts have been verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from verification.asking import records
from verification.law.words import Part
from verification.models import Access, Person, Subject


@dataclass(frozen=True)
class Entry:
    """The 主体 of a record, or one of its websites."""

    part: Part
    number: str
    name: str
    domain: str
    person: Person
    is_verified_contact: bool
    providers: Sequence[str]
    cancelled_at: datetime | None

    @property
    def role_label(self) -> str:
        """主体负责人 or 网站负责人."""
        return self.part.role_label


def entries_of(subject: Subject) -> list[Entry]:
    """The 主体 and its websites by their numbers, cancelled ones too; five queries."""
    websites = list(subject.websites.select_related("responsible").order_by("serial"))
    verified = records.verified_persons([subject.responsible, *(site.responsible for site in websites)])
    serving: dict[int, list[str]] = {}
    accesses = Access.objects.filter(website__in=websites, cancelled_at__isnull=True)
    for website_id, provider in accesses.order_by("id").values_list("website_id", "provider__name"):
        serving.setdefault(website_id, []).append(provider)
    head = Entry(
        part=Part.SUBJECT,
        number=subject.number,
        name=subject.name,
        domain="",
        person=subject.responsible,
        is_verified_contact=subject.responsible_id in verified,
        providers=(),
        cancelled_at=subject.cancelled_at,
    )
    return [
        head,
        *(
            Entry(
                part=Part.WEBSITE,
                number=f"{subject.number}-{site.serial}",
                name=site.name,
                domain=site.domain,
                person=site.responsible,
                is_verified_contact=site.responsible_id in verified,
                providers=serving.get(site.pk, ()),
                cancelled_at=site.cancelled_at,
            )
            for site in websites
        ),
    ]
