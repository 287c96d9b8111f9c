"""看一眼: over a member's shoulder, for a while of which they are told: what they see, and what they did last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch

from training import attempted, kept, presence, tries
from training.attempted import Tried
from training.models import Member, Try
from training.standings import ATTEMPTS
from verification import news
from verification.models import Filing, Message, MessageStatus, Phone
from verification.time import clock

#: So long a trainer may look, before they have to ask again.
LOOKS_FOR = timedelta(minutes=2)


@dataclass(frozen=True)
class Shoulder:
    """What a trainer sees of a member; ``page`` is what their page is called, blank where nobody has said so lately."""

    looked: tries.Looked
    page: str
    now: datetime
    hints: Sequence[str]
    attempts: Sequence[Tried]
    phones: Sequence[Phone]
    filings: Sequence[Filing]


def try_of(member: Member) -> Try | None:
    """The try that goes on; ``None`` where none does."""
    going_on = member.tries.filter(ended_at=None, sandbox__isnull=False)
    return going_on.select_related("sandbox").order_by("-id").first()


@transaction.atomic
def look_over(member: Member) -> None:
    """Begin to look over a member's shoulder, or go on with it, which they are told."""
    member.looked_at = clock.real_now()
    member.save(update_fields=["looked_at"])
    going_on = member.tries.filter(ended_at=None, sandbox__isnull=False)
    news.note_change(list(going_on.values_list("sandbox_id", flat=True)))


def looked_at_until(member: Member) -> datetime | None:
    """Until when a trainer may look, and the member is told so; ``None`` where nobody looks."""
    until = member.looked_at + LOOKS_FOR if member.looked_at else None
    return until if until is not None and clock.real_now() < until else None


def tag_of(member: Member, this: Try | None) -> str:
    """What differs when there is anything else to see of a member: which page they are on, too."""
    seen = (news.tag(this.sandbox_id), presence.page_of(this.sandbox_id)) if this and this.sandbox_id else ()
    parts = [this.pk if this else 0, member.word, member.hand_at, looked_at_until(member), *seen]
    return kept.digest(*parts)


def seen_of(this: Try) -> Shoulder | None:
    """What is on a try's phones and filings, and the last that was tried there; ``None`` for one that is no more."""
    sandbox = this.sandbox
    looked = tries.look(this, sandbox) if sandbox is not None else None
    if sandbox is None or looked is None:
        return None
    step = looked.standing.step
    arrived = Message.objects.filter(status=MessageStatus.ARRIVED, deleted_at=None).order_by("-id")
    phones = Phone.objects.filter(sandbox=sandbox, challenges__isnull=False).distinct().order_by("id")
    return Shoulder(
        looked,
        page=presence.page_of(sandbox.pk),
        now=clock.now(sandbox),
        hints=looked.exercise.sentences.steps[step.id].hints[: looked.standing.hints] if step else (),
        attempts=attempted.last_of([sandbox.pk], most=ATTEMPTS).get(sandbox.pk, ()),
        phones=list(phones.prefetch_related(Prefetch("messages", arrived))),
        filings=list(Filing.objects.filter(sandbox=sandbox).order_by("id")),
    )
