"""港澳居民来往内地通行证: which number is typed where, and its brackets."""

import pytest

from tests import world
from tests.verification.editions.in_edition import Place, place, request_of
from tests.world import person
from verification.asking.submissions import PersonData, SubjectData
from verification.law.entries import clean_id_suffix
from verification.law.words import IdType, Kind, Outcome
from verification.models import Person, Service
from verification.refusals import SubmissionRefused

pytestmark = pytest.mark.django_db

FRONT, BACK = "345678", "456（7）"


def holder(serial: int = 1, back: str = "A123456（7）", **changes: str) -> PersonData:
    """A person with the permit; the back holds the Hong Kong or Macau number."""
    permit = {"id_type": IdType.HK_MACAU_PERMIT.value, "id_number": "H12345678", "id_back_number": back}
    return person(serial, **{**permit, **changes})


def answers(there: Place, *suffixes: str, data: PersonData | None = None) -> list[Outcome]:
    filing = there.first_filing(data or holder(), data or holder())
    return [world.verify(filing, 1, id_suffix=suffix).outcome for suffix in suffixes]


@pytest.mark.rule("I-02")
@pytest.mark.parametrize("province", ["gs", "b", "gd"])
def test_front_number_counts_outside_zhejiang(province: str) -> None:
    there = place("qingcloud-2020", province=province)
    assert answers(there, BACK, FRONT) == [Outcome.WRONG_ID, Outcome.ALL_DONE]


@pytest.mark.rule("I-02")
def test_front_number_suffices_outside_zhejiang() -> None:
    assert answers(place("qingcloud-2020"), FRONT, data=holder(back="")) == [Outcome.ALL_DONE]


@pytest.mark.rule("I-03")
def test_back_number_counts_in_zhejiang() -> None:
    there = place("qingcloud-2020", province="z")
    assert answers(there, FRONT, BACK) == [Outcome.WRONG_ID, Outcome.ALL_DONE]


@pytest.mark.rule("I-03")
@pytest.mark.parametrize("portal", ["z", None], ids=["province", "national"])
def test_macau_number_counts_in_zhejiang_on_both_portals(portal: str | None) -> None:
    macau = holder(back="1234567（8）", id_number="M12345678")
    filing = place("qingcloud-2020", province="z").first_filing(macau, macau)
    assert world.verify(filing, 1, id_suffix="567（8）", province=portal).code == 3


@pytest.mark.rule("I-03")
def test_zhejiang_asks_for_the_back_number_at_the_submission() -> None:
    with pytest.raises(SubmissionRefused) as refused:
        place("qingcloud-2020", province="z").first_filing(holder(back=""), 2)
    assert [(error.path, error.code) for error in refused.value.errors] == [
        ("subject.person.id_back_number", "required")
    ]


@pytest.mark.rule("I-02")
def test_zhejiang_of_2018_knows_the_front_only() -> None:
    assert answers(place("miit-2018"), BACK, FRONT) == [Outcome.WRONG_ID, Outcome.ALL_DONE]


@pytest.mark.rule("I-04")
def test_brackets_count_and_are_full_width() -> None:
    assert clean_id_suffix("456（7）") == BACK
    assert clean_id_suffix("４５６（７）") == BACK  # digits are folded, brackets stay
    with pytest.raises(ValueError, match="括号也算一位，并且须用全角输入"):
        clean_id_suffix("456(7)")
    there = place("qingcloud-2020", province="z")
    assert answers(there, "456(7)", "A12345", BACK) == [Outcome.WRONG_ID, Outcome.WRONG_ID, Outcome.ALL_DONE]


@pytest.mark.rule("I-04")
def test_providers_half_width_brackets_are_no_trap_for_the_person() -> None:
    there = place("qingcloud-2020", province="z")
    assert answers(there, BACK, data=holder(back="a123456(7)")) == [Outcome.ALL_DONE]


# ── Records of before, without the number that is typed now ──────────────────


@pytest.fixture
def in_zhejiang() -> Place:
    """The 主体 on record is the permit holder's, from a time when nobody asked for the back."""
    there = place("qingcloud-2020", province="z")
    Person.objects.filter(pk=there.record.responsible_id).update(
        id_type=IdType.HK_MACAU_PERMIT.value, id_suffix=FRONT, id_back_suffix=""
    )
    return there


@pytest.mark.rule("I-03")
@pytest.mark.parametrize("kind", [Kind.ADD_SERVICE, Kind.CANCEL_SUBJECT])
def test_record_without_the_back_number_is_returned_with_advice(in_zhejiang: Place, kind: Kind) -> None:
    filing = in_zhejiang.ask(kind)
    assert world.standing(filing) == ("returned", "data_check", 1)
    assert "背面" in filing.return_detail
    assert not filing.challenges.exists()


@pytest.mark.rule("I-03")
@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.CANCEL_SERVICE, "reviewing"),
        (Kind.CANCEL_ACCESS, "reviewing"),
        (Kind.MOVE_DOMAIN, "reviewing"),
        (Kind.CHANGE_ACCESS, "reviewing"),
        (Kind.ADD_ACCESS, "returned"),
    ],
)
def test_record_without_the_back_number_keeps_nobody_from_what_has_no_field_for_it(
    in_zhejiang: Place, kind: Kind, state: str
) -> None:
    site = Service.objects.get(subject=in_zhejiang.record, serial=1)
    Service.objects.filter(pk=site.pk).update(responsible=in_zhejiang.record.responsible_id)
    newcomer = world.new_provider(in_zhejiang.sandbox, "后来云") if kind is Kind.ADD_ACCESS else in_zhejiang.provider
    assert world.standing(world.submit(newcomer, request_of(kind, in_zhejiang.record)))[0] == state


@pytest.mark.rule("I-03")
def test_change_of_the_record_adds_the_back_number(in_zhejiang: Place) -> None:
    wanted = SubjectData(person=PersonData(id_back_number="A123456（7）"))
    filing = in_zhejiang.ask(Kind.CHANGE_SUBJECT, subject=wanted)
    assert world.verify(filing, 1, id_suffix=BACK).code == 3
    world.accept(filing)
    again = in_zhejiang.ask(Kind.CANCEL_SUBJECT)
    assert world.verify(again, 1, id_suffix=BACK).code == 3


# ── One phone is one person ──────────────────────────────────────────────────


@pytest.mark.rule("W-17", "W-03")
def test_new_websites_person_cannot_be_another_one_on_the_subjects_phone() -> None:
    there = place("qingcloud-2020")
    other = person(3, phone=person(1).phone)
    with pytest.raises(SubmissionRefused) as refused:
        world.submit(there.provider, request_of(Kind.ADD_SERVICE, there.record, services=(world.site(5, other),)))
    assert [(error.path, error.code) for error in refused.value.errors] == [
        ("services.0.person.phone", "phone_of_two_persons")
    ]
