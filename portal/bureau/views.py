"""The bureau's console: the queue of filings, their review, and who decided what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Max, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.shared.filing.lists import FilingFilter, page_of
from portal.shared.filing.records import others_under_way, record_of
from portal.shared.filing.review import what_bureau_does
from portal.shared.filing.rounds import filing_of, rounds_of
from portal.shared.filing.words import kind_name, tone_of
from portal.shared.page.fields import WholeText
from portal.shared.pictures.timeline import picture_of_rounds
from portal.shared.visit.doors import VisitRequest, needs_role
from verification.acting import filings
from verification.asking import records
from verification.asking.conflicts import conflicts_of
from verification.asking.faults import fields_of
from verification.law.editions import Province, latest_edition, provinces
from verification.law.words import Kind
from verification.models import ChallengeState, EventKind, Filing, FilingState, Role
from verification.refusals import Refused
from verification.worlds.bureau import review_of

#: What an officer has to decide.
_PENDING = (FilingState.PREREVIEW, FilingState.REVIEWING)
_EVERYTHING = "all"
_STATES = [
    ("", "待处理"),
    *((state.value, str(state.label)) for state in (*_PENDING, FilingState.VERIFYING)),
    (FilingState.ACCEPTED.value, str(FilingState.ACCEPTED.label)),
    (FilingState.RETURNED.value, str(FilingState.RETURNED.label)),
    (_EVERYTHING, "全部"),
]


@dataclass(frozen=True)
class Backlog:
    """How many filings wait for a decision in a province."""

    province: Province
    count: int


@require_safe
@needs_role(Role.BUREAU)
def queue(request: VisitRequest) -> HttpResponse:
    """What waits for a decision, the longest wait first; everything else on demand."""
    visit = request.visit
    form = FilingFilter(request.GET, edition=latest_edition(at=visit.now), states=_STATES)
    found = _in_state(form.narrow(Filing.objects.filter(sandbox=visit.sandbox)), form.chosen.get("state", ""))
    page, rows = page_of(_longest_wait_first(found), request.GET, now=visit.now)
    context = {
        "visit": visit,
        "filter": form,
        "page": page,
        "rows": rows,
        "backlogs": _backlogs(form.narrow(Filing.objects.filter(sandbox=visit.sandbox), by=["kind"])),
        "can_review": any(filings.can_review(row.filing) for row in rows),
        "can_prereview": any(filings.can_prereview(row.filing) for row in rows),
        # Without scripts, a link ticks all boxes of the page that it names, and of no other.
        "is_all_chosen": request.GET.get("select") == str(page.number),
        "review": _review(request),
    }
    return render(request, "bureau/queue.html", context)


def _review(request: VisitRequest) -> str:
    """What the bureau does by itself, in words; blank where officers decide."""
    review = review_of(request.visit.sandbox)
    return what_bureau_does(review) if review else ""


def _in_state(found: QuerySet[Filing], state: str) -> QuerySet[Filing]:
    if state == _EVERYTHING:
        return found
    return found.filter(state=state) if state else found.filter(state__in=_PENDING)


def _longest_wait_first(found: QuerySet[Filing]) -> QuerySet[Filing]:
    """The filings with ``arrived_at``, when the bureau got them in their present round; null if it has not."""
    arrivals = Q(events__round=F("round"), events__kind__in=(EventKind.PREREVIEW, EventKind.REVIEWING))
    with_arrival = found.annotate(arrived_at=Max("events__at", filter=arrivals))
    return with_arrival.order_by(F("arrived_at").asc(nulls_last=True), "id")


def _backlogs(found: QuerySet[Filing]) -> Sequence[Backlog]:
    """The provinces in which some of these wait, the fullest first; one query."""
    waiting = found.filter(state__in=_PENDING).order_by()
    counts = waiting.values_list("province").annotate(count=Count("id")).order_by("-count", "province")
    return [Backlog(provinces()[code], count) for code, count in counts]


@require_safe
@needs_role(Role.BUREAU)
def detail(request: VisitRequest, pk: int) -> HttpResponse:
    """All that an officer needs for a decision; phones are masked."""
    filing = filing_of(request.visit, pk)
    rounds = rounds_of(filing)
    context = {
        **_about(request, filing),
        "rounds": rounds,
        "picture": picture_of_rounds(filing, rounds),
        "record": record_of(filing),
        "shows_phones": False,
        "is_overdue": filing.is_overdue(request.visit.now),
        "can_review": filings.can_review(filing),
        "can_prereview": filings.can_prereview(filing),
        "others": others_under_way(filing.subject_record, but=filing) if filing.state in records.UNDECIDED else [],
    }
    return render(request, "bureau/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.BUREAU)
def approve(request: VisitRequest, pk: int) -> HttpResponse:
    """Say once more what the pre-review starts, then approve: only now codes go to the new phones (W-23)."""
    filing = filing_of(request.visit, pk)
    if request.method != "POST":
        return _page_of_decision(request, filing, "bureau/approve.html", may=filings.can_prereview(filing))
    try:
        filings.approve(filing, by=request.visit.by)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"备案申请 {filing.number} 预审通过，{what_approval_did(filing)}")
    return redirect("bureau:detail", filing.pk)


def what_approval_did(filing: Filing) -> str:
    """What the end of the pre-review has started, as the rest of a sentence."""
    if filing.state != FilingState.VERIFYING or filing.edition is None:
        return "已进入管局审核。"
    return f"约 {filing.edition.timing.first_sending_minutes.value} 分钟后向新的手机号码下发验证码。"


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.BUREAU)
def accept(request: VisitRequest, pk: int) -> HttpResponse:
    """Say once more what accepting does, then accept: the record is written and the 备案号 issued (D-06)."""
    filing = filing_of(request.visit, pk)
    if request.method != "POST":
        may = filings.can_review(filing)
        about = {
            "conflict": conflicts_of([filing]).get(filing.pk, ""),
            "others": others_under_way(filing.subject_record, but=filing),
        }
        return _page_of_decision(request, filing, "bureau/accept.html", may=may, **about)
    try:
        filings.accept(filing, by=request.visit.by)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"备案申请 {filing.number} 已通过，{what_acceptance_did(filing)}")
    return redirect("bureau:detail", filing.pk)


class RejectionForm(forms.Form):
    """Why filings go back, and a suggestion where an edition ``has_suggestion``."""

    reason = WholeText(
        label="驳回原因",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="接入商会看到这段话，并据此修改。请写清楚哪一项不符合要求、应当怎样改。",
        error_messages={
            "required": "请填写驳回原因，接入商要据此修改后重新提交。",
            "max_length": "驳回原因最多 500 个字，请写得简短一些。",
        },
    )
    suggestion = WholeText(
        label="修改建议",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "请填写修改建议：接入商应当怎样改。",
            "max_length": "修改建议最多 500 个字，请写得简短一些。",
        },
    )

    def __init__(self, data: QueryDict | None, *, has_suggestion: bool, **options: Any) -> None:
        super().__init__(data, **options)
        if has_suggestion:
            self.fields["reason"].label = "有什么问题"
            self.fields["reason"].help_text = "接入商会看到这段话，并据此修改。"
        else:
            del self.fields["suggestion"]


class FaultForm(RejectionForm):
    """Why a filing goes back under an edition whose refusals say which field is wrong."""

    field_order = ("field", "reason", "suggestion")
    field = forms.ChoiceField(
        label="有问题的项目",
        required=False,
        error_messages={"invalid_choice": "这份备案申请没有这个项目，请从列表中选择。"},
    )

    def __init__(self, data: QueryDict | None, filing: Filing) -> None:
        super().__init__(data, has_suggestion=True)
        chosen = self.fields["field"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = list(fields_of(filing).items())


def _form_of_rejection(filing: Filing, data: QueryDict | None) -> RejectionForm:
    return FaultForm(data, filing) if filing.names_faults else RejectionForm(data, has_suggestion=False)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.BUREAU)
def reject(request: VisitRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then send the filing back with it, from review (D-06) or pre-review."""
    filing = filing_of(request.visit, pk)
    form = _form_of_rejection(filing, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        may = filings.can_review(filing) or filings.can_prereview(filing)
        passed = filing.challenges.filter(round=filing.round, state=ChallengeState.PASSED)
        return _page_of_decision(request, filing, "bureau/reject.html", may=may, form=form, has_passed=passed.exists())
    try:
        filings.reject(filing, by=request.visit.by, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"备案申请 {filing.number} 已驳回，退回{filing.provider.name}。")
    return redirect("bureau:detail", filing.pk)


def _page_of_decision(
    request: VisitRequest, filing: Filing, template: str, *, may: bool, **more: object
) -> HttpResponse:
    """The page before a decision; the filing's own page where there is nothing to decide."""
    if not may:
        messages.error(request, "这份备案申请现在不能这样处理，请查看当前状态。")
        return redirect("bureau:detail", filing.pk)
    return render(request, template, {**_about(request, filing), **more})


def _about(request: VisitRequest, filing: Filing) -> dict[str, object]:
    return {
        "visit": request.visit,
        "filing": filing,
        "kind_name": kind_name(filing),
        "tone": tone_of(filing.state),
    }


def what_acceptance_did(filing: Filing) -> str:
    """What now stands on record, as the rest of a sentence."""
    if filing.kind == Kind.FIRST_FILING and filing.subject_record:
        return f"发放备案号 {filing.subject_record.number}。"
    return "备案库已更新。"
