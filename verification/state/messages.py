"""短信: wording, sender, and delivery to the simulated phones."""

from django.conf import settings
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Replace

from verification.by import ITSELF, By
from verification.law.editions import Edition, Province
from verification.law.who import Target
from verification.law.words import Part, Place
from verification.models import Challenge, EventKind, Filing, Message, MessageCause, MessageStatus, Phone
from verification.models.bulk import insert_from
from verification.state.transitions import Moment, note_challenges

#: Stands in a challenge's text until the code is drawn.
CODE_MARK = "{code}"


def portal_address(edition: Edition, province: Province) -> str:
    """The host where one verifies, as a message names it: the province's portal (P-06), or the one for all (T-09)."""
    if edition.place is Place.NATION:
        return settings.SITE_AUTHORITY
    return f"{province.host_label}.{settings.SITE_AUTHORITY}"


def short_link(token: str) -> str:
    """The address of a code's short link (C-08); it holds no personal data."""
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    return f"{scheme}://{settings.SITE_AUTHORITY}/s/{token}"


def text_for(edition: Edition, target: Target, *, filing: Filing, link_token: str) -> str:
    """The message for one phone (C-09), with ``{code}`` where the code will stand.

    Names the person, the provider, the 主体 or service, the kind of filing and the address to go to. Whoever holds both
    roles gets the wording for the 主体负责人.
    """
    wording = edition.message.subject if target.main.part is Part.SUBJECT else edition.message.website
    return wording.value.format(
        name=target.main.name,
        provider=filing.provider.name,
        filed=target.main.filed,
        kind=edition.kind_name(filing.kind_law, filing.types),
        code=CODE_MARK,
        address=portal_address(edition, filing.province_law),
        link=short_link(link_token),
    )


#: What becomes of a message to the phone of a challenge that is sent now (C-10).
STATUS = Case(
    When(phone__has_signal=False, then=Value(MessageStatus.HELD.value)),
    When(phone__has_spam_filter=True, phone__in_other_handset=False, then=Value(MessageStatus.SWALLOWED.value)),
    default=Value(MessageStatus.ARRIVED.value),
)

_EVENTS = {MessageCause.NOON: EventKind.NOON_RESENT, MessageCause.MANUAL: EventKind.RESENT}


def deliver(challenges: QuerySet[Challenge], cause: MessageCause, *, at: Moment, by: By = ITSELF) -> None:
    """Send the code in force of each challenge to its phone (C-05) and note a re-sending in the history.

    What becomes of the message depends on the phone's switches (C-10).
    """
    if cause in _EVENTS:
        note_challenges(challenges, _EVENTS[cause], at=at, by=by)
    is_arrived = {"phone__has_signal": True}
    arrived = Case(
        When(**is_arrived, phone__has_spam_filter=False, then=at),
        When(**is_arrived, phone__in_other_handset=True, then=at),
        default=None,
    )
    insert_from(
        Message,
        challenges,
        phone_id=F("phone_id"),
        challenge_id=F("id"),
        cause=cause.value,
        sender=F("sender"),
        text=Replace("text", Value(CODE_MARK), F("code")),  # type: ignore[arg-type]  # the stub knows plain values only
        sent_at=at,
        status=STATUS,
        arrived_at=arrived,
    )


def swallows(phone: Phone) -> bool:
    """Whether the spam filter takes what reaches the phone; in another handset it has no say (C-10)."""
    return phone.has_spam_filter and not phone.in_other_handset


def deliver_held(phone: Phone, *, at: Moment) -> None:
    """The signal is back: what was held arrives now, or is swallowed by the spam filter (C-10)."""
    held = Message.objects.filter(phone=phone, status=MessageStatus.HELD)
    if swallows(phone):
        held.update(status=MessageStatus.SWALLOWED)
    else:
        held.update(status=MessageStatus.ARRIVED, arrived_at=at)
