"""A filing's form in hand: its pages, one more look, and off it goes.

The address says which draft it is (:mod:`portal.shared.visit.drafts`) and which of its pages. What was typed is kept
under the draft and each page reads it, so that Back, Forward and reload do what they say. While nothing can be kept,
the answer is the page itself, and its form carries all that was typed.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from portal.provider.form.blanks import fill_blanks, fill_from_sheet
from portal.provider.form.filing import FilingForm, with_another_service, without_service
from portal.shared.filing.records import others_under_way
from portal.shared.filing.words import name_of_kind
from portal.shared.lesson.papers import typed_from_sheet
from portal.shared.visit import drafts, tokens
from portal.shared.visit.doors import VisitRequest
from verification.acting import filings
from verification.asking.drafting import from_filing
from verification.asking.submissions import Submission
from verification.law.editions import Edition, Province
from verification.law.faults import Fault
from verification.law.who import Target, Verification
from verification.law.words import Kind, Mode, Part, ServiceType
from verification.models import Filing, FilingState, Provider, ReturnReason, Subject
from verification.refusals import Refused, SubmissionRefused

#: The parts of the query that say which draft the form is, and which page of it.
DRAFT, STEP = "draft", "step"


@dataclass(frozen=True)
class Asked:
    """What is being filled in: whose, which kind, where, on which record; ``returned`` is what is submitted again.

    ``first_type`` is what the first new service begins as.
    """

    provider: Provider
    kind: Kind
    province: Province
    edition: Edition
    subject_number: str = ""
    on_record: Subject | None = None
    returned: Filing | None = None
    first_type: ServiceType = ServiceType.WEBSITE

    @property
    def kind_name(self) -> str:
        """The kind as the edition calls it."""
        return name_of_kind(self.kind, self.edition, self.returned.types if self.returned else ())

    @property
    def before(self) -> Submission | None:
        """The last round's content."""
        return from_filing(self.returned) if self.returned else None

    @property
    def fault(self) -> Fault | None:
        """What the bureau found wrong with what is submitted again."""
        return self.returned.fault if self.returned else None

    @property
    def leaves_blanks(self) -> bool:
        """Whether a blank field means "as on record"."""
        return self.on_record is not None

    @property
    def address_to_leave(self) -> str:
        """Where to go without submitting anything."""
        return reverse("provider:detail", args=[self.returned.pk]) if self.returned else reverse("provider:list")

    def form(self, data: QueryDict | None = None) -> FilingForm:
        """The form of this kind, with what was typed or with what it begins with."""
        return FilingForm(
            self.kind,
            provider=self.provider,
            province=self.province.code,
            edition=self.edition,
            on_record=self.on_record,
            before=self.before,
            first_type=self.first_type,
            data=data,
        )

    def submission(self, form: FilingForm) -> Submission:
        """What was typed into the form."""
        return form.submission(province=self.province.code, subject_number=self.subject_number)


class Step(StrEnum):
    """The pages of a form in hand: as it is, with its mistakes, and the last look."""

    FORM = ""
    MISTAKES = "mistakes"
    CHECK = "check"


def draft_of(draft_id: str) -> str:
    """The draft's name, by its part of the address."""
    return f"filing:{draft_id}"


def typed_by(request: VisitRequest) -> QueryDict | None:
    """What was typed: what is sent now, or what was kept before; ``None`` for a form that begins."""
    return request.POST if request.method == "POST" else drafts.read(request, draft_of(request.GET.get(DRAFT, "")))


@dataclass(frozen=True)
class InHand:
    """A form that is being filled in: by whom, what it asks, and the id of its draft."""

    request: VisitRequest
    asked: Asked
    draft_id: str

    @property
    def draft(self) -> str:
        """The draft's name."""
        return draft_of(self.draft_id)

    def address_of(self, step: Step) -> str:
        """The page of the step."""
        query = self.request.GET.copy()
        query[DRAFT], query[STEP] = self.draft_id, step
        if step is Step.FORM:
            del query[STEP]
        return f"{self.request.path}?{query.urlencode()}"


def fill_in(request: VisitRequest, asked: Asked, typed: QueryDict | None) -> HttpResponse:
    """The form's page that the address names; what the pressed button asks for, if something was sent."""
    in_address = request.GET.get(DRAFT, "")
    hand = InHand(request, asked, in_address or secrets.token_urlsafe(6))
    if request.method == "POST":
        return _take(hand, request.POST)
    step = request.GET.get(STEP, Step.FORM)
    if typed is None and step != Step.FORM:
        messages.info(request, "填写中的内容已经找不到了：可能已经提交，或者超过了一小时。需要的话，请重新填写。")
        return redirect(hand.address_of(Step.FORM))
    if not in_address:  # so that Back finds the draft of what will be typed
        return redirect(hand.address_of(Step.FORM))
    return _page(hand, typed, step)


def _take(hand: InHand, typed: QueryDict) -> HttpResponse:
    """Do what the button says that was pressed."""
    action = typed.get("action", "")
    if not tokens.is_good(hand.request):
        messages.info(hand.request, tokens.GROWN_OLD)
        # The button that sends it unchanged stands on another page, with nothing typed.
        return _form_page(hand, hand.asked.form(None if action == "unchanged" else typed))
    if action == "submit":
        return _send(hand, typed)
    if action == "unchanged" and hand.asked.returned is not None:
        return _send_unchanged(hand.request, hand.asked.returned)
    if action == "review":
        return _go_on(hand, typed, Step.MISTAKES if _check(hand.asked, typed).form.errors else Step.CHECK)
    if action == "sheet":
        return _go_on(hand, fill_from_sheet(hand.asked.form(typed), typed, typed_from_sheet(hand.request)), Step.FORM)
    return _go_on(hand, _retyped(hand.asked, typed, action), Step.FORM)


def _retyped(asked: Asked, data: QueryDict, action: str) -> QueryDict:
    """The typed fields after a button that changes the form itself; anything else leaves them as they are."""
    name, _, argument = action.partition(":")
    if name == "add":
        return with_another_service(data, argument)
    if name == "remove":
        return without_service(data, argument)
    if name == "fill":
        return fill_blanks(asked.form(data), data)
    return data


def _go_on(hand: InHand, typed: QueryDict, step: Step) -> HttpResponse:
    """Keep what was typed and lead to the page that reads it; answer with that page where nothing can be kept."""
    if drafts.keep(hand.request, hand.draft, typed):
        return redirect(hand.address_of(step))
    return _page(hand, typed, step)


# ── Its pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(hand: InHand, typed: QueryDict | None, step: str) -> HttpResponse:
    if typed is None or step not in (Step.MISTAKES, Step.CHECK):
        return _form_page(hand, hand.asked.form(typed))
    checked = _check(hand.asked, typed)
    if step == Step.MISTAKES or checked.form.errors:
        return _form_page(hand, checked.form)
    return _look_once_more(hand.request, hand.asked, checked)


def _form_page(hand: InHand, form: FilingForm) -> HttpResponse:
    fault = hand.asked.fault
    marked = form.id_of_earlier(fault.field) if fault else ""
    context = {"visit": hand.request.visit, "asked": hand.asked, "form": form, "draft": hand.draft, "marked": marked}
    return render(hand.request, "provider/submitting/form.html", context)


@dataclass(frozen=True)
class Checked:
    """The form with all its mistakes; if it has none, what would be sent and who would be verified."""

    form: FilingForm
    submission: Submission
    verification: Verification | None


def _check(asked: Asked, typed: QueryDict) -> Checked:
    form = asked.form(typed)
    submission = asked.submission(form)
    try:
        verification = filings.expected_verification(asked.provider, submission, returned=asked.returned)
    except SubmissionRefused as refusal:
        form.take(refusal.errors)
        verification = None
    return Checked(form, submission, verification)


def _look_once_more(request: VisitRequest, asked: Asked, checked: Checked) -> HttpResponse:
    """The provider's own small review: what will be sent, and who will get a message. Nothing is sent yet."""
    verification = checked.verification
    in_force = filings.governing_edition(request.visit.sandbox, asked.province.code, at=request.visit.now)
    context = {
        "visit": request.visit,
        "asked": asked,
        "form": checked.form,
        "submission": checked.submission,
        "targets": [(each, _roles(asked.edition, each)) for each in verification.targets] if verification else [],
        "one_is_enough": verification is not None and verification.mode is Mode.ANY,
        "has_prereview": bool(in_force and in_force.kinds[asked.kind].prereview),
        "in_force": in_force,
        "others": others_under_way(asked.on_record, but=asked.returned),
    }
    return render(request, "provider/submitting/review.html", context)


def _roles(edition: Edition, target: Target) -> str:
    """For what the holder of a phone answers, in words."""
    filed = {Part.SUBJECT: "", Part.SERVICE: "：{}"}
    return "、".join(edition.role_label(role.part) + filed[role.part].format(role.filed) for role in target.roles)


# ── Off ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _send(hand: InHand, typed: QueryDict) -> HttpResponse:
    request, asked, form = hand.request, hand.asked, hand.asked.form(typed)
    submission = asked.submission(form)
    if form.errors:
        return _sent_back(hand, form, typed)
    by = request.visit.by
    try:
        if asked.returned is None:
            filing = filings.submit(asked.provider, submission, by=by)
        else:
            filing = filings.resubmit(asked.returned, submission, by=by)
    except SubmissionRefused as refusal:
        form.take(refusal.errors)
        return _sent_back(hand, form, typed)
    except Refused as refusal:  # somebody was quicker
        messages.error(request, refusal.sentence)
        return redirect(
            "provider:list" if asked.returned is None else reverse("provider:detail", args=[asked.returned.pk])
        )
    drafts.forget(request, hand.draft)
    _say_what_became_of(request, filing)
    return redirect("provider:detail", filing.pk)


def _sent_back(hand: InHand, form: FilingForm, typed: QueryDict) -> HttpResponse:
    """The form with mistakes that only the submission has found."""
    drafts.keep(hand.request, hand.draft, typed)
    return _form_page(hand, form)


def _send_unchanged(request: VisitRequest, filing: Filing) -> HttpResponse:
    if not filings.can_resubmit_unchanged(filing):
        messages.error(request, "数据校验退回的申请，不修改就重新提交会再次退回，请按退回说明修改后提交。")
        return redirect("provider:resubmit", filing.pk)
    try:
        filing = filings.resubmit(filing, None, by=request.visit.by)
    except SubmissionRefused as refusal:  # what was right once need not be right under a later edition
        messages.error(request, " ".join(error.sentence for error in refusal.errors))
        return redirect("provider:resubmit", filing.pk)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("provider:detail", filing.pk)
    _say_what_became_of(request, filing)
    return redirect("provider:detail", filing.pk)


def _say_what_became_of(request: VisitRequest, filing: Filing) -> None:
    """Tell the provider at once where the filing went."""
    if filing.state == FilingState.RETURNED:
        label = ReturnReason(filing.return_reason).label
        messages.error(request, f"备案申请 {filing.number} 已退回：{label}。请看下方的退回说明。")
        return
    submitted = f"备案申请 {filing.number} 已提交{filing.province_law.bureau_name}，并已通知备案人。"
    if filing.state == FilingState.VERIFYING and filing.edition:
        minutes = filing.edition.timing.first_sending_minutes.value
        submitted += f"约 {minutes} 分钟后下发验证码。"
    elif filing.state == FilingState.PREREVIEW:
        submitted += "管局预审通过后下发验证码。"
    else:
        submitted += "本次申请无需短信核验，已进入管局审核。"
    messages.success(request, submitted)
