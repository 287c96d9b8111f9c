"""What a person types into a portal: read generously, refused with a sentence that says what to do (V-13, I-04)."""

import re

from verification.law.carriers import PHONE_FORM
from verification.law.identity import SUFFIX_FORM, SUFFIX_LENGTH, fold

CODE_LENGTH = 6

_CODE_RUN = re.compile(rf"(?<![0-9])[0-9]{{{CODE_LENGTH}}}(?![0-9])")
_SEPARATORS = re.compile(r"[\s\-‐‑–—.·]+")
# Marks of writing direction and width that come along, unseen, when a number is copied out of an address book.
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_COUNTRY_PREFIX = re.compile(r"^(\+|00)?86(?=1[0-9]{10}$)")


def seen(text: str) -> str:
    """What was typed or pasted, without marks that nobody sees."""
    return _UNSEEN.sub("", text)


def _typed(text: str) -> str:
    return fold(seen(text))


def clean_code(text: str) -> str:
    """The six digits in what was typed, also out of a whole pasted message.

    Raises ``ValueError`` with a sentence for the person where there are none, or several to choose from.
    """
    words = " ".join(fold(word) for word in seen(text).split())
    found: list[str] = list(dict.fromkeys(_CODE_RUN.findall(words)))
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise ValueError("内容里有几组六位数字，请只填写短信中的验证码。")
    digits = _SEPARATORS.sub("", words)
    if not re.fullmatch(rf"[0-9]{{{CODE_LENGTH}}}", digits):
        raise ValueError("验证码应为 6 位数字，请按短信内容填写。")
    return digits


def folded_phone(text: str) -> str:
    """What was typed for a mobile number without spaces, hyphens and the country's prefix; it may still be none."""
    return _COUNTRY_PREFIX.sub("", _SEPARATORS.sub("", _typed(text)))


def clean_phone(text: str) -> str:
    """The eleven digits of a mainland mobile number; spaces, hyphens and the country's prefix may stand in it.

    Raises ``ValueError`` with a sentence for the person otherwise.
    """
    number = folded_phone(text)
    if not PHONE_FORM.fullmatch(number):
        raise ValueError("手机号码应为 1 开头的 11 位数字，请填写收到短信的号码。")
    return number


def clean_id_suffix(text: str) -> str:
    """Six characters out of digits, letters and full-width brackets; letters rise, brackets are never folded.

    Raises ``ValueError`` with a sentence for the person otherwise.
    """
    suffix = _typed(text)
    if "(" in suffix or ")" in suffix:
        raise ValueError("括号也算一位，并且须用全角输入：请把 ( ) 改为（ ）。")
    if len(suffix) > SUFFIX_LENGTH:
        raise ValueError(f"只需填写证件号码的最后 {SUFFIX_LENGTH} 位，您填了 {len(suffix)} 位。")
    if not SUFFIX_FORM.fullmatch(suffix):
        raise ValueError("请填写证件号码的最后 6 位，只能是数字、字母或全角括号（ ）。")
    return suffix
