"""The provider's console: its filings, what became of them, and taking them back (submitting: ``submitting``)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.provider import submitting
from portal.shared.filing.lists import FilingFilter, page_of
from portal.shared.filing.notices import notices_of
from portal.shared.filing.records import record_of
from portal.shared.filing.rounds import filing_of, rounds_of
from portal.shared.filing.words import filer_status, kind_name, next_step, tone_of
from portal.shared.pictures.timeline import picture_of_rounds
from portal.shared.visit.doors import VisitRequest, needs_role
from verification.acting import filings
from verification.law.editions import latest_edition
from verification.models import ChallengeState, Filing, FilingState, Provider, Role
from verification.refusals import Refused

_STATES = [
    ("", "全部"),
    *(
        (state.value, str(state.label))
        for state in (
            FilingState.PREREVIEW,
            FilingState.VERIFYING,
            FilingState.REVIEWING,
            FilingState.ACCEPTED,
            FilingState.RETURNED,
        )
    ),
]


@require_safe
@needs_role(Role.PROVIDER)
def filing_list(request: VisitRequest) -> HttpResponse:
    """The filings of one provider, the newest first."""
    visit = request.visit
    providers = list(Provider.objects.filter(sandbox=visit.sandbox).order_by("id"))
    provider = submitting.chosen_provider(providers, request.GET.get("provider", ""))
    form = FilingFilter(request.GET, edition=latest_edition(at=visit.now), states=_STATES)
    found = form.narrow(Filing.objects.filter(sandbox=visit.sandbox, provider=provider))
    if "state" in form.chosen:
        found = found.filter(state=form.chosen["state"])
    page, rows = page_of(found, request.GET, now=visit.now)
    context = {
        "visit": visit,
        "providers": providers,
        "provider": provider,
        "filter": form,
        "page": page,
        "rows": rows,
    }
    return render(request, "provider/list.html", context)


@require_safe
@needs_role(Role.PROVIDER)
def detail(request: VisitRequest, pk: int) -> HttpResponse:
    """All about one filing, and what can be done with it."""
    filing = filing_of(request.visit, pk)
    rounds = rounds_of(filing)
    context = {
        "visit": request.visit,
        "filing": filing,
        "kind_name": kind_name(filing),
        "tone": tone_of(filing.state),
        "filer_status": filer_status(filing),
        "next_step": next_step(filing),
        "rounds": rounds,
        "notices": notices_of(filing, rounds),
        "record": record_of(filing),
        "picture": picture_of_rounds(filing, rounds),
        "shows_phones": True,
        "is_overdue": filing.is_overdue(request.visit.now),
        "can_withdraw": filings.can_withdraw(filing),
        "can_resubmit": filings.can_resubmit(filing),
        "can_resubmit_unchanged": filings.can_resubmit_unchanged(filing),
    }
    return render(request, "provider/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.PROVIDER)
def withdraw(request: VisitRequest, pk: int) -> HttpResponse:
    """Ask once more, then take the filing back."""
    filing = filing_of(request.visit, pk)
    losses = _losses_of(filing)
    if request.method != "POST" and filings.can_withdraw(filing):
        context = {"visit": request.visit, "filing": filing, "kind_name": kind_name(filing), "losses": losses}
        return render(request, "provider/withdraw.html", context)
    try:
        if request.method == "POST":
            filings.withdraw(filing, by=request.visit.by)
            messages.success(request, f"备案申请 {filing.number} {'，'.join(['已撤回', *losses])}。")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("provider:detail", filing.pk)


#: What a withdrawal takes from the challenges of a round, by their state.
_LOSSES = {
    ChallengeState.WAITING: "还没有下发的验证码不再下发",
    ChallengeState.OPEN: "已下发的验证码不再有效",
    ChallengeState.PASSED: "已通过的短信核验不再有效",
}


def _losses_of(filing: Filing) -> list[str]:
    """What a withdrawal ends besides the filing itself; empty where nobody has to verify."""
    states = set(filing.challenges.filter(round=filing.round).values_list("state", flat=True))
    return [loss for state, loss in _LOSSES.items() if state in states]
