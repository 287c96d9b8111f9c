"""The bureau's decisions on many filings: a page that says what will happen to each, then what became of each.

The address of the first page names the filings that were ticked in the queue; its form says which of them are still
meant. So nothing is lost when the form has errors, and the page can be loaded anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from portal.bureau.views import RejectionForm, what_acceptance_did, what_approval_did
from portal.shared.filing.lists import Row, rows_in_order
from portal.shared.filing.records import OtherFiling, others_by_subject
from portal.shared.filing.rounds import EventShown
from portal.shared.visit.doors import VisitRequest, needs_role
from portal.shared.visit.ways import next_address
from verification.acting import decisions, filings
from verification.acting.decisions import MOST_AT_ONCE, Decided
from verification.asking.conflicts import conflicts_in_turn
from verification.by import By
from verification.law.words import Kind
from verification.models import Event, EventKind, Filing, FilingState, Role

#: Longer digits are the id of no row.
_LONGEST_ID = 18


def _ids(texts: Iterable[str]) -> list[int]:
    """What can be the id of a row."""
    return [int(text) for text in texts if text.isdecimal() and len(text) <= _LONGEST_ID]


# ── The three decisions ──────────────────────────────────────────────────────────────────────────────────────────────


class BatchForm(forms.Form):
    """Which of the filings that were ticked in the queue are meant."""

    filing = forms.TypedMultipleChoiceField(
        label="备案申请",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请至少勾选一份备案申请。",
            "invalid_choice": "勾选的备案申请不在这一页，请返回列表重新勾选。",
        },
    )

    def __init__(self, data: QueryDict | None, rows: Sequence[Row], **options: Any) -> None:
        super().__init__(data, initial={"filing": [row.filing.pk for row in rows]}, **options)
        field = self.fields["filing"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.filing.pk, row.filing.number) for row in rows]

    @property
    def chosen(self) -> list[int]:
        """The ids that are ticked, also in a form with errors."""
        return _ids(map(str, self["filing"].value() or []))


class BatchRejectionForm(BatchForm, RejectionForm):
    """Which filings go back, each as a whole, and why; with a suggestion if any of their editions has one."""

    def __init__(self, data: QueryDict | None, rows: Sequence[Row]) -> None:
        super().__init__(data, rows, has_suggestion=any(row.filing.names_faults for row in rows))


@dataclass(frozen=True)
class Act:
    """A decision that can be made on many filings: its words, where it can be made, what it does and has done."""

    word: str
    form: Callable[[QueryDict | None, Sequence[Row]], BatchForm]
    can: Callable[[Filing], bool]
    obstacles: Callable[[Sequence[Filing]], dict[int, str]]
    effect: Callable[[Row], str]
    decide: Callable[[Sequence[Filing], By, BatchForm], list[Decided]]
    result: Callable[[Filing], str]


def _effect_of_acceptance(row: Row) -> str:
    filing = row.filing
    if filing.kind == Kind.FIRST_FILING:
        return f"发放新的{filing.province_law.icp_prefix}ICP备案号，主体和{filing.service_word}写入备案库。"
    number = filing.subject_record.number if filing.subject_record else filing.subject_number
    if filing.kind == Kind.CANCEL_SUBJECT:
        return f"注销备案号 {number} 和名下的全部{filing.service_word}。"
    return f"按申请内容更新备案号 {number} 的备案记录。"


def _effect_of_approval(row: Row) -> str:
    if row.filing.edition is None or not row.challenges:
        return "没有手机号码要核验，直接进入管局审核。"
    minutes = row.filing.edition.timing.first_sending_minutes.value
    return f"约 {minutes} 分钟后向 {len(row.challenges)} 个新的手机号码下发验证码。"


def _effect_of_rejection(row: Row) -> str:
    loss = "，已通过的短信核验不再有效" if row.passed else ""
    return f"退回{row.filing.provider.name}{loss}。"


def _result_of_rejection(filing: Filing) -> str:
    return f"退回{filing.provider.name}。"


ACCEPT = Act(
    word="通过",
    form=BatchForm,
    can=filings.can_review,
    obstacles=conflicts_in_turn,
    effect=_effect_of_acceptance,
    decide=lambda chosen, by, _: decisions.accept_many(chosen, by=by),
    result=what_acceptance_did,
)
APPROVE = Act(
    word="预审通过",
    form=BatchForm,
    can=filings.can_prereview,
    obstacles=lambda _: {},
    effect=_effect_of_approval,
    decide=lambda chosen, by, _: decisions.approve_many(chosen, by=by),
    result=what_approval_did,
)
REJECT = Act(
    word="驳回",
    form=BatchRejectionForm,
    can=lambda filing: filings.can_review(filing) or filings.can_prereview(filing),
    obstacles=lambda _: {},
    effect=_effect_of_rejection,
    decide=lambda chosen, by, form: decisions.reject_many(
        chosen,
        by=by,
        reason=form.cleaned_data["reason"],
        suggestion=form.cleaned_data.get("suggestion", ""),
    ),
    result=_result_of_rejection,
)

# ── What the pages show of a filing ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Choice:
    """A filing before the decision: what will happen to it, or why nothing can."""

    row: Row
    effect: str
    obstacle: str
    others: Sequence[OtherFiling]
    last_decision: EventShown | None
    is_chosen: bool


@dataclass(frozen=True)
class Result:
    """A filing after the decision: what has happened to it, or why nothing has."""

    row: Row
    sentence: str
    is_done: bool
    last_decision: EventShown | None


def _last_decisions(rows: Iterable[Row]) -> dict[int, EventShown]:
    """Who decided last in the present round of each filing, where somebody or the clock has; one query."""
    decided = Event.objects.filter(
        filing__in=[row.filing for row in rows],
        round=F("filing__round"),
        kind__in=(EventKind.APPROVED, EventKind.ACCEPTED, EventKind.RETURNED),
    )
    return {event.filing_id: EventShown(event, challenge=None) for event in decided.order_by("id")}


def _choices(act: Act, rows: Sequence[Row], form: BatchForm) -> list[Choice]:
    decidable = [row.filing for row in rows if act.can(row.filing)]
    obstacles = act.obstacles(decidable) | {
        row.filing.pk: f"目前是“{FilingState(row.filing.state).label}”，不能{act.word}。"
        for row in rows
        if row.filing not in decidable
    }
    chosen, last = set(form.chosen), _last_decisions(rows)
    others = others_by_subject(filing.subject_record_id for filing in decidable if filing.subject_record_id)
    return [
        Choice(
            row=row,
            effect=act.effect(row),
            obstacle=obstacles.get(row.filing.pk, ""),
            others=[other for other in others.get(row.filing.subject_record_id or 0, []) if other.pk != row.filing.pk],
            last_decision=last.get(row.filing.pk),
            is_chosen=row.filing.pk in chosen,
        )
        for row in rows
    ]


def _results(act: Act, decided: Sequence[Decided], *, now: datetime) -> list[Result]:
    rows = rows_in_order([each.filing.pk for each in decided], now=now)
    last = _last_decisions(rows)
    return [
        Result(
            row=row,
            sentence=each.refusal.sentence if each.refusal else act.result(row.filing),
            is_done=each.refusal is None,
            last_decision=last.get(row.filing.pk) if each.refusal else None,
        )
        for row, each in zip(rows, decided, strict=True)
    ]


# ── The pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.BUREAU)
def batch(request: VisitRequest, act: Act) -> HttpResponse:
    """Say of each filing in the address what the decision will do, then decide and say what it has done (D-06)."""
    queue = next_address(request) or reverse("bureau:queue")
    ids = _ids_in(request)
    rows = rows_in_order(ids, now=request.visit.now) if len(ids) <= MOST_AT_ONCE else []
    if not rows:
        sentence = f"一次最多处理 {MOST_AT_ONCE} 份备案申请，请分批勾选。" if ids else "请先勾选要处理的备案申请。"
        messages.error(request, sentence)
        return redirect(queue)
    form = act.form(request.POST if request.method == "POST" else None, rows)
    context = {"visit": request.visit, "act": act, "queue": queue, "form": form}
    if request.method == "POST" and form.is_valid():
        meant = [row.filing for row in rows if row.filing.pk in form.cleaned_data["filing"]]
        decided = act.decide(meant, request.visit.by, form)
        results = _results(act, decided, now=request.visit.now)
        done = sum(result.is_done for result in results)
        counts = {"done": done, "refused": len(results) - done}
        return render(request, "bureau/batch/done.html", {**context, **counts, "results": results})
    choices = _choices(act, rows, form)
    context["possible"] = [choice for choice in choices if not choice.obstacle]
    context["impossible"] = [choice for choice in choices if choice.obstacle]
    return render(request, "bureau/batch/confirm.html", context)


def _ids_in(request: VisitRequest) -> list[int]:
    """The filings of the visitor's sandbox that the address names, each once, in its order."""
    named = _ids(request.GET.getlist("filing"))
    own = set(Filing.objects.filter(sandbox=request.visit.sandbox, pk__among=named).values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(named) if pk in own]
