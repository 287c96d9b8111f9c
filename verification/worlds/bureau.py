"""管局自动审核: whether the bureau of a sandbox decides by itself, when, and which filings it refuses."""

from dataclasses import astuple, dataclass

from django.db import transaction

from verification import news
from verification.models import Filing, Sandbox
from verification.models.sandbox import MOST_WORKING_DAYS
from verification.refusals import FieldError, SubmissionRefused
from verification.state import alarms
from verification.state.deciding import DETAIL_LENGTH
from verification.state.transitions import schedule_decisions
from verification.time import clock

#: Of at most so many filings, one is refused.
MOST_REFUSED_EVERY = 100
_COLUMNS = ("decides_after", "refuses_every", "refuses_with", "suggests")


@dataclass(frozen=True)
class AutomaticReview:
    """How a bureau decides by itself: after so many working days, accepting all, or all but one in so many.

    ``reason`` is what the provider of a refused filing reads, with ``suggestion`` under an edition that has one. Which
    ones those are, ``Sandbox.refuses`` says.
    """

    after_working_days: int
    refuse_every: int | None = None
    reason: str = ""
    suggestion: str = ""


def checked_review(
    after_working_days: int | None, refuse_every: int | None, reason: str, suggestion: str = ""
) -> AutomaticReview | None:
    """The setting as it was typed; ``None`` for nothing, which turns it off.

    Raises :class:`SubmissionRefused` with all that is wrong, by the names of these parameters.
    """
    reason, suggestion = reason.strip(), suggestion.strip()
    refuses = refuse_every is not None or bool(reason or suggestion)
    errors = [
        *_wrong_days(after_working_days, refuses=refuses),
        *_wrong_refusals(refuse_every, reason, suggestion),
    ]
    if errors:
        raise SubmissionRefused(errors)
    if after_working_days is None:
        return None
    return AutomaticReview(after_working_days, refuse_every, reason, suggestion)


def _wrong_days(days: int | None, *, refuses: bool) -> list[FieldError]:
    if days is None and refuses:
        return [FieldError("after_working_days", "请填写几个工作日后自动审核。", "required")]
    if days is not None and not 1 <= days <= MOST_WORKING_DAYS:
        sentence = f"请填写 1 至 {MOST_WORKING_DAYS} 之间的整数。"
        return [FieldError("after_working_days", sentence, "out_of_range")]
    return []


def _wrong_refusals(refuse_every: int | None, reason: str, suggestion: str) -> list[FieldError]:
    errors = []
    if refuse_every is None and (reason or suggestion):
        sentence = f"请填写每几份驳回一份；都不驳回的，请清空{'驳回原因' if reason else '修改建议'}。"
        errors.append(FieldError("refuse_every", sentence, "required"))
    if refuse_every is not None and not 1 <= refuse_every <= MOST_REFUSED_EVERY:
        sentence = f"请填写 1 至 {MOST_REFUSED_EVERY} 之间的整数；1 表示全部驳回。"
        errors.append(FieldError("refuse_every", sentence, "out_of_range"))
    if refuse_every is not None and not reason:
        errors.append(FieldError("reason", "请填写驳回原因，接入商要据此修改后重新提交。", "reason_required"))
    if len(reason) > DETAIL_LENGTH:
        errors.append(FieldError("reason", f"驳回原因最多 {DETAIL_LENGTH} 个字，请缩短。", "reason_too_long"))
    if len(suggestion) > DETAIL_LENGTH:
        sentence = f"修改建议最多 {DETAIL_LENGTH} 个字，请缩短。"
        errors.append(FieldError("suggestion", sentence, "suggestion_too_long"))
    return errors


def columns_of(review: AutomaticReview | None) -> dict[str, int | str | None]:
    """What a sandbox's row holds of the setting."""
    return dict(zip(_COLUMNS, astuple(review) if review else (None, None, "", ""), strict=True))


def review_of(sandbox: Sandbox) -> AutomaticReview | None:
    """The sandbox's setting; ``None`` where officers decide."""
    if sandbox.decides_after is None:
        return None
    return AutomaticReview(sandbox.decides_after, sandbox.refuses_every, sandbox.refuses_with, sandbox.suggests)


@transaction.atomic
def set_review(sandbox: Sandbox, review: AutomaticReview | None) -> None:
    """Let the bureau decide by itself from now on, also what waits already, or (``None``) let that wait for officers.

    What was due by now is decided by the setting as it was. The time of what waits counts from when it came to wait;
    whose time is over already is decided at this moment.
    """
    # Not lock_sandbox: nothing may come to wait meanwhile, and whoever brings it there keeps the row's key.
    locked = Sandbox.objects.select_for_update().get(pk=sandbox.pk)
    now = clock.now(locked)
    alarms.decide_due(locked, now=now)
    columns = columns_of(review)
    for row in (locked, sandbox):
        for name, value in columns.items():
            setattr(row, name, value)
    locked.save(update_fields=[*columns])
    schedule_decisions(Filing.objects.filter(sandbox=sandbox), not_before=now)
    news.note_change([sandbox.pk])
