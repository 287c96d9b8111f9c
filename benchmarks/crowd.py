"""A crowd of filings for the benchmarks, each with one open challenge: many small copies of one batch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat, LPad

from verification.law.editions import provinces
from verification.law.times import SHANGHAI
from verification.law.words import Kind, Situation
from verification.models import (
    AlarmKind,
    Challenge,
    ChallengeState,
    Filing,
    FilingState,
    Phone,
    Provider,
    Sandbox,
    WebhookEndpoint,
)
from verification.models.bulk import insert_from

SANDBOXES = 4
BATCH = 1000
#: What every clock shows, and when what is due is due.
NOW = datetime(2017, 12, 22, 12, 0, tzinfo=SHANGHAI)
SENT = NOW - timedelta(days=2)
LATER = NOW + timedelta(hours=5)


@dataclass(frozen=True)
class Crowd:
    """So many filings, and so many of them that are to be due; multiples of ``SANDBOXES × BATCH``."""

    filings: int
    due: int


FULL = Crowd(filings=1_000_000, due=100_000)
SMALL = Crowd(filings=8_000, due=4_000)


def build(crowd: Crowd) -> None:
    """Fill an empty database: sandboxes whose clocks stand at ``NOW``, each with a provider that has a webhook.

    Nothing is due yet.
    """
    for number in range(SANDBOXES):
        provider = _provider(number)
        _first_batch(provider)
        batch = Filing.objects.filter(provider=provider)
        last = batch.order_by("-id").values_list("id", flat=True)[0]
        for copy in range(1, crowd.filings // SANDBOXES // BATCH):
            _copy(batch.filter(id__lte=last), copy)
        _challenges(provider)


def add_idle(sandboxes: int) -> None:
    """Sandboxes beside the crowd's, each with one filing of which nothing is due yet."""
    model = Filing.objects.order_by("id").select_related("sandbox", "provider")[0]
    for number in range(sandboxes):
        provider = _provider(SANDBOXES + number, phones=0)
        model.pk, model.sandbox, model.provider = None, provider.sandbox, provider
        model.save(force_insert=True)


def make_due(crowd: Crowd, kind: AlarmKind) -> None:
    """Let every so-manieth filing be due at ``NOW``, so that those that are due lie spread over the tables."""
    due = Filing.objects.annotate(place=F("id") % (crowd.filings // crowd.due)).filter(place=0)
    if kind is AlarmKind.DEADLINE:
        Challenge.objects.filter(filing_id__in=due.values("id")).update(deadline_at=NOW)
        changed = due.update(alarm_at=NOW, deadline_at=NOW)
    else:
        changed = due.update(alarm_at=NOW, noon_at=NOW, alarm_kind=kind)
    assert changed == crowd.due, f"{changed} are due instead of {crowd.due}"


def _provider(number: int, *, phones: int = BATCH) -> Provider:
    sandbox = Sandbox.objects.create(
        name=f"crowd {number}",
        starts_at=SENT,
        clock_at=NOW,
        clock_set_at=NOW,
        clock_paused=True,
        created_at=NOW,
        last_used_at=NOW,
    )
    provider = Provider.objects.create(sandbox=sandbox, name="crowd")
    WebhookEndpoint.objects.create(provider=provider, url="https://example.com/", created_at=NOW)
    Phone.objects.bulk_create(Phone(sandbox=sandbox, number=f"1390000{serial:04d}") for serial in range(phones))
    return provider


def _first_batch(provider: Provider) -> None:
    codes = list(provinces())
    Filing.objects.bulk_create(
        Filing(
            sandbox=provider.sandbox,
            provider=provider,
            province=codes[serial % len(codes)],
            number=f"2017{serial}",
            kind=Kind.FIRST_FILING,
            situation=Situation.ALWAYS,
            edition_id="jd-2017",
            state=FilingState.VERIFYING,
            created_at=SENT,
            submitted_at=SENT,
            deadline_at=LATER,
            alarm_at=LATER,
            alarm_kind=AlarmKind.DEADLINE,
        )
        for serial in range(BATCH)
    )


def _copy(batch: QuerySet[Filing], copy: int) -> None:
    columns = {field.attname: F(field.attname) for field in Filing._meta.concrete_fields if not field.primary_key}
    insert_from(Filing, batch, **{**columns, "number": Concat("number", Value(f"-{copy}"))})


def _challenges(provider: Provider) -> None:
    first_phone = Phone.objects.filter(sandbox=provider.sandbox).order_by("id").values_list("id", flat=True)[0]
    insert_from(
        Challenge,
        Filing.objects.filter(provider=provider),
        filing_id=F("id"),
        sandbox_id=F("sandbox_id"),
        province=F("province"),
        round=1,
        phone_id=F("id") % BATCH + first_phone,
        name="演甲",
        id_type="resident_id",
        id_suffix="010014",
        roles="subject",
        sender="106575000130",
        text="演甲您好，由“演练云”发起的“演练有限公司”的“新增备案”已提交，本次验证码：{code}。请登录进行核验。",
        state=ChallengeState.OPEN.value,
        code=LPad(Cast(F("id") % 10**6, CharField()), 6, Value("0")),
        first_sent_at=F("submitted_at"),
        deadline_at=F("deadline_at"),
    )
