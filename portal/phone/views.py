"""The simulated phones: what arrived, what did not and why, and the switches that keep messages away (C-10)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal.shared.visit.doors import VisitRequest, needs_sandbox
from portal.shared.visit.visits import Visit
from verification.acting import phones
from verification.by import By
from verification.law.carriers import Carrier, carrier_of
from verification.models import (
    AlarmKind,
    Challenge,
    ChallengeState,
    Filing,
    Message,
    MessageStatus,
    Person,
    Phone,
    Sandbox,
)
from verification.state import alarms
from verification.state.messages import short_link, swallows

PAGE_SIZE = 40
#: Messages on one page of a phone.
MESSAGES = 20
#: So many messages that are not on the phone are listed.
MOST_MISSING = 20

#: What to do about a message that did not arrive (C-10).
_ADVICE = {
    MessageStatus.HELD: "恢复信号后会自动送达。",
    MessageStatus.SWALLOWED: "关闭拦截或把 SIM 卡换到其他手机，再到核验页面重发短信。",
    MessageStatus.ARRIVED: "已从手机上删除，需要时请到核验页面重发短信。",
}


# ── The switches ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Switch:
    """One of the three things that may keep messages away, as it stands on a phone."""

    key: str
    label: str
    explanation: str
    is_on: bool


def _switches(phone: Phone) -> list[Switch]:
    return [
        Switch("no_signal", "无信号", "短信等到恢复信号时才送达。", not phone.has_signal),
        Switch("spam_filter", "垃圾短信拦截", "短信被拦截，关闭后须重发才能收到。", phone.has_spam_filter),
        Switch("other_handset", "SIM 卡换到其他手机", "这部手机的拦截不再起作用。", phone.in_other_handset),
    ]


def _turn(phone: Phone, key: str, *, on: bool, by: By) -> bool:
    """Turn a switch; false if there is none of that name."""
    match key:
        case "no_signal":
            phones.switch(phone, has_signal=not on, by=by)
        case "spam_filter":
            phones.switch(phone, has_spam_filter=on, by=by)
        case "other_handset":
            phones.switch(phone, in_other_handset=on, by=by)
        case _:
            return False
    return True


# ── What the pages show ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sms:
    """A message with its text taken apart: its code can be marked and copied, its short link followed (C-08)."""

    message: Message
    before: str
    code: str
    between: str
    link: str
    after: str

    @classmethod
    def of(cls, message: Message) -> "Sms":
        """Find the code and, behind it, the short link that the message carries."""
        code, token = message.challenge.code, message.challenge.link_token
        before, found, rest = message.text.partition(code) if code else (message.text, "", "")
        between, link, after = rest.partition(short_link(token)) if token else (rest, "", "")
        return cls(message, before, found, between, link, after)

    @property
    def why_missing(self) -> str:
        """Why the phone does not show the message."""
        return "已删除" if self.message.deleted_at else MessageStatus(self.message.status).label

    @property
    def advice(self) -> str:
        """What brings the message, or its code, to the phone as it is switched now."""
        status, phone = MessageStatus(self.message.status), self.message.phone
        if status is MessageStatus.SWALLOWED and not swallows(phone):
            return "现在不会再被拦截，请到核验页面重发短信。"
        return _ADVICE[status]


@dataclass(frozen=True)
class PhoneRow:
    """A phone in the list."""

    phone: Phone
    carrier: str
    owners: str
    switches: list[Switch]
    arrived: int
    last_at: datetime | None
    filing: Filing | None  # of those whose codes it has or waits for, the one for which something is due next
    filings: int
    is_under_way: bool

    @property
    def next_label(self) -> str:
        """What comes next for the filing."""
        return AlarmKind(self.filing.alarm_kind).label if self.filing and self.filing.alarm_kind else ""


def carrier_label(carrier: Carrier | None) -> str:
    """移动, 联通 or 电信; and whether a 虚拟运营商 sold the number (C-07)."""
    if carrier is None:
        return "未知运营商"
    return carrier.network.label + ("（虚拟运营商）" if carrier.is_virtual else "")


def _owners(sandbox: Sandbox, numbers: Iterable[str]) -> dict[str, str]:
    """Whose phone it is, after the requests that named the number."""
    names: dict[str, list[str]] = defaultdict(list)
    persons = Person.objects.filter(sandbox=sandbox, phone__in=list(numbers)).order_by("id")
    for number, name in persons.values_list("phone", "name"):
        if name not in names[number]:
            names[number].append(name)
    return {number: "、".join(found) for number, found in names.items()}


def _holders(phone: Phone) -> list[Person]:
    """Who answers the phone, each as the last request gave them: they know their own document, and so may the page."""
    found = Person.objects.filter(sandbox=phone.sandbox, phone=phone.number).order_by("id")
    return list({(person.name, person.id_suffix): person for person in found}.values())


def _arrivals(phones_shown: Iterable[Phone]) -> dict[int, tuple[int, datetime]]:
    """How many messages each phone holds, and when the last one came."""
    arrived = Message.objects.filter(
        phone__in=list(phones_shown), status=MessageStatus.ARRIVED, deleted_at__isnull=True
    )
    rows = arrived.order_by().values_list("phone_id").annotate(Count("pk"), Max("arrived_at"))
    return {phone_id: (count, last) for phone_id, count, last in rows}


#: Of the challenges of filings for which something is due, those whose phone may still get a message.
_LIVE = Q(state__in=(ChallengeState.WAITING, ChallengeState.OPEN), filing__alarm_at__isnull=False)


def _is_under_way(filing: Filing, now: datetime) -> bool:
    """Whether something is due for the filing that the jobs are about to do."""
    return filing.is_overdue(now) and not filing.alarm_error


def _is_something_due_for(phone: Phone, now: datetime) -> bool:
    """Whether something is due for a filing whose code the phone has or waits for."""
    concerned = Challenge.objects.filter(_LIVE, phone=phone).values("filing_id")
    return Filing.objects.filter(pk__in=concerned, alarm_at__lte=now, alarm_error="").exists()


def _latest_first(found: QuerySet[Phone]) -> QuerySet[Phone]:
    """Phones with the latest messages first, then those that get one next; ``filing_id`` is the filing of that."""
    of_phone = Challenge.objects.filter(_LIVE, phone=OuterRef("pk")).order_by("filing__alarm_at", "filing_id")
    last = Message.objects.filter(phone=OuterRef("pk"), arrived_at__isnull=False).order_by("-arrived_at")
    return found.annotate(
        last_at=Subquery(last.values("arrived_at")[:1]),
        next_at=Subquery(of_phone.values("filing__alarm_at")[:1]),
        filing_id=Subquery(of_phone.values("filing_id")[:1]),
    ).order_by(F("last_at").desc(nulls_last=True), F("next_at").asc(nulls_last=True), "number")


def _phone(request: VisitRequest, pk: int) -> Phone:
    phone = get_object_or_404(Phone, pk=pk, sandbox=request.visit.sandbox)
    phone.sandbox = request.visit.sandbox
    return phone


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@needs_sandbox
def index(request: VisitRequest) -> HttpResponse:
    """Every phone of the sandbox, those with the latest messages first, then those whose message comes next."""
    wanted = request.GET.get("q", "").strip()
    found = Phone.objects.filter(sandbox=request.visit.sandbox, number__contains=wanted)
    page = Paginator(_latest_first(found), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "phone/index.html", {"page": page, "rows": _rows(request.visit, list(page)), "q": wanted})


def _rows(visit: Visit, page: list[Any]) -> list[PhoneRow]:
    """The rows of these phones of :func:`_latest_first`; four queries."""
    owners = _owners(visit.sandbox, (phone.number for phone in page))
    arrivals = _arrivals(page)
    filings = Filing.objects.in_bulk({phone.filing_id for phone in page if phone.filing_id})
    live = Challenge.objects.filter(_LIVE, phone__in=page).order_by()
    counts: dict[int, int] = dict(live.values_list("phone_id").annotate(Count("filing", distinct=True)))
    rows = []
    for phone in page:
        arrived, last_at = arrivals.get(phone.pk, (0, None))
        filing = filings.get(phone.filing_id)
        rows.append(
            PhoneRow(
                phone=phone,
                carrier=carrier_label(carrier_of(phone.number)),
                owners=owners.get(phone.number, ""),
                switches=[switch for switch in _switches(phone) if switch.is_on],
                arrived=arrived,
                last_at=last_at,
                filing=filing,
                filings=counts.get(phone.pk, 0),
                is_under_way=filing is not None and _is_under_way(filing, visit.now),
            )
        )
    return rows


@require_safe
@needs_sandbox
def detail(request: VisitRequest, pk: int) -> HttpResponse:
    """One phone: a page of its messages, what is missing and why, what comes next, and its switches."""
    phone, visit = _phone(request, pk), request.visit
    page = Paginator(phones.inbox(phone).select_related("challenge"), MESSAGES).get_page(request.GET.get("page"))
    not_arrived = phones.not_arrived(phone)
    missing = [Sms.of(message) for message in not_arrived.select_related("challenge")[:MOST_MISSING]]
    alarm = alarms.next_alarm(visit.sandbox)
    is_something_due = alarm is not None and _is_under_way(alarm, visit.now)
    context = {
        "visit": visit,
        "phone": phone,
        "page": page,
        "inbox": [Sms.of(message) for message in page],
        "missing": missing,
        "missing_in_all": not_arrived.count() if len(missing) == MOST_MISSING else len(missing),
        "alarm": alarm,
        "is_under_way": is_something_due and _is_something_due_for(phone, visit.now),
        "carrier": carrier_label(carrier_of(phone.number)),
        "holders": _holders(phone),
        "switches": _switches(phone),
    }
    return render(request, "phone/detail.html", context)


@require_POST
@needs_sandbox
def switch(request: VisitRequest, pk: int) -> HttpResponse:
    """Turn one switch of the phone."""
    phone = _phone(request, pk)
    key, on = request.POST.get("switch", ""), request.POST.get("on") == "1"
    if not _turn(phone, key, on=on, by=request.visit.by):
        messages.error(request, "没有这个开关，请使用页面上的按钮。")
        return redirect("phone:detail", pk)
    label = next(found.label for found in _switches(phone) if found.key == key)
    messages.success(request, f"“{label}”已{'打开' if on else '关闭'}。")
    return redirect("phone:detail", pk)


@require_POST
@needs_sandbox
def delete(request: VisitRequest, pk: int, message_pk: int) -> HttpResponse:
    """Delete a message from the phone, as its owner might by mistake."""
    phone = _phone(request, pk)
    message = get_object_or_404(phones.inbox(phone).select_related("phone__sandbox"), pk=message_pk)
    phones.delete_message(message, by=request.visit.by)
    messages.success(request, "短信已删除。再需要其中的验证码时，请到核验页面重发短信。")
    return redirect("phone:detail", pk)
