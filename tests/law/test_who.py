from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.law.editions import Edition, editions
from verification.law.who import Responsible, Target, Touched, situation_of, who_must_be_verified
from verification.law.words import SITUATIONS, Kind, Mode, Part, Situation

LI = Responsible(
    part=Part.SUBJECT, name="李主体", phone="13800000001", id_type="resident_id", id_suffix="010011", filed="演练公司"
)
WANG = Responsible(
    part=Part.SERVICE, name="王网站", phone="18900000002", id_type="resident_id", id_suffix="010022", filed="演练一站"
)
ZHAO = Responsible(
    part=Part.SERVICE, name="赵网站", phone="18600000003", id_type="resident_id", id_suffix="01003X", filed="演练二站"
)
LI_AS_WEBSITE = Responsible(
    part=Part.SERVICE, name="李主体", phone=LI.phone, id_type="resident_id", id_suffix="010011", filed="演练一站"
)


@pytest.fixture
def jd() -> Edition:
    return editions()["jd-2017"]


def names(targets: Sequence[Target]) -> list[str]:
    return [target.main.name for target in targets]


# ── jd-2017, kind by kind: the persons and the rule, written down from the document by hand ──────────────────────────


@pytest.mark.parametrize(
    ("kind", "situation", "expected", "rule"),
    [
        pytest.param(
            Kind.FIRST_FILING,
            Situation.ALWAYS,
            ["李主体", "王网站", "赵网站"],
            "W-01",
            marks=pytest.mark.rule("W-01", "W-19"),
        ),
        pytest.param(
            Kind.ADD_SERVICE, Situation.ALWAYS, ["王网站", "赵网站"], "W-02", marks=pytest.mark.rule("W-02", "W-22")
        ),
        pytest.param(Kind.ADD_ACCESS, Situation.ALWAYS, ["王网站", "赵网站"], "W-04", marks=pytest.mark.rule("W-04")),
        pytest.param(
            Kind.CHANGE_FILING, Situation.SUBJECT_ONLY, ["李主体"], "W-05", marks=pytest.mark.rule("W-05", "W-22")
        ),
        pytest.param(
            Kind.CHANGE_FILING,
            Situation.SERVICES_ONLY,
            ["王网站", "赵网站"],
            "W-06",
            marks=pytest.mark.rule("W-06", "W-22"),
        ),
        pytest.param(
            Kind.CHANGE_FILING,
            Situation.SUBJECT_AND_SERVICES,
            ["李主体", "王网站", "赵网站"],
            "W-07",
            marks=pytest.mark.rule("W-07"),
        ),
        pytest.param(Kind.CHANGE_FILING, Situation.REMARK_ONLY, [], "W-08", marks=pytest.mark.rule("W-08")),
        pytest.param(Kind.CHANGE_FILING, Situation.ACCESS_ONLY, [], "W-22", marks=pytest.mark.rule("W-22")),
        pytest.param(Kind.CANCEL_SUBJECT, Situation.ALWAYS, [], "W-12", marks=pytest.mark.rule("W-12")),
        pytest.param(Kind.CANCEL_SERVICE, Situation.ALWAYS, [], "W-12", marks=pytest.mark.rule("W-12")),
        pytest.param(Kind.CANCEL_ACCESS, Situation.ALWAYS, [], "W-12", marks=pytest.mark.rule("W-12")),
    ],
)
def test_jd_2017_verifies(jd: Edition, kind: Kind, situation: Situation, expected: list[str], rule: str) -> None:
    found = who_must_be_verified(jd, kind, situation, [LI, WANG, ZHAO])
    assert names(found.targets) == expected
    assert found.rule == rule
    assert found.mode is Mode.ALL


def test_jd_2017_expectations_above_leave_no_situation_out(jd: Edition) -> None:
    marks = test_jd_2017_verifies.pytestmark  # type: ignore[attr-defined]
    (table,) = (mark.args[1] for mark in marks if mark.name == "parametrize")
    expected = {(kind, situation) for kind in jd.offered_kinds for situation in SITUATIONS[kind]}
    assert {case.values[:2] for case in table} == expected


@pytest.mark.parametrize("kind", [Kind.CHANGE_SUBJECT, Kind.CHANGE_PHONE, Kind.MOVE_DOMAIN])
def test_kind_that_the_edition_does_not_offer_is_a_key_error(jd: Edition, kind: Kind) -> None:
    with pytest.raises(KeyError):
        who_must_be_verified(jd, kind, SITUATIONS[kind][0], [LI])


def test_situation_of_another_kind_is_a_key_error(jd: Edition) -> None:
    with pytest.raises(KeyError):
        who_must_be_verified(jd, Kind.ADD_SERVICE, Situation.REMARK_ONLY, [WANG])


# ── One phone is one person ──────────────────────────────────────────────────


@pytest.mark.rule("W-17")
def test_same_phone_in_both_roles_is_one_target_with_the_subjects_wording(jd: Edition) -> None:
    found = who_must_be_verified(jd, Kind.FIRST_FILING, Situation.ALWAYS, [LI_AS_WEBSITE, LI, ZHAO])
    assert [target.phone for target in found.targets] == [LI.phone, ZHAO.phone]
    assert found.targets[0].roles == (LI_AS_WEBSITE, LI)
    assert found.targets[0].main is LI


@pytest.mark.rule("W-17")
def test_same_phone_for_two_websites_is_one_target(jd: Edition) -> None:
    second = Responsible(**{**vars(WANG), "filed": "演练三站"})
    found = who_must_be_verified(jd, Kind.ADD_SERVICE, Situation.ALWAYS, [WANG, second])
    assert [target.roles for target in found.targets] == [(WANG, second)]
    assert found.targets[0].main is WANG


@pytest.mark.rule("W-22")
def test_role_that_the_situation_does_not_name_is_left_out_of_a_shared_phone(jd: Edition) -> None:
    found = who_must_be_verified(jd, Kind.CHANGE_FILING, Situation.SUBJECT_ONLY, [LI, LI_AS_WEBSITE])
    assert [target.roles for target in found.targets] == [(LI,)]


# ── Which situation a request is ─────────────────────────────────────────────


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        pytest.param(Touched(subject=True), Situation.SUBJECT_ONLY, marks=pytest.mark.rule("W-05")),
        pytest.param(Touched(services=1), Situation.SERVICES_ONLY, marks=pytest.mark.rule("W-06")),
        pytest.param(Touched(services=3, access=True), Situation.SERVICES_ONLY, marks=pytest.mark.rule("W-06")),
        pytest.param(Touched(subject=True, services=2), Situation.SUBJECT_AND_SERVICES, marks=pytest.mark.rule("W-07")),
        pytest.param(Touched(), Situation.REMARK_ONLY, marks=pytest.mark.rule("W-08")),
        pytest.param(Touched(access=True), Situation.ACCESS_ONLY, marks=pytest.mark.rule("W-22")),
        pytest.param(Touched(subject=True, access=True), Situation.SUBJECT_ONLY, marks=pytest.mark.rule("W-05")),
    ],
)
def test_change_of_a_filing_is_the_situation_of_what_it_touches(touched: Touched, expected: Situation) -> None:
    assert situation_of(Kind.CHANGE_FILING, touched) is expected


def test_change_of_a_subject_depends_on_the_province() -> None:
    assert situation_of(Kind.CHANGE_SUBJECT, Touched(subject=True)) is Situation.SAME_PROVINCE
    assert situation_of(Kind.CHANGE_SUBJECT, Touched(subject=True, province=True)) is Situation.OTHER_PROVINCE


# ── Properties ───────────────────────────────────────────────────────────────

persons = st.builds(
    Responsible,
    part=st.sampled_from(Part),
    name=st.sampled_from(["甲", "乙", "丙"]),
    phone=st.sampled_from(["13800000001", "18900000002", "18600000003", "17000000004"]),
    id_type=st.just("resident_id"),
    id_suffix=st.from_regex(r"[0-9]{5}[0-9X]", fullmatch=True),
    filed=st.sampled_from(["演练公司", "演练一站", "演练二站"]),
)
touches = st.builds(Touched, subject=st.booleans(), services=st.integers(0, 3), access=..., province=...)
offered = st.sampled_from(
    [
        (edition, kind, situation)
        for edition in editions().values()
        for kind in edition.offered_kinds
        for situation in SITUATIONS[kind]
    ]
)


@given(kind=st.sampled_from(Kind), touched=touches)
def test_every_request_is_a_situation_that_its_kind_has(kind: Kind, touched: Touched) -> None:
    assert situation_of(kind, touched) in SITUATIONS[kind]


@pytest.mark.rule("W-17", "W-22")
@given(case=offered, people=st.lists(persons, max_size=8))
def test_each_named_person_stands_in_exactly_one_target_and_nobody_else_does(
    case: tuple[Edition, Kind, Situation], people: list[Responsible]
) -> None:
    edition, kind, situation = case
    found = who_must_be_verified(edition, kind, situation, people)
    parts = edition.kinds[kind].in_situation(situation).verify
    phones = [target.phone for target in found.targets]
    assert len(phones) == len(set(phones))
    assert all(target.roles and {role.phone for role in target.roles} == {target.phone} for target in found.targets)
    assert sorted(map(repr, (role for target in found.targets for role in target.roles))) == sorted(
        repr(person) for person in people if person.part in parts
    )


@pytest.mark.rule("W-17")
@given(case=offered, people=st.lists(persons, max_size=8))
def test_targets_stand_in_the_order_of_the_request(
    case: tuple[Edition, Kind, Situation], people: list[Responsible]
) -> None:
    found = who_must_be_verified(*case, people)
    seen = [person.phone for person in people if any(person in target.roles for target in found.targets)]
    assert [target.phone for target in found.targets] == list(dict.fromkeys(seen))


@given(people=st.lists(persons, min_size=1, max_size=6))
def test_message_speaks_to_the_subjects_person_where_the_phone_has_that_role(people: list[Responsible]) -> None:
    target = Target(phone=people[0].phone, roles=tuple(people))
    assert target.main in people
    assert (target.main.part is Part.SUBJECT) == any(person.part is Part.SUBJECT for person in people)
