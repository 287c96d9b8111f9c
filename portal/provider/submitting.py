"""A provider submits a filing, or submits a returned one again: kind, record, and then the form.

Nothing is kept between these steps but what the address carries; of the form itself see
:mod:`portal.provider.filling_in`.
"""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portal.provider.filling_in import Asked, fill_in, typed_by
from portal.provider.form.fields import RecordForm
from portal.shared.filing.rounds import filing_of
from portal.shared.filing.words import name_of_kind
from portal.shared.visit.doors import VisitRequest, needs_role
from portal.shared.visit.visits import Visit
from verification.acting import filings
from verification.asking import reading, records
from verification.asking.submissions import ServicesNeed, needs
from verification.law.editions import Edition, Province, provinces
from verification.law.tables import matrix
from verification.law.words import Kind, ServiceType
from verification.models import Filing, Provider, Role, Subject


def chosen_provider(providers: Sequence[Provider], wanted: str) -> Provider | None:
    """The provider that the address names, else the sandbox's first."""
    return next((provider for provider in providers if str(provider.pk) == wanted), providers[0] if providers else None)


# ── A new filing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@csrf_exempt  # fill_in looks at the token: a form without a good one comes back filled in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
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
    asked = Asked(provider, kind, province, edition, first_type=_chosen_type(edition, request.GET.get("type", "")))
    if not needs(kind).subject_number:
        return fill_in(request, asked, typed_by(request))
    form = RecordForm(request.GET if "subject_number" in request.GET else None)
    if not form.number:
        return _records_page(request, asked, form)
    on_record = records.find_subject(visit.sandbox, province.code, form.number)
    return fill_in(request, replace(asked, subject_number=form.number, on_record=on_record), typed_by(request))


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


def _chosen_type(edition: Edition, name: str) -> ServiceType:
    """The type of the first new service that the address names, else the one that every edition has."""
    return next((type_ for type_ in edition.service_types if type_.value == name), ServiceType.WEBSITE)


def _kinds_page(
    request: VisitRequest, providers: Sequence[Provider], provider: Provider, province: Province, edition: Edition
) -> HttpResponse:
    rows = matrix(edition)
    offered = [
        {
            "name": edition.kind_name(kind, types),
            "address": _address(provider, kind, province, type=types[0] if types else ""),
            "situations": [row for row in rows if row.kind is kind],
            "prereview": edition.kinds[kind].prereview,
        }
        for kind in edition.offered_kinds
        for types in _apart(edition, kind)
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


def _apart(edition: Edition, kind: Kind) -> list[tuple[ServiceType, ...]]:
    """The types of new services for which the edition has names of their own (T-02)."""
    has_names = edition.kinds[kind].names and needs(kind).services is ServicesNeed.NEW
    return [(type_,) for type_ in edition.service_types] if has_names else [()]


def _address(provider: Provider, kind: Kind, province: Province, **more: str) -> str:
    query = {"provider": str(provider.pk), "province": province.code, "kind": kind.value}
    query |= {name: value for name, value in more.items() if value}
    return f"{reverse('provider:new')}?{urlencode(query)}"


def _records_page(request: VisitRequest, asked: Asked, form: RecordForm) -> HttpResponse:
    in_province = Subject.objects.filter(sandbox=request.visit.sandbox, province=asked.province.code, cancelled_at=None)
    found = in_province.select_related("responsible").prefetch_related("services").order_by("number")
    context = {
        "visit": request.visit,
        "asked": asked,
        "form": form,
        "records": [(subject, _address_on(asked, subject)) for subject in found],
        "verified": records.verified_persons([subject.responsible for subject in found]),
    }
    return render(request, "provider/submitting/records.html", context)


def _address_on(asked: Asked, subject: Subject) -> str:
    return _address(
        asked.provider, asked.kind, asked.province, subject_number=subject.number, type=asked.first_type.value
    )


# ── Again ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@never_cache
@needs_role(Role.PROVIDER)
def resubmit(request: VisitRequest, pk: int) -> HttpResponse:
    """The form of a returned filing with its last content, to be changed (D-07) and submitted again (D-04)."""
    visit = request.visit
    filing = filing_of(visit, pk)
    if not filings.can_resubmit(filing):
        messages.error(request, "只有已退回的备案申请才能重新提交，请查看当前状态。")
        return redirect("provider:detail", filing.pk)
    number, typed = filing.subject_number, typed_by(request)
    if typed and "subject_number" in typed:
        number = reading.record_number(str(typed["subject_number"]))
    return fill_in(
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
        typed,
    )
