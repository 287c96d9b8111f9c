"""What the site's pages are compared with."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from captcha.fields import CaptchaField
from captcha.models import CaptchaStore
from captcha.views import captcha_image
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from portal.portals import captcha, entry
from portal.portals.forms import VerifyForm
from portal.portals.governing import Governing, governing
from portal.portals.page import page
from portal.shared.visit.visits import VisitRequest, address_to_return_to, lobby_address, needs_role
from tests.world import FILER
from verification.acting import challenges
from verification.acting.challenges import Answer
from verification.law.words import Outcome
from verification.models import Challenge, ChallengeState, Event, EventKind, FilingState, Role
from verification.time import clock

#: Where the parent process put the bytes of the pages.
BYTES = "BENCH_BYTES"


class StockForm(VerifyForm):
    """The verify form with the captcha of django-simple-captcha as it comes: a row for each, written on the GET."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, fresh=captcha.stand_in(""))
        if not self.is_bound:
            self.fresh = captcha.stand_in(CaptchaStore.generate_key())

    def clean_captcha_1(self) -> str:
        """The package's own check."""
        CaptchaField().clean([self.cleaned_data["captcha_0"], self.cleaned_data["captcha_1"]])
        return ""


def _rendered(request: HttpRequest, law: Governing, template: str, **context: object) -> HttpResponse:
    lobby = lobby_address(request, return_to=address_to_return_to(request))
    return page(request, law, template, lobby=lobby, **context)


@never_cache
def stock_verify(request: HttpRequest) -> HttpResponse:
    """The verify page with the stock captcha, rendered for each request."""
    law = governing(request)
    assert law.edition is not None
    if request.method == "POST":
        return _stock_answer(request, law)
    form = StockForm(labels=law.edition.labels, layout=law.layout)
    return _rendered(
        request, law, "portals/entry/form.html", **entry.entry_context(law, law.edition, entry.VERIFY, form)
    )


@needs_role(Role.FILER)
def _stock_answer(request: VisitRequest, law: Governing) -> HttpResponse:
    assert law.edition is not None
    form = StockForm(request.POST, labels=law.edition.labels, layout=law.layout)
    if not form.is_valid():
        raise ValueError(form.errors.as_text())
    answer = challenges.check_entry(request.visit.sandbox, province=None, **form.entry, by=FILER)
    behind = StockForm(labels=law.edition.labels, layout=law.layout)
    context = entry.entry_context(law, law.edition, entry.VERIFY, behind)
    return _rendered(request, law, "portals/entry/answer.html", answer=answer, **context)


def stock_picture(request: HttpRequest, key: str) -> HttpResponse:
    """The package's own picture, of the size and with the colours and noise of the site's."""
    response: HttpResponse = captcha_image(request, key, scale=2)
    return response


@needs_role(Role.FILER)
def bare_verify(request: VisitRequest) -> HttpResponse:
    """The least that a right entry can cost: the rows of its pass in one transaction, and the same template."""
    law, now = governing(request), clock.now(request.visit.sandbox)
    assert law.edition is not None
    with transaction.atomic():
        challenge = Challenge.objects.select_related("filing").get(
            sandbox=request.visit.sandbox, code=request.POST["code"], phone__number=request.POST["phone"]
        )
        filing = challenge.filing
        challenge.state, challenge.closed_at = ChallengeState.PASSED, now
        challenge.save(update_fields=["state", "closed_at"])
        filing.state, filing.alarm_at, filing.alarm_kind = FilingState.REVIEWING, None, ""
        filing.save(update_fields=["state", "alarm_at", "alarm_kind"])
        Event.objects.create(
            filing=filing, round=filing.round, kind=EventKind.PASSED, challenge=challenge, at=now, actor=challenge.name
        )
        Event.objects.create(filing=filing, round=filing.round, kind=EventKind.REVIEWING, at=now)
    wording = law.edition.answers.of(Outcome.ALL_DONE)
    answer = Answer(
        Outcome.ALL_DONE,
        wording.value.format(name=challenge.name),
        law.edition.answers.salutation.value,
        law.edition,
        wording.code,
        wording.hint,
    )
    form = VerifyForm(labels=law.edition.labels, layout=law.layout)
    context = entry.entry_context(law, law.edition, entry.VERIFY, form)
    return _rendered(request, law, "portals/entry/answer.html", answer=answer, **context)


def same_bytes(request: HttpRequest, name: str) -> HttpResponse:
    """The bytes of one of the site's pages, as they were a moment ago."""
    return HttpResponse(_bytes(name))


@cache
def _bytes(name: str) -> bytes:
    return (Path(os.environ[BYTES]) / name).read_bytes()
