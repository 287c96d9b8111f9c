import pytest

from verification.asking.submissions import Needs, ServicesNeed, SubjectNeed, needs
from verification.law.words import Kind

# ── What each kind asks for ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "expected", "on_record"),
    [
        (Kind.FIRST_FILING, Needs(SubjectNeed.NEW, ServicesNeed.NEW), False),
        (Kind.ADD_SERVICE, Needs(SubjectNeed.NONE, ServicesNeed.NEW), True),
        (Kind.ADD_ACCESS, Needs(SubjectNeed.NONE, ServicesNeed.ACCESS), True),
        (Kind.CHANGE_FILING, Needs(SubjectNeed.CHANGE, ServicesNeed.CHANGE), True),
        (Kind.CANCEL_SUBJECT, Needs(SubjectNeed.NONE, ServicesNeed.NONE), True),
        (Kind.CANCEL_SERVICE, Needs(SubjectNeed.NONE, ServicesNeed.PICK), True),
        (Kind.CANCEL_ACCESS, Needs(SubjectNeed.NONE, ServicesNeed.PICK), True),
    ],
)
def test_kind_asks_for_its_parts(kind: Kind, expected: Needs, on_record: bool) -> None:
    assert (needs(kind), needs(kind).subject_number) == (expected, on_record)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_what_it_asks_for(kind: Kind) -> None:
    assert isinstance(needs(kind), Needs)
