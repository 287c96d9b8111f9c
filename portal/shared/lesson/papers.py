"""材料 of the exercise that goes on in a visitor's sandbox, for the pages that show them or lead to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from portal.shared.visit.visits import visit_of
from training import content, tries
from training.files import Exercise
from training.models import Try
from training.openings import EXERCISE
from verification.models import Filing, Sandbox


@dataclass(frozen=True)
class ShownPaper:
    """A paper as a page shows it."""

    type: str
    title: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Bundle:
    """The papers that were handed in together: to a filing, or to the provider (``None``) before there is one."""

    filing: Filing | None
    papers: Sequence[ShownPaper]


def _going_on(sandbox: Sandbox) -> tuple[Exercise, Try] | None:
    """The exercise with papers that goes on in a sandbox, and its try."""
    this = tries.in_sandbox(sandbox) if sandbox.purpose == EXERCISE else None
    looked = tries.look(this, sandbox) if this else None
    return (looked.exercise, looked.this) if looked and looked.exercise.opening.papers else None


def bundles_in(sandbox: Sandbox) -> Sequence[Bundle]:
    """The papers of the exercise that goes on, in the order of its file; none where none does, or it has none."""
    found = _going_on(sandbox)
    if found is None:
        return ()
    exercise, this = found
    filings = Filing.objects.filter(sandbox=sandbox).in_bulk(this.filings)
    opening = exercise.opening
    of_label = {spec.label: filings[pk] for pk, spec in zip(this.filings, opening.filings, strict=True)}
    together: dict[str, list[ShownPaper]] = {}
    for paper in opening.papers:
        shown = ShownPaper(paper.type, content.title_of(exercise, paper), content.lines_of(exercise, paper))
        together.setdefault(paper.filing or "", []).append(shown)
    return [Bundle(of_label.get(label), papers) for label, papers in together.items()]


def typed_from_sheet(request: HttpRequest) -> Mapping[str, str]:
    """What the customer's sheet says for the fields of a form, by path; nothing where no such exercise goes on."""
    visit = visit_of(request)
    found = _going_on(visit.sandbox) if visit else None
    return content.typed_from(found[0]) if found else {}
