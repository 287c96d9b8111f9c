"""What both consoles show of one filing: words for its states, its rounds with persons, challenges and history.

Everything here reads; the number of queries does not depend on the number of rows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from portal.shared.visit.visits import Visit
from verification.law.editions import Edition, latest_edition
from verification.law.words import Kind, Part
from verification.models import (
    Challenge,
    ChallengeState,
    Event,
    EventKind,
    Filing,
    FilingPart,
    FilingState,
    Person,
    ReturnReason,
)

#: What a provider does about a returned filing.
_NEXT_STEPS = {
    ReturnReason.DATA_CHECK: "请按退回说明核对备案号、域名和负责人信息，修改后重新提交；这一轮没有下发验证码。",
    ReturnReason.DEADLINE: "请联系未核验的负责人，确认手机能收短信；可更换手机号码后重新提交，届时下发新的验证码。",
    ReturnReason.FAILED: "请与负责人核对手机号码和证件号码，改正后重新提交；届时下发新的验证码，各负责人都要重新核验。",
    ReturnReason.REJECTED: "请按管局的驳回意见修改后重新提交；需要短信核验的，届时下发新的验证码。",
    ReturnReason.WITHDRAWN: "这份申请已由接入商撤回，可以修改后重新提交，申请编号不变。",
}

#: The colour of a state's badge and of an event's mark: a modifier of the classes ``badge`` and ``timeline__item``.
_TONES: dict[str, str] = {
    FilingState.PREREVIEW: "info",
    FilingState.VERIFYING: "warn",
    FilingState.REVIEWING: "info",
    FilingState.ACCEPTED: "good",
    FilingState.RETURNED: "bad",
    ChallengeState.OPEN: "warn",
    ChallengeState.PASSED: "good",
    ChallengeState.FAILED: "bad",
    ChallengeState.EXPIRED: "bad",
    EventKind.SUBMITTED: "info",
    EventKind.PREREVIEW: "info",
    EventKind.APPROVED: "good",
    EventKind.VERIFYING: "warn",
    EventKind.REVIEWING: "info",
    EventKind.ACCEPTED: "good",
    EventKind.RETURNED: "bad",
    EventKind.CHARGED: "bad",
    EventKind.PASSED: "good",
    EventKind.FAILED: "bad",
    EventKind.EXPIRED: "bad",
}

_WAITS_FOR_MESSAGE = "请留意手机短信，按短信提示完成核验。"

#: Which piece of an entry was wrong.
_CHARGED_PIECES = {"id": "证件号码后六位不对", "code": "验证码不对", "phone": "手机号码不对"}


def filing_of(visit: Visit, pk: int) -> Filing:
    """A filing of the visitor's sandbox; 404 for any other."""
    found = Filing.objects.select_related("sandbox", "provider", "subject_record")
    return get_object_or_404(found, pk=pk, sandbox=visit.sandbox)


def tone_of(state: str) -> str:
    """The colour for a state or for a kind of event."""
    return _TONES.get(state, "mute")


def name_of_kind(kind: Kind, edition: Edition) -> str:
    """The kind as the edition calls it (N-06), or its customary name where the edition does not list it."""
    name = edition.kinds[kind].name
    return name.value if name else kind.label


def kind_name(filing: Filing) -> str:
    """The kind as the filing's edition calls it; where none governed, as the latest edition of that time does."""
    return name_of_kind(filing.kind_law, filing.edition or latest_edition(at=filing.submitted_at))


def filer_status(filing: Filing) -> str:
    """The status that the provider's side shows to the filer: 管局审核中 from the submission on (D-08)."""
    decided = {FilingState.ACCEPTED: "审核通过", FilingState.RETURNED: "已退回"}
    return decided.get(FilingState(filing.state), "管局审核中")


def next_step(filing: Filing) -> str:
    """What the provider of a returned filing does next; empty in other states."""
    return _NEXT_STEPS[ReturnReason(filing.return_reason)] if filing.return_reason else ""


# ── Rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PartShown:
    """One part of a round, and the challenge of its responsible person's phone if there is one."""

    part: FilingPart
    challenge: Challenge | None

    @property
    def person(self) -> Person | None:
        """The responsible person, with the data that the round asks for."""
        return self.part.person

    @property
    def role_label(self) -> str:
        """主体负责人 or 网站负责人."""
        return Part(self.part.part).role_label

    @property
    def is_website(self) -> bool:
        """Whether the part is a 网站."""
        return self.part.part == Part.WEBSITE

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

    @property
    def tone(self) -> str:
        """The mark's colour."""
        return tone_of(self.event.kind)

    @property
    def title(self) -> str:
        """What happened, and to whom."""
        label = EventKind(self.event.kind).label
        challenge = self.event.challenge
        return f"{label}：{challenge.name}（{challenge.role_labels}）" if challenge else label

    @property
    def note(self) -> str:
        """Why, where that is known."""
        event = self.event
        if event.kind == EventKind.RETURNED:
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
    parts = _by_round(filing.parts.select_related("person", "website_record__subject"))
    challenges = _by_round(filing.challenges.select_related("phone"))
    events = _by_round(filing.events.select_related("challenge"))
    rounds = []
    for number in range(filing.round, 0, -1):
        of_phone: dict[str, Challenge] = {c.phone.number: c for c in challenges.get(number, [])}
        rounds.append(
            Round(
                number=number,
                is_present=number == filing.round,
                parts=[
                    PartShown(part, of_phone.get(part.person.phone) if part.person else None)
                    for part in parts.get(number, [])
                ],
                challenges=[ChallengeShown(challenge) for challenge in of_phone.values()],
                events=[EventShown(event) for event in events.get(number, [])],
            )
        )
    return rounds


def _by_round(rows: QuerySet[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.round, []).append(row)
    return found


# ── What the filer is told ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Notice:
    """What the provider's side has told the filer, and when."""

    at: datetime
    text: str


def notices_of(filing: Filing, rounds: list[Round]) -> list[Notice]:
    """The provider's notices to the filer, the latest first: submitted to the bureau, returned, accepted (D-08).

    A round that the data check returned at once never reached the bureau, and nobody was told that it did.
    """
    return [
        Notice(shown.event.at, text)
        for shown_round in rounds
        for shown in reversed(shown_round.events)
        if (text := _notice_text(filing, shown_round, shown.event))
    ]


def _notice_text(filing: Filing, shown_round: Round, event: Event) -> str:
    if event.kind == EventKind.SUBMITTED:
        reasons = {other.event.reason for other in shown_round.events}
        if ReturnReason.DATA_CHECK in reasons:
            return ""
        waits = _WAITS_FOR_MESSAGE if shown_round.challenges else "本次申请无需短信核验。"
        if any(other.event.kind == EventKind.PREREVIEW for other in shown_round.events):
            waits = "管局预审通过后，新的手机号码会收到验证码。"
        bureau = filing.province_law.bureau_name
        return f"您的备案申请 {filing.number} 已提交{bureau}，状态为“管局审核中”。{waits}"
    if event.kind == EventKind.APPROVED:
        return f"您的备案申请 {filing.number} 已通过管局预审。{_WAITS_FOR_MESSAGE}"
    if event.kind == EventKind.RETURNED:
        return f"您的备案申请 {filing.number} 已退回，原因：{ReturnReason(event.reason).label}。我们会与您联系修改。"
    if event.kind == EventKind.ACCEPTED:
        number = f"，备案号 {event.detail}" if event.detail else ""
        return f"您的备案申请 {filing.number} 已通过管局审核{number}。"
    return ""
