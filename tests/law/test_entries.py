from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.law.entries import clean_code, clean_id_suffix, clean_phone

MESSAGE = (
    "李演练您好，由“演练云”发起的“演练网站”的“新增备案”已提交，本次验证码：{code}。"
    "请登录http://gscainfo.localhost:8000/verify/进行核验。"
)


# ── 验证码 ───────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-13", "C-01")
@pytest.mark.parametrize(
    "typed",
    [
        "012345",
        " 012345\n",
        "０１２３４５",
        "012 345",
        "012-345",
        "０１２　３４５",
        "\u200e012345\u200f",
        "验证码：012345。",
    ],
)
def test_code_is_read_however_it_is_typed(typed: str) -> None:
    assert clean_code(typed) == "012345"


@pytest.mark.rule("V-13")
def test_code_is_found_in_a_pasted_message() -> None:
    assert clean_code(MESSAGE.format(code="012345")) == "012345"
    assert clean_code(f"106598051001 12月20日\n{MESSAGE.format(code='012345')}") == "012345"


@pytest.mark.rule("V-13")
@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "13800000001", "验证码", "٠١٢٣٤٥"])
def test_code_that_is_not_six_digits_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^验证码应为 6 位数字"):
        clean_code(typed)


@pytest.mark.rule("V-13")
def test_code_among_others_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="几组六位数字"):
        clean_code("012345 或 543210")
    assert clean_code("012345 012345") == "012345"


# ── 手机号码 ─────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-13")
@pytest.mark.parametrize(
    "typed",
    [
        "13800000001",
        "138 0000 0001",
        "138-0000-0001",
        "１３８００００　０００１",
        "+86 138 0000 0001",
        "0086-13800000001",
        "8613800000001",
        "\u202d13800000001\u202c",
    ],
)
def test_phone_is_read_however_it_is_typed(typed: str) -> None:
    assert clean_phone(typed) == "13800000001"


@pytest.mark.rule("V-13")
@pytest.mark.parametrize(
    "typed", ["", "1380000000", "138000000011", "23800000001", "86138000000011", "+1 13800000001", "138000000O1"]
)
def test_phone_that_is_not_eleven_digits_beginning_with_one_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^手机号码应为 1 开头的 11 位数字"):
        clean_phone(typed)


# ── 证件号码后六位 ───────────────────────────────────────────────────────────


@pytest.mark.rule("V-13", "I-01")
@pytest.mark.parametrize("typed", ["01009X", "01009x", "０１００９ｘ", " 0100 9x "])
def test_id_suffix_is_read_however_it_is_typed(typed: str) -> None:
    assert clean_id_suffix(typed) == "01009X"


@pytest.mark.rule("I-04")
def test_id_suffix_takes_brackets_in_full_width_only_and_says_why() -> None:
    assert clean_id_suffix("45６（7）") == "456（7）"
    with pytest.raises(ValueError, match="全角"):
        clean_id_suffix("456(7)")


@pytest.mark.rule("V-13")
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "请填写证件号码的最后 6 位"),
        ("01009", "请填写证件号码的最后 6 位"),
        ("01009-", "请填写证件号码的最后 6 位"),
        ("11010119000101009X", "您填了 18 位"),
    ],
)
def test_id_suffix_of_another_form_is_refused(typed: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        clean_id_suffix(typed)


@pytest.mark.rule("I-04")
@pytest.mark.parametrize("typed", ["2345(6", "123)", "456)（"])
def test_id_suffix_with_one_bracket_in_half_width_is_told_so(typed: str) -> None:
    with pytest.raises(ValueError, match="请把 \\( \\) 改为（ ）"):
        clean_id_suffix(typed)


# ── Properties ───────────────────────────────────────────────────────────────

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(code=st.from_regex(r"[0-9]{6}", fullmatch=True), wide=st.booleans(), gaps=st.lists(st.integers(0, 6)))
def test_every_code_survives_spaces_and_width(code: str, wide: bool, gaps: list[int]) -> None:
    typed = list(code.translate(FULL_WIDTH) if wide else code)
    for gap in sorted(gaps, reverse=True):
        typed.insert(gap, " ")
    assert clean_code("".join(typed)) == code
    assert clean_code(MESSAGE.format(code=code)) == code


def attempt(clean: Callable[[str], str], text: str) -> tuple[str, str]:
    """What came out clean, and the sentence of the refusal; one of them is blank."""
    try:
        return clean(text), ""
    except ValueError as refusal:
        return "", str(refusal)


@pytest.mark.parametrize("clean", [clean_code, clean_phone, clean_id_suffix])
@given(text=st.text(max_size=40) | st.text(alphabet="0123456789X（）() -+", max_size=20))
def test_whatever_is_typed_is_cleaned_for_good_or_refused_with_a_sentence(
    clean: Callable[[str], str], text: str
) -> None:
    cleaned, sentence = attempt(clean, text)
    assert (cleaned == "") == sentence.endswith("。")
    assert cleaned == "" or clean(cleaned) == cleaned
