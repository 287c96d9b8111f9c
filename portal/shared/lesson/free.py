"""What stands in the place of the bar where a class practises freely: the way back to it, and the trainer's word."""

from dataclasses import dataclass

from django.http import HttpRequest

from portal.shared.visit.addresses import address_of
from portal.shared.visit.visits import visit_of
from training.models import Course, Member
from training.practice import PURPOSE


@dataclass(frozen=True)
class Practised:
    """A class, by name; ``address`` is its page, or its desk for whoever has that, who also gives out parts to the
    ``people``.
    """

    name: str
    word: str
    address: str
    is_desk: bool
    people: str = ""


def practised_of(request: HttpRequest) -> Practised | None:
    """The class of a visitor; ``None`` elsewhere, where nothing is asked."""
    visit = visit_of(request)
    if visit is None or visit.sandbox.purpose != PURPOSE:
        return None
    address = address_of(request)
    member = Member.objects.filter(participant=visit.participant).select_related("course").first()
    if member is not None:
        page = address.of_nation("courses:course", member.course.code)
        return Practised(member.course.name, member.word, page, is_desk=False)
    course = Course.objects.filter(sandbox=visit.sandbox).first() if visit.participant.is_owner else None
    if course is None:
        return None
    desk, people = address.of_nation("courses:desk", course.code), address.of_nation("lobby:participants")
    return Practised(course.name, "", desk, is_desk=True, people=people)
