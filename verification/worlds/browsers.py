"""One browser, one world: into which sandbox a browser goes, what it may go back to, and how its visits end."""

from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from verification.models import Browser, Ending, Participant, Place, Sandbox
from verification.refusals import Refused, refuse_if_machine_played
from verification.time import clock

#: Browsers that have not been used for so long are forgotten.
STALE_AFTER = timedelta(days=365)
#: So long those who come too late are told that a class was closed.
TOLD_FOR = timedelta(days=1)
#: How often the time of the last use is written down.
_USE_STEP = timedelta(days=1)

_NOT_ENDED = {"ended": "", "ended_name": "", "ended_by": "", "ended_at": None}


@transaction.atomic
def enter(browser: Browser | None, participant: Participant) -> Browser:
    """Let the browser be the participant from now on, on every host; ``None`` is one that was nowhere before.

    Raises :class:`Refused` where a machine plays.
    """
    refuse_if_machine_played(participant.sandbox)
    real = clock.real_now()
    if browser is None:
        browser = Browser.objects.create(participant=participant, created_at=real, used_at=real)
    else:
        _put(browser, participant=participant, used_at=real, **_NOT_ENDED)
    Place.objects.bulk_create([Place(browser=browser, participant=participant)], ignore_conflicts=True)
    return browser


def go_back(browser: Browser | None, participant_id: int) -> Participant:
    """Let the browser be again whom it was. Raises :class:`Refused` where it may not.

    What was closed is refused as what never was: its list shows neither.
    """
    place = places_of(browser).filter(participant=participant_id).first() if browser else None
    if place is None:
        raise Refused("回不到那个演练环境：它已关闭，或您已不在其中。请从列出的演练环境中选择。", code="no_way_back")
    enter(browser, place.participant)
    return place.participant


def leave(browser: Browser) -> None:
    """Let the browser be nobody, on every host; it may go back."""
    _put(browser, participant=None, used_at=clock.real_now(), **_NOT_ENDED)


def forget(browser: Browser) -> None:
    """Let the browser be nobody, on every host, with nothing to go back to. Those whom it was stay where they are."""
    browser.delete()


def places_of(browser: Browser) -> QuerySet[Place]:
    """What the browser may go back to, the newest first: not what is closed."""
    found = Place.objects.filter(browser=browser, participant__sandbox__closed_at=None)
    return found.select_related("participant__sandbox").order_by("-pk")


def find_again(browser: Browser | None, *, join_code: str, name: str) -> Participant | None:
    """Whom the browser was in a sandbox under this name; another name is another person at the same computer."""
    if browser is None:
        return None
    found = places_of(browser).filter(participant__sandbox__join_code=join_code, participant__name=name.strip())
    place = found.first()
    return place.participant if place else None


def note_use(browser: Browser) -> None:
    """Write down that the browser is in use, at most once a day."""
    real = clock.real_now()
    if browser.used_at < real - _USE_STEP:
        Browser.objects.filter(pk=browser.pk).update(used_at=real)


def end_visits(participants: QuerySet[Participant], *, ending: Ending, by: str = "") -> None:
    """Let nobody be one of these any more, and leave word why, for those who will ask."""
    name = Sandbox.objects.filter(participants=OuterRef("participant")).values("name")
    Browser.objects.filter(participant__in=participants).update(
        ended=ending, ended_name=Subquery(name), ended_by=by, ended_at=clock.real_now(), participant=None
    )


def forget_for_good(participants: QuerySet[Participant]) -> None:
    """Let no browser know of these any more, by name or by a way back; for a day, that their class was closed."""
    Browser.objects.filter(participant__in=participants).update(
        **(_NOT_ENDED | {"ended": Ending.CLASS, "ended_at": clock.real_now()}), participant=None
    )
    Place.objects.filter(participant__in=participants).delete()


def forget_closed_classes() -> int:
    """Let browsers forget, after a day, that a class was closed; returns how many."""
    old = Browser.objects.filter(ended=Ending.CLASS, ended_at__lt=clock.real_now() - TOLD_FOR)
    return old.update(**_NOT_ENDED)


def delete_stale() -> int:
    """Delete the browsers that nobody has used for a year; returns how many."""
    _, by_model = Browser.objects.filter(used_at__lt=clock.real_now() - STALE_AFTER).delete()
    return by_model.get(Browser._meta.label, 0)


def _put(browser: Browser, **columns: object) -> None:
    """Set these columns, in the row and in memory, whatever the others have become meanwhile."""
    for name, value in columns.items():
        setattr(browser, name, value)
    browser.save(update_fields=list(columns))
