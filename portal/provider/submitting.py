"""A provider submits a filing, or submits a returned one again: kind, record, form, one more look, and off it goes.

Nothing is kept between the steps but what the address and the form itself carry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.provider.form.blanks import fill_blanks
from portal.provider.form.fields import RecordForm
from portal.provider.form.filing import FilingForm, with_another_website, without_website
from portal.shared.filing.records import others_under_way
from portal.shared.filing.rounds import filing_of
from portal.shared.filing.words import name_of_kind
from portal.shared.visit.doors import VisitRequest, needs_role
from portal.shared.visit.visits import Visit
from verification.acting import filings
from verification.asking import reading, records
from verification.asking.drafting import from_filing
from verification.asking.submissions import Submission, needs
from verification.law.editions import Edition, Province, provinces
from verification.law.words import Kind, Mode
from verification.models import Filing, FilingState, Provider, ReturnReason, Role, Subject
from verification.refusals import Refused, SubmissionRefused


@dataclass(frozen=True)
class Asked:
    """What is being filled in: whose, which kind, where, on which record; ``returned`` is what is submitted again."""

    provider: Provider
    kind: Kind
    province: Province
    edition: Edition
    subject_number: str = ""
    on_record: Subject | None = None
    returned: Filing | None = None

    @property
    def kind_name(self) -> str:
        """The kind as the edition calls it."""
        return name_of_kind(self.kind, self.edition)

    @property
    def before(self) -> Submission | None:
        """The last round's content."""
        return from_filing(self.returned) if self.returned else None

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
        side = self.edition.identity.permit_side(self.province.code)
        return FilingForm(
            self.kind,
            provider=self.provider,
            permit_side=side,
            on_record=self.on_record,
            before=self.before,
            data=data,
        )

    def submission(self, form: FilingForm) -> Submission:
        """What was typed into the form."""
        return form.submission(province=self.province.code, subject_number=self.subject_number)


def chosen_provider(providers: Sequence[Provider], wanted: str) -> Provider | None:
    """The provider that the address names, else the sandbox's first."""
    return next((provider for provider in providers if str(provider.pk) == wanted), providers[0] if providers else None)


# ── A new filing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs_role(Role.PROVIDER)
def new(request: VisitRequest) -> HttpResponse:
    """First the kind, then the record if the kind stands on one, then the form. The address carries the choice."""
    visit = request.visit
    providers = list(Provider.objects.filter(sandbox=visit.sandbox).select_related("sandbox").order_by("id"))
    provider = chosen_provider(providers, request.GET.get("provider", ""))
    if provider is None:
        messages.error(request, "这个演练环境里没有接入商，请到演练大厅新建一个演练环境。")
        return redirect("provider:list")
    province = _chosen_province(visit, request.GET.get("province", ""))
    edition = filings.naming_edition(visit.sandbox, province.code, at=visit.now)
    kind = _chosen_kind(edition, request.GET.get("kind", ""))
    if kind is None:
        return _kinds_page(request, providers, provider, province, edition)
    if not needs(kind).subject_number:
        return _fill_in(request, Asked(provider, kind, province, edition))
    form = RecordForm(request.GET if "subject_number" in request.GET else None)
    if not form.number:
        return _records_page(request, Asked(provider, kind, province, edition), form)
    on_record = records.find_subject(visit.sandbox, province.code, form.number)
    return _fill_in(request, Asked(provider, kind, province, edition, form.number, on_record))


def _chosen_province(visit: Visit, code: str) -> Province:
    """The province that the address names, else that of the latest filing, else the first where the law is in force."""
    if code in provinces():
        return provinces()[code]
    latest = Filing.objects.filter(sandbox=visit.sandbox).values_list("province", flat=True).first()
    if latest is not None:
        return provinces()[latest]
    in_force = (
        province
        for province in provinces().values()
        if filings.governing_edition(visit.sandbox, province.code, at=visit.now)
    )
    return next(in_force, next(iter(provinces().values())))


def _chosen_kind(edition: Edition, name: str) -> Kind | None:
    return next((kind for kind in edition.offered_kinds if kind.value == name), None)


def _kinds_page(
    request: VisitRequest, providers: Sequence[Provider], provider: Provider, province: Province, edition: Edition
) -> HttpResponse:
    offered = [
        {
            "name": edition.kind_name(kind),
            "address": _address(provider, kind, province),
            "situations": edition.kinds[kind].situations,
            "prereview": edition.kinds[kind].prereview,
        }
        for kind in edition.offered_kinds
    ]
    missing = [
        {"name": name_of_kind(kind, edition), "reason": law.not_offered.value}
        for kind in Kind
        if (law := edition.kinds[kind]).not_offered is not None
    ]
    context = {
        "visit": request.visit,
        "providers": providers,
        "provider": provider,
        "province": province,
        "provinces": provinces().values(),
        "edition": edition,
        "in_force": filings.governing_edition(request.visit.sandbox, province.code, at=request.visit.now),
        "offered": offered,
        "missing": missing,
    }
    return render(request, "provider/submitting/kinds.html", context)


def _address(provider: Provider, kind: Kind, province: Province, number: str = "") -> str:
    query = {"provider": str(provider.pk), "province": province.code, "kind": kind.value}
    if number:
        query["subject_number"] = number
    return f"{reverse('provider:new')}?{urlencode(query)}"


def _records_page(request: VisitRequest, asked: Asked, form: RecordForm) -> HttpResponse:
    in_province = Subject.objects.filter(sandbox=request.visit.sandbox, province=asked.province.code, cancelled_at=None)
    found = in_province.select_related("responsible").prefetch_related("websites").order_by("number")
    context = {
        "visit": request.visit,
        "asked": asked,
        "form": form,
        "records": [
            (subject, _address(asked.provider, asked.kind, asked.province, subject.number)) for subject in found
        ],
        "verified": records.verified_persons([subject.responsible for subject in found]),
    }
    return render(request, "provider/submitting/records.html", context)


# ── Again ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs_role(Role.PROVIDER)
def resubmit(request: VisitRequest, pk: int) -> HttpResponse:
    """The form of a returned filing with its last content, to be changed (D-07) and submitted again (D-04)."""
    visit = request.visit
    filing = filing_of(visit, pk)
    if not filings.can_resubmit(filing):
        messages.error(request, "只有已退回的备案申请才能重新提交，请查看当前状态。")
        return redirect("provider:detail", filing.pk)
    number = filing.subject_number
    if "subject_number" in request.POST:
        number = reading.record_number(request.POST["subject_number"])
    return _fill_in(
        request,
        Asked(
            provider=filing.provider,
            kind=filing.kind_law,
            province=filing.province_law,
            edition=filings.naming_edition(visit.sandbox, filing.province, at=visit.now),
            subject_number=number,
            on_record=records.find_subject(visit.sandbox, filing.province, number) if number else None,
            returned=filing,
        ),
    )


# ── The form, one more look, and off ─────────────────────────────────────────────────────────────────────────────────


def _fill_in(request: VisitRequest, asked: Asked) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, asked, asked.form())
    action = request.POST.get("action", "")
    if action == "submit":
        return _send(request, asked)
    if action == "unchanged" and asked.returned is not None:
        return _send_unchanged(request, asked.returned)
    if action == "review":
        return _look_once_more(request, asked)
    return _form_page(request, asked, asked.form(_retyped(asked, request.POST, action)))


def _retyped(asked: Asked, data: QueryDict, action: str) -> QueryDict:
    """The typed fields after a button that changes the form itself; anything else leaves them as they are."""
    name, _, argument = action.partition(":")
    if name == "add":
        return with_another_website(data)
    if name == "remove":
        return without_website(data, argument)
    if name == "fill":
        return fill_blanks(asked.form(data), data)
    return data


def _form_page(request: VisitRequest, asked: Asked, form: FilingForm) -> HttpResponse:
    return render(request, "provider/submitting/form.html", {"visit": request.visit, "asked": asked, "form": form})


def _look_once_more(request: VisitRequest, asked: Asked) -> HttpResponse:
    """The provider's own small review: what will be sent, and who will get a message. Nothing is sent yet."""
    form = asked.form(request.POST)
    submission = asked.submission(form)
    try:
        verification = filings.expected_verification(asked.provider, submission, returned=asked.returned)
    except SubmissionRefused as refusal:
        form.take(refusal.errors)
        verification = None
    if form.errors:
        return _form_page(request, asked, form)
    in_force = filings.governing_edition(request.visit.sandbox, asked.province.code, at=request.visit.now)
    context = {
        "visit": request.visit,
        "asked": asked,
        "form": form,
        "submission": submission,
        "targets": verification.targets if verification else (),
        "one_is_enough": verification is not None and verification.mode is Mode.ANY,
        "has_prereview": bool(in_force and in_force.kinds[asked.kind].prereview),
        "in_force": in_force,
        "others": others_under_way(asked.on_record, but=asked.returned),
    }
    return render(request, "provider/submitting/review.html", context)


def _send(request: VisitRequest, asked: Asked) -> HttpResponse:
    form = asked.form(request.POST)
    submission = asked.submission(form)
    if form.errors:
        return _form_page(request, asked, form)
    by = request.visit.by
    try:
        if asked.returned is None:
            filing = filings.submit(asked.provider, submission, by=by)
        else:
            filing = filings.resubmit(asked.returned, submission, by=by)
    except SubmissionRefused as refusal:
        form.take(refusal.errors)
        return _form_page(request, asked, form)
    except Refused as refusal:  # somebody was quicker
        messages.error(request, refusal.sentence)
        return redirect(
            "provider:list" if asked.returned is None else reverse("provider:detail", args=[asked.returned.pk])
        )
    _say_what_became_of(request, filing)
    return redirect("provider:detail", filing.pk)


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
