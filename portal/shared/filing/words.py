"""Words and colours for what a filing is and has become: its kind, its states, and what is to be done next."""

from collections.abc import Collection

from verification.law.editions import Edition, latest_edition
from verification.law.words import Kind, ServiceType
from verification.models import ChallengeState, EventKind, Filing, FilingState, ReturnReason

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


def tone_of(state: str) -> str:
    """The colour for a state or for a kind of event."""
    return _TONES.get(state, "mute")


def name_of_kind(kind: Kind, edition: Edition, types: Collection[ServiceType] = ()) -> str:
    """The kind as the edition calls it (N-06), also for services of these types (T-02); else its customary name."""
    return edition.kind_name(kind, types) if edition.kinds[kind].is_offered else kind.label


def kind_name(filing: Filing) -> str:
    """The kind as the filing's edition calls it; where none governed, as the latest edition of that time does."""
    return name_of_kind(filing.kind_law, filing.edition or latest_edition(at=filing.submitted_at), filing.types)


def filer_status(filing: Filing) -> str:
    """The status that the provider's side shows to the filer: 管局审核中 from the submission on (D-08)."""
    decided = {FilingState.ACCEPTED: "审核通过", FilingState.RETURNED: "已退回"}
    return decided.get(FilingState(filing.state), "管局审核中")


def next_step(filing: Filing) -> str:
    """What the provider of a returned filing does next; empty in other states."""
    return _NEXT_STEPS[ReturnReason(filing.return_reason)] if filing.return_reason else ""
