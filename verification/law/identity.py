"""Identity documents: their form, and the six characters to type."""

import re
import unicodedata
from collections.abc import Callable

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from verification.law.editions import Edition, PermitSide
from verification.law.words import IdType

SUFFIX_LENGTH = 6

#: What a typed ID piece may consist of (V-13): digits, letters and full-width brackets.
SUFFIX_FORM = re.compile(r"^[0-9A-Z（）]{6}$")

_BRACKETS = "（）"
_SHOWN = 3  # characters of a masked number


def fold(text: str) -> str:
    """Full-width digits and letters become half-width, white space goes, letters rise; brackets stay (I-01, I-04)."""
    folded = "".join(char if char in _BRACKETS else unicodedata.normalize("NFKC", char) for char in text)
    return re.sub(r"\s+", "", folded).upper()


def suffix_of(number: str) -> str:
    """The last six characters of a document's number, as they must be typed."""
    return fold(number)[-SUFFIX_LENGTH:]


def masked(number: str) -> str:
    """The number for showing: first character and last two, asterisks between."""
    number = fold(number)
    hidden = len(number) - _SHOWN
    return f"{number[0]}{'*' * hidden}{number[-2:]}" if hidden > 0 else "*" * len(number)


_RESIDENT_ID_LENGTH = 18
_RESIDENT_ID_FORM = re.compile(r"[0-9]{17}[0-9X]")
#: The province that a number begins with (GB/T 2260). The county is not looked at: counties come and go, and a number
#: names the one of its issue, which may be younger than its holder.
_RESIDENT_ID_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")


def _resident_id_problem(number: str) -> str | None:
    if len(number) != _RESIDENT_ID_LENGTH:
        return "居民身份证号码应为 18 位，请核对后重新填写。"
    if not _RESIDENT_ID_FORM.fullmatch(number):
        return "居民身份证号码只能由 17 位数字和最后一位数字或 X 组成，请核对后重新填写。"
    if number[-1] != ric.calc_check_digit(number):
        return "居民身份证号码的校验位不对，请逐位核对后重新填写。"
    try:
        ric.get_birth_date(number)
    except InvalidComponent:
        return "居民身份证号码中的出生日期不存在，请核对后重新填写。"
    if not _RESIDENT_ID_PROVINCE.match(number):
        return "居民身份证号码开头的地区代码不存在，请核对后重新填写。"
    return None


def _form(pattern: str, problem: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern)
    return lambda number: None if compiled.fullmatch(number) else problem


_PROBLEMS: dict[IdType, Callable[[str], str | None]] = {
    IdType.RESIDENT_ID: _resident_id_problem,
    IdType.HK_MACAU_PERMIT: _form(
        r"[HM][0-9]{8}([0-9]{2})?",
        "港澳居民来往内地通行证号码应为字母 H 或 M 加 8 位（旧版 10 位）数字，请核对后重新填写。",
    ),
    IdType.TAIWAN_PERMIT: _form(
        r"[0-9]{8}|[0-9]{10}[A-Z]?", "台湾居民来往大陆通行证号码应为 8 位数字，请核对后重新填写。"
    ),
    IdType.PASSPORT: _form(r"[A-Z0-9]{6,15}", "护照号码应为 6 至 15 位字母或数字，请核对后重新填写。"),
}


def problem_with(id_type: IdType, number: str) -> str | None:
    """What is wrong with a document's number, as a sentence for the person who typed it; ``None`` if nothing."""
    return _PROBLEMS[id_type](fold(number))


_BACK_NUMBER = _form(
    r"[A-Z]{1,2}[0-9]{6}（[0-9A]）|[157][0-9]{6}（[0-9]）",
    "请填写通行证背面的香港或澳门身份证件号码，连同括号，例如 A123456（7）。",
)


def fold_back_number(number: str) -> str:
    """The number on the back of a permit as it counts: folded, its brackets full-width, however they were typed."""
    return fold(number).replace("(", "（").replace(")", "）")


def problem_with_back_number(number: str) -> str | None:
    """What is wrong with the number on the back of a 港澳居民来往内地通行证; ``None`` if nothing."""
    return _BACK_NUMBER(fold_back_number(number))


def suffix_to_type(edition: Edition, *, province: str, id_type: str, suffix: str, back_suffix: str) -> str:
    """The six characters that a person types on the portal of ``province`` (I-02, I-03)."""
    is_permit = id_type == IdType.HK_MACAU_PERMIT
    is_back = is_permit and edition.identity.permit_side(province) is PermitSide.BACK
    return back_suffix if is_back else suffix


def demo_resident_id(serial: int) -> str:
    """A synthetic number with a valid check digit, recognisable by its birthday on the first day of 1900; up to 999."""
    body = f"11010119000101{serial:03d}"
    return body + ric.calc_check_digit(body + "0")
