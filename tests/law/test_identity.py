import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.law.identity import SUFFIX_FORM, demo_resident_id, fold, masked, problem_with, suffix_of
from verification.law.words import IdType

VALID = "11010119000101009X"


def check_digit(body: str) -> str:
    """The standard's own sum over weights (ISO 7064 MOD 11-2), written out on purpose."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def with_check_digit(body: str) -> str:
    return body + check_digit(body)


# ── What is typed ────────────────────────────────────────────────────────────


@pytest.mark.rule("I-01")
@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        pytest.param("01001x", "01001X", id="small x"),
        pytest.param("０１００１Ｘ", "01001X", id="full-width digits and X"),
        pytest.param("０１００１ｘ", "01001X", id="full-width small x"),
        pytest.param(" 0100 1X\u3000\n", "01001X", id="white space of every width"),
    ],
)
def test_fold_makes_one_form_of_what_people_type(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.rule("I-04")
def test_fold_leaves_brackets_of_either_width_as_they_are() -> None:
    assert fold("３４５６（７）") == "3456（7）"
    assert fold("3456(7)") == "3456(7)"


@pytest.mark.rule("V-13", "I-04")
@pytest.mark.parametrize(
    ("suffix", "fits"),
    [
        ("010011", True),
        ("01001X", True),
        ("56（7）8", True),
        ("56(7)8", False),
        ("01001", False),
        ("0100111", False),
        ("01001-", False),
        ("٠١٠٠١١", False),
    ],
)
def test_suffix_is_six_digits_letters_or_full_width_brackets(suffix: str, fits: bool) -> None:
    assert bool(SUFFIX_FORM.fullmatch(suffix)) is fits


@given(text=st.text(max_size=20))
def test_fold_is_done_once_and_for_all(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# ── What is kept of a number ─────────────────────────────────────────────────


@pytest.mark.rule("I-01")
def test_suffix_of_a_resident_id_ends_in_a_capital_x() -> None:
    assert suffix_of(VALID) == suffix_of(VALID.lower()) == "01009X"


def test_masked_shows_the_first_character_and_the_last_two() -> None:
    assert masked(VALID) == "1***************9X"
    assert masked("H12345678") == "H******78"


@given(number=st.text(alphabet="0123456789X", max_size=20))
def test_masked_keeps_the_length_and_shows_three_characters_at_most(number: str) -> None:
    shown = masked(number)
    assert len(shown) == len(number)
    assert len(shown.replace("*", "")) == (3 if len(number) > 3 else 0)


# ── Whether a number can be ──────────────────────────────────────────────────


@pytest.mark.rule("I-01")
@pytest.mark.parametrize("number", [VALID, VALID.lower(), "１１０１０１１９０００１０１００９Ｘ", f" {VALID} "])
def test_resident_id_is_taken_however_it_is_typed(number: str) -> None:
    assert problem_with(IdType.RESIDENT_ID, number) is None


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        pytest.param("", "应为 18 位", id="empty"),
        pytest.param(VALID[:-1], "应为 18 位", id="one character short"),
        pytest.param("110101900101001", "应为 18 位", id="fifteen digits of the old form"),
        pytest.param("1101011900010100A0", "只能由 17 位数字和最后一位数字或 X 组成", id="letter inside"),
        pytest.param(VALID[:-1] + "1", "校验位不对", id="wrong check digit"),
        pytest.param(with_check_digit("11010119000230001"), "出生日期不存在", id="30th of February"),
        pytest.param(with_check_digit("00000019000101001"), "地区代码不存在", id="place that is none"),
    ],
)
def test_resident_id_problem_says_what_is_wrong(number: str, problem: str) -> None:
    found = problem_with(IdType.RESIDENT_ID, number)
    assert found is not None
    assert problem in found


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("11610119900101001", id="county that no table knows"),
        pytest.param("50010119600101001", id="county younger than its holder"),
    ],
)
def test_resident_id_is_not_refused_for_its_county(body: str) -> None:
    assert problem_with(IdType.RESIDENT_ID, with_check_digit(body)) is None


@given(place=st.integers(0, 17), digit=st.integers(0, 9))
def test_resident_id_with_one_digit_changed_is_never_taken(place: int, digit: int) -> None:
    changed = f"{VALID[:place]}{digit}{VALID[place + 1 :]}"
    assert (problem_with(IdType.RESIDENT_ID, changed) is None) == (changed == VALID)


@pytest.mark.parametrize(
    ("id_type", "number", "is_taken"),
    [
        (IdType.HK_MACAU_PERMIT, "H12345678", True),
        (IdType.HK_MACAU_PERMIT, "m1234567801", True),
        (IdType.HK_MACAU_PERMIT, "12345678", False),
        (IdType.HK_MACAU_PERMIT, "H123456789", False),
        (IdType.HK_MACAU_PERMIT, "H٠١٢٣٤٥٦٧", False),
        (IdType.TAIWAN_PERMIT, "12345678", True),
        (IdType.TAIWAN_PERMIT, "1234567890A", True),
        (IdType.TAIWAN_PERMIT, "1234567", False),
        (IdType.PASSPORT, "E12345678", True),
        (IdType.PASSPORT, "e１２３４５６７８", True),
        (IdType.PASSPORT, "E1234", False),
        (IdType.PASSPORT, "E1234-5678", False),
    ],
)
def test_other_documents_are_known_by_their_form(id_type: IdType, number: str, is_taken: bool) -> None:
    problem = problem_with(id_type, number)
    assert (problem is None) is is_taken
    assert problem is None or problem.startswith(id_type.label)


@given(number=st.text(alphabet="0123456789X", min_size=18, max_size=18) | st.text(max_size=20))
def test_every_document_number_is_answered(number: str) -> None:
    for id_type in IdType:
        problem = problem_with(id_type, number)
        assert problem is None or problem.endswith("核对后重新填写。")


# ── Demo numbers ─────────────────────────────────────────────────────────────


@given(serial=st.integers(0, 999))
def test_demo_numbers_are_valid_and_recognisable(serial: int) -> None:
    number = demo_resident_id(serial)
    assert number[:-1] == f"11010119000101{serial:03d}"
    assert number[-1] == check_digit(number[:-1])
    assert problem_with(IdType.RESIDENT_ID, number) is None


def test_documents_have_their_official_names() -> None:
    assert [id_type.label for id_type in IdType] == [
        "居民身份证",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "护照",
    ]
