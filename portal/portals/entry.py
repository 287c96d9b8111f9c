"""The two pages with a form that every portal has, a province's and the national one: verify, and send again.

One set of views and templates: a portal differs by its law, a time by its edition, a look by its layout and skin.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portal.portals import captcha
from portal.portals.forms import PortalForm, ResendForm, VerifyForm
from portal.portals.governing import Governing, governing
from portal.portals.page import kept_page, page
from portal.shared.page import kept
from portal.shared.visit.visits import VisitRequest, address_to_return_to, lobby_address, needs_role, visit_of
from verification.acting import challenges
from verification.acting.challenges import Answer
from verification.law.editions import Edition
from verification.models import Challenge, Role

#: The part of the query in which a short link's token stands, on its way to the verify page (C-08).
LINK = "link"
GONE = 410
#: Said to somebody who has entered a sandbox since the form was opened, and so sends it without a token.
OPENED_BEFORE = "这一页是在进入演练环境之前打开的，还没有提交。请填写新的图形验证码，再提交一次。"


@dataclass(frozen=True)
class EntryPage:
    """One of the two pages with a form: its form, and what the domain does with the entry."""

    name: str
    form: type[PortalForm]
    act: Callable[..., Answer]


@dataclass(frozen=True)
class EntryWords:
    """What an entry page is called, and its button, in the words of an edition."""

    heading: str
    button: str


VERIFY = EntryPage("verify", VerifyForm, challenges.check_entry)
RESEND = EntryPage("resend", ResendForm, challenges.send_again)


@csrf_exempt  # strangers have no token, for their entries lead to the lobby; _checked_answer asks the others for it
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "phone", "id_suffix")
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """备案短信核验: the form; a POST is answered by its own page (V-01 …). A short link's token fills it in (C-08)."""
    return _entry_page(request, VERIFY)


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "phone", "id_suffix")
@never_cache
def resend(request: HttpRequest) -> HttpResponse:
    """短信重发: the form; a POST is answered by its own page (R-01 …)."""
    return _entry_page(request, RESEND)


def entry_context(law: Governing, edition: Edition, entry: EntryPage, form: PortalForm) -> dict[str, object]:
    """What the card with the form asks for, on whichever page it stands, ``lobby`` aside."""
    labels = edition.labels
    words = {
        VERIFY.name: EntryWords(labels.home_button.value, labels.verify_button.value),
        RESEND.name: EntryWords(labels.resend_link.value, labels.resend_button.value),
    }
    return {"entry": entry, "words": words[entry.name], "form": form}


def _entry_page(request: HttpRequest, entry: EntryPage) -> HttpResponse:
    law = governing(request)
    if law.edition is None:
        template = "portals/province/not_in_force.html" if law.province else "portals/national/by_province.html"
        return page(request, law, template, entry=entry)
    if request.method == "POST":
        return _answer(request, entry, law, law.edition)
    if entry is VERIFY and LINK in request.GET and visit_of(request):
        return _filled_in(request, law, law.edition)
    return _empty_form(request, entry, law, law.edition)


def empty_card(law: Governing, edition: Edition, entry: EntryPage) -> dict[str, object]:
    """What the card asks for on a page that is kept ready."""
    fresh = captcha.stand_in(kept.hole("captcha"))
    return entry_context(law, edition, entry, entry.form(labels=edition.labels, layout=law.layout, fresh=fresh))


def _empty_form(request: HttpRequest, entry: EntryPage, law: Governing, edition: Edition) -> HttpResponse:
    return kept_page(request, law, "portals/entry/form.html", lambda: empty_card(law, edition, entry), entry.name)


def _form(request: HttpRequest, entry: EntryPage, law: Governing, edition: Edition, form: PortalForm) -> HttpResponse:
    lobby = lobby_address(request, return_to=address_to_return_to(request))
    return page(request, law, "portals/entry/form.html", lobby=lobby, **entry_context(law, edition, entry, form))


@needs_role(Role.FILER)
def _answer(request: VisitRequest, entry: EntryPage, law: Governing, edition: Edition) -> HttpResponse:
    is_from_before = "csrfmiddlewaretoken" not in request.POST
    if is_from_before:
        messages.info(request, OPENED_BEFORE)
    if is_from_before or "new_captcha" in request.POST:  # the latter is the button beside the picture, without scripts
        again = entry.form(labels=edition.labels, layout=law.layout, initial=request.POST.dict())
        return _form(request, entry, law, edition, again)
    return _checked_answer(request, entry, law, edition)


@csrf_protect
def _checked_answer(request: VisitRequest, entry: EntryPage, law: Governing, edition: Edition) -> HttpResponse:
    labels, layout = edition.labels, law.layout
    form = entry.form(request.POST, labels=labels, layout=layout)
    if not form.is_valid():
        return _form(request, entry, law, edition, form)
    code = law.province.code if law.province else None
    answer = entry.act(request.visit.sandbox, province=code, by=request.visit.by, **form.entry)

    def context() -> dict[str, object]:
        behind = empty_card(law, edition, entry) if layout.answers_in_dialog else {"entry": entry}
        return {"answer": replace(answer, text=kept.hole("answer")), **behind}

    said = (entry.name, answer.is_success, answer.salutation, answer.code, answer.hint)
    return kept_page(request, law, "portals/entry/answer.html", context, *said, answer=lambda: escape(answer.text))


# ── The short link, where it arrives ─────────────────────────────────────────────────────────────────────────────────


def dead_link(request: HttpRequest, law: Governing) -> HttpResponse:
    """Say that a short link leads nowhere any more, and what to do instead (C-08)."""
    response = page(request, law, "portals/entry/dead_link.html")
    response.status_code = GONE
    return response


def challenge_behind(request: HttpRequest, token: str) -> Challenge | None:
    """The open challenge that the visitor's sandbox has for a short link's token."""
    visit = visit_of(request)
    return challenges.by_short_link(visit.sandbox, token) if visit else None


def _filled_in(request: HttpRequest, law: Governing, edition: Edition) -> HttpResponse:
    challenge = challenge_behind(request, request.GET[LINK])
    if challenge is None or (law.province and law.province.code != challenge.province):
        return dead_link(request, law)
    initial = {"code": challenge.code, "phone": challenge.phone.number}
    form = VERIFY.form(labels=edition.labels, layout=law.layout, initial=initial)
    return _form(request, VERIFY, law, edition, form)
