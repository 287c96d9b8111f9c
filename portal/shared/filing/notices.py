"""What the provider's side has told the filer of a filing (D-08)."""

from dataclasses import dataclass
from datetime import datetime

from portal.shared.filing.rounds import Round
from verification.models import Event, EventKind, Filing, ReturnReason

_WAITS_FOR_MESSAGE = "请留意手机短信，按短信提示完成核验。"


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
        found = f"（{event.fault.in_words}）" if event.fault else ""
        why = f"{ReturnReason(event.reason).label}{found}"
        return f"您的备案申请 {filing.number} 已退回，原因：{why}。我们会与您联系修改。"
    if event.kind == EventKind.ACCEPTED:
        number = f"，备案号 {event.detail}" if event.detail else ""
        return f"您的备案申请 {filing.number} 已通过管局审核{number}。"
    return ""
