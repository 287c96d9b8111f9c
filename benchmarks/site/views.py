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

from portal.portals import captcha
from portal.portals.door import Asked, at_the_door
from portal.portals.entry import VERIFY, Card
from portal.portals.forms import VerifyForm
from verification.acting import challenges
from verification.acting.challenges import Answer
from verification.law.words import Outcome
from verification.models import Challenge, ChallengeState, Event, EventKind, FilingState
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


@never_cache
@at_the_door
def stock_verify(asked: Asked) -> HttpResponse:
    """The verify page with the stock captcha, rendered for each request."""
    law, visit = asked.law, asked.visit
    assert law.edition is not None
    card = Card(VERIFY, law, law.edition)
    fresh = StockForm(labels=law.edition.labels, layout=law.layout)
    if asked.request.method != "POST":
        return asked.page("portals/entry/form.html", card.context(fresh))
    assert visit is not None
    form = StockForm(asked.request.POST, labels=law.edition.labels, layout=law.layout)
    if not form.is_valid():
        raise ValueError(form.errors.as_text())
    answer = challenges.check_entry(visit.sandbox, province=None, by=visit.by, **form.entry)
    return asked.page("portals/entry/answer.html", {"answer": answer, **card.context(fresh)})


def stock_picture(request: HttpRequest, key: str) -> HttpResponse:
    """The package's own picture, of the size and with the colours and noise of the site's."""
    response: HttpResponse = captcha_image(request, key, scale=2)
    return response


@at_the_door
def bare_verify(asked: Asked) -> HttpResponse:
    """The least that a right entry can cost: the rows of its pass in one transaction, and the same template."""
    law, visit, typed = asked.law, asked.visit, asked.request.POST
    assert law.edition is not None
    assert visit is not None
    now = clock.now(visit.sandbox)
    with transaction.atomic():
        challenge = Challenge.objects.select_related("filing").get(
            sandbox=visit.sandbox, code=typed["code"], phone__number=typed["phone"]
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
    context = Card(VERIFY, law, law.edition).context(form)
    return asked.page("portals/entry/answer.html", {"answer": answer, **context})


def same_bytes(request: HttpRequest, name: str) -> HttpResponse:
    """The bytes of one of the site's pages, as they were a moment ago."""
    return HttpResponse(_bytes(name))


@cache
def _bytes(name: str) -> bytes:
    return (Path(os.environ[BYTES]) / name).read_bytes()
