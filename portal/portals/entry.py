"""The two pages with a form that every portal has, a province's and the national one: verify, and send again.

One set of views and templates: a portal differs by its law, a time by its edition, a look by its layout and skin.
The way of an entry is that of :func:`_answer`: door, form, domain, answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portal.portals import again, beside, captcha
from portal.portals.door import Asked, at_the_door
from portal.portals.forms import EntryField, PortalForm, ResendForm, VerifyForm
from portal.portals.governing import Governing
from portal.shared.page import kept
from portal.shared.visit import drafts, tokens
from portal.shared.visit.doors import not_your_part, to_the_lobby
from portal.shared.visit.visits import Visit
from verification.acting import challenges
from verification.acting.challenges import Answer
from verification.law.editions import Edition
from verification.law.words import Outcome
from verification.models import Role

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

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields about the verification."""
        return tuple(name for name, field in self.form.base_fields.items() if isinstance(field, EntryField))

    @cached_property
    def blank(self) -> dict[str, kept.Fill]:
        """What fills the holes of these fields where nothing was typed."""
        return {f"typed_{name}": str for name in self.fields}


VERIFY = EntryPage("verify", VerifyForm, challenges.check_entry)
RESEND = EntryPage("resend", ResendForm, challenges.send_again)


@dataclass(frozen=True)
class EntryWords:
    """What an entry page is called, and its button, in the words of an edition."""

    heading: str
    button: str


@dataclass(frozen=True)
class Card:
    """The card with the form of an entry page, on whichever page it stands."""

    entry: EntryPage
    law: Governing
    edition: Edition

    @property
    def words(self) -> EntryWords:
        """The edition's."""
        labels = self.edition.labels
        if self.entry is VERIFY:
            return EntryWords(labels.home_button.value, labels.verify_button.value)
        return EntryWords(labels.resend_link.value, labels.resend_button.value)

    @property
    def word(self) -> beside.Word | None:
        """What the training says beside the form, where it asks for the code."""
        return beside.of_form(self.edition) if self.entry is VERIFY else None

    def form(self, data: Mapping[str, Any] | None = None, **options: Any) -> PortalForm:
        """The form, with what was typed."""
        return self.entry.form(data, labels=self.edition.labels, layout=self.law.layout, **options)

    def context(self, form: PortalForm) -> dict[str, object]:
        """What the card's template asks for, ``lobby`` aside."""
        return {"entry": self.entry, "words": self.words, "form": form}

    def empty(self) -> dict[str, object]:
        """The same with holes for what was typed and for the captcha, for a page that is kept ready."""
        typed = {name: kept.hole(f"typed_{name}") for name in self.entry.fields}
        return self.context(self.form(initial=typed, fresh=captcha.stand_in(kept.hole("captcha"))))

    def filled(self, typed: Mapping[str, str] | None) -> dict[str, kept.Fill]:
        """What fills the holes for what was typed."""
        if typed is None:
            return self.entry.blank
        return {f"typed_{name}": partial(escape, typed.get(name, "")) for name in self.entry.fields}


@csrf_exempt  # strangers have no token, for their entries lead to the lobby; _answer asks the others for it
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "phone", "id_suffix")
@never_cache
@at_the_door
def verify(asked: Asked) -> HttpResponse:
    """备案短信核验: the form; a POST is answered by its own page (V-01 …). A short link's token fills it in (C-08)."""
    return _entry_page(asked, VERIFY)


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "phone", "id_suffix")
@never_cache
@at_the_door
def resend(asked: Asked) -> HttpResponse:
    """短信重发: the form; a POST is answered by its own page (R-01 …)."""
    return _entry_page(asked, RESEND)


def _entry_page(asked: Asked, entry: EntryPage) -> HttpResponse:
    law = asked.law
    if law.edition is None:
        template = "portals/province/not_in_force.html" if law.province else "portals/national/by_province.html"
        return asked.page(template, {"entry": entry})
    if not law.verifies_here:
        if asked.request.method == "POST" and asked.visit is None:  # may be from a sandbox that was closed meanwhile
            return to_the_lobby(asked.request)
        return asked.page("portals/province/on_national.html", {"entry": entry})
    card = Card(entry, law, law.edition)
    if asked.request.method == "POST":
        return _answer(asked, card)
    if entry is VERIFY and asked.visit and LINK in asked.request.GET:
        return _filled_in(asked, asked.visit, card)
    return asked.kept_page(
        "portals/entry/form.html",
        card.empty,
        entry.name,
        word=card.word,
        **card.filled(drafts.read(asked.request, entry.name)),
    )


def _answer(asked: Asked, card: Card) -> HttpResponse:
    """The way of an entry, up to its form: who sends it, from where, and whether it is meant to be checked."""
    request, visit = asked.request, asked.visit
    if visit is None:
        return to_the_lobby(request)
    if not visit.plays(Role.FILER):
        return not_your_part(request, visit, Role.FILER)
    if "csrfmiddlewaretoken" not in request.POST or not tokens.is_good(request):
        is_new_here = "csrfmiddlewaretoken" not in request.POST
        messages.info(request, OPENED_BEFORE if is_new_here else tokens.GROWN_OLD)
        return _retyped(asked, card)
    if "new_captcha" in request.POST:  # the button beside the picture, without scripts
        drafts.keep(request, card.entry.name, request.POST)
        return _retyped(asked, card)
    return _checked(asked, visit, card)


def _checked(asked: Asked, visit: Visit, card: Card) -> HttpResponse:
    """From the form to the answer. Until the form is valid nothing has been looked up, and nothing counts."""
    request, form = asked.request, card.form(asked.request.POST)
    if not form.is_valid():
        if before := again.recall(asked, visit, form):
            return _answer_page(asked, visit, card, Said(**before))
        drafts.keep(request, card.entry.name, request.POST)
        return _form_page(asked, card, form)
    province = asked.address.province
    where = province.code if province else None
    said = Said.by(card.entry.act(visit.sandbox, province=where, by=visit.by, **form.entry))
    again.remember(asked, visit, asdict(said))
    _settle_draft(request, card, said)
    return _answer_page(asked, visit, card, said)


def _settle_draft(request: HttpRequest, card: Card, said: "Said") -> None:
    """Back from an answer that is none, the form has what was typed; what was accepted is gone."""
    if said.is_success:
        drafts.forget(request, card.entry.name)
    else:
        drafts.keep(request, card.entry.name, request.POST)


def _retyped(asked: Asked, card: Card) -> HttpResponse:
    return _form_page(asked, card, card.form(initial=asked.request.POST.dict()))


def _form_page(asked: Asked, card: Card, form: PortalForm) -> HttpResponse:
    return asked.page("portals/entry/form.html", card.context(form), word=card.word)


@dataclass(frozen=True)
class Said:
    """An answer as its page says it: what the edition has in it, in plain data."""

    outcome: str
    text: str
    salutation: str
    code: int | None
    hint: str

    @property
    def is_success(self) -> bool:
        """Whether the page shows the green tick."""
        return Outcome(self.outcome).is_success

    @classmethod
    def by(cls, answer: Answer) -> "Said":
        """What an answer says."""
        return cls(answer.outcome.value, answer.text, answer.salutation, answer.code, answer.hint)


def _answer_page(asked: Asked, visit: Visit, card: Card, answer: Said) -> HttpResponse:
    """The page of the answer is kept for all to whom the same is said; its words may name a person, and are a hole."""

    def context() -> dict[str, object]:
        behind = card.empty() if card.law.layout.answers_in_dialog else {"entry": card.entry}
        return {"answer": replace(answer, text=kept.hole("answer")), **behind}

    said = (card.entry.name, answer.is_success, answer.salutation, answer.code, answer.hint)
    typed = {name: asked.request.POST.get(name, "") for name in ("code", "phone", "id_suffix")}
    word = beside.of_answer(Outcome(answer.outcome), asked.address, visit, typed)
    own = {"answer": lambda: escape(answer.text), **card.filled(None if answer.is_success else typed)}
    return asked.kept_page("portals/entry/answer.html", context, *said, word=word, **own)


# ── The short link, where it arrives ─────────────────────────────────────────────────────────────────────────────────


def dead_link(asked: Asked) -> HttpResponse:
    """Say that a short link leads nowhere any more, and what to do instead (C-08)."""
    return asked.page("portals/entry/dead_link.html", status=GONE)


def _filled_in(asked: Asked, visit: Visit, card: Card) -> HttpResponse:
    challenge = challenges.by_short_link(visit.sandbox, asked.request.GET[LINK])
    province = asked.address.province
    if challenge is None or (province and province.code != challenge.province):
        return dead_link(asked)
    typed = drafts.read(asked.request, card.entry.name)
    by_link = {"code": challenge.code, "phone": challenge.phone.number}
    return _form_page(asked, card, card.form(initial={**(typed.dict() if typed else {}), **by_link}))
