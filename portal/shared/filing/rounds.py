"""What both consoles show of one filing: its rounds with persons, challenges and history.

Everything here reads; the number of queries does not depend on the number of rows.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from portal.shared.filing.words import tone_of
from portal.shared.visit.visits import Visit
from verification.asking.changes import labels_of
from verification.asking.submissions import ServicesNeed, SubjectNeed, needs
from verification.law.services import Platform
from verification.law.words import Part, ServiceType
from verification.models import Challenge, ChallengeState, Event, EventKind, Filing, FilingPart, Person, ReturnReason

#: Which piece of an entry was wrong.
_CHARGED_PIECES = {"id": "证件号码后六位不对", "code": "验证码不对", "phone": "手机号码不对"}


def filing_of(visit: Visit, pk: int) -> Filing:
    """A filing of the visitor's sandbox; 404 for any other."""
    found = Filing.objects.select_related("sandbox", "provider", "subject_record")
    return get_object_or_404(found, pk=pk, sandbox=visit.sandbox)


@dataclass(frozen=True)
class PartShown:
    """One part of a round, and the challenge of its responsible person's phone if there is one."""

    part: FilingPart
    challenge: Challenge | None
    is_change: bool

    @property
    def changes(self) -> list[str]:
        """What the round changes on record of the part, in words; empty where it adds or ends the whole, or nothing."""
        return labels_of(self.part) if self.is_change else []

    @property
    def is_unchanged(self) -> bool:
        """Whether the part only stands beside others that change."""
        return not self.part.is_touched and not self.changes

    @property
    def person(self) -> Person | None:
        """The responsible person, with the data that the round asks for."""
        return self.part.person

    @property
    def role_label(self) -> str:
        """What the responsible person is called."""
        return self.part.filing.role_label(Part(self.part.part))

    @property
    def title(self) -> str:
        """What the part is: the 主体, or a service of a type with its number if it has one."""
        if self.part.part == Part.SUBJECT:
            return "主体"
        return " ".join(filter(None, (ServiceType(self.part.type).label, str(self.part.serial or ""))))

    @property
    def platforms(self) -> list[str]:
        """By what its platforms know the service."""
        return [Platform(each["platform"]).called(each["identifier"]) for each in self.part.platforms]

    @property
    def is_verified_contact(self) -> bool:
        """Whether the person's phone has passed in this round (W-25)."""
        return self.challenge is not None and self.challenge.state == ChallengeState.PASSED


@dataclass(frozen=True)
class ChallengeShown:
    """One phone's challenge in a round."""

    challenge: Challenge

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return tone_of(self.challenge.state)

    @property
    def is_open(self) -> bool:
        """Whether the person can still verify."""
        return self.challenge.state == ChallengeState.OPEN


@dataclass(frozen=True)
class EventShown:
    """One line of a filing's history."""

    event: Event
    challenge: Challenge | None

    @property
    def tone(self) -> str:
        """The mark's colour."""
        return tone_of(self.event.kind)

    @property
    def title(self) -> str:
        """What happened, and to whom."""
        label, whose = EventKind(self.event.kind).label, self.challenge
        return f"{label}：{whose.name}（{whose.role_labels}）" if whose else label

    @property
    def note(self) -> str:
        """Why, where that is known."""
        event = self.event
        if event.kind == EventKind.RETURNED:
            if fault := event.fault:
                return f"{ReturnReason(event.reason).label}：{fault.in_words}"
            return "：".join(filter(None, (ReturnReason(event.reason).label, event.detail)))
        if event.kind == EventKind.ACCEPTED:
            return f"备案号 {event.detail}" if event.detail else ""
        return _CHARGED_PIECES.get(event.reason, event.detail)


@dataclass(frozen=True)
class Round:
    """轮次: one submission of a filing, with its content, its challenges and its history."""

    number: int
    is_present: bool
    parts: list[PartShown]
    challenges: list[ChallengeShown]
    events: list[EventShown]


def rounds_of(filing: Filing) -> list[Round]:
    """All rounds, the present one first; three queries."""
    parts = _by_round(filing.parts.select_related("person", "service_record__subject"))
    challenges = _by_round(filing.challenges.select_related("phone"))
    events = _by_round(filing.events.all())
    by_id = {challenge.pk: challenge for of_round in challenges.values() for challenge in of_round}
    need = needs(filing.kind_law)
    is_change = need.subject is SubjectNeed.CHANGE or need.services is ServicesNeed.CHANGE
    rounds = []
    for number in range(filing.round, 0, -1):
        of_phone: dict[str, Challenge] = {c.phone.number: c for c in challenges.get(number, [])}
        rounds.append(
            Round(
                number=number,
                is_present=number == filing.round,
                parts=[
                    PartShown(part, of_phone.get(part.person.phone) if part.person else None, is_change)
                    for part in parts.get(number, [])
                ],
                challenges=[ChallengeShown(challenge) for challenge in of_phone.values()],
                events=[EventShown(event, by_id.get(event.challenge_id or 0)) for event in events.get(number, [])],
            )
        )
    return rounds


def _by_round(rows: QuerySet[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.round, []).append(row)
    return found
