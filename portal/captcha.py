"""图形验证码: a picture of digits to type, or their sound; django-simple-captcha draws it.

Nothing is stored when one is issued: the token carries a nonce and the moment of issue, signed, and the digits are
derived from the nonce by the site's key. What is stored is that a token was used, before its answer is compared.
"""

import secrets
import struct
import wave
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path

from captcha.conf import settings as drawing
from captcha.models import CaptchaStore
from captcha.views import _captcha_image as draw
from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

from verification import limits
from verification.clock import real_now
from verification.law.identity import fold

LIFE = timedelta(minutes=drawing.CAPTCHA_TIMEOUT)
LENGTH: int = drawing.CAPTCHA_LENGTH
SOUNDS = Path(__file__).parent / "assets" / "digits"

_SALT = "portal.captcha"
_PICTURE_SCALE = 2  # for screens with fine pixels; the page shows it at half its size


class Verdict(StrEnum):
    """What became of a typed captcha; the value is the sentence for the person."""

    RIGHT = ""
    MISSING = "请填写图形验证码。"
    STALE = "图形验证码已过期或已用过，请按新的图片重新填写。"
    WRONG = "图形验证码不正确，请按新的图片重新填写。"


@dataclass(frozen=True)
class Token:
    """A captcha that this site issued: its nonce, the moment of issue, and the signed text that stands in the form."""

    nonce: str
    issued_at: datetime
    text: str

    @property
    def is_alive(self) -> bool:
        """Whether it is young enough to be answered."""
        return real_now() < self.issued_at + LIFE

    @property
    def seconds(self) -> int:
        """How long a captcha can be answered, for the page's script."""
        return int(LIFE.total_seconds())

    @property
    def answer(self) -> str:
        """The digits in the picture."""
        digest = salted_hmac(f"{_SALT}.answer", self.nonce, algorithm="sha256").digest()
        return f"{int.from_bytes(digest) % 10**LENGTH:0{LENGTH}d}"


def issue() -> Token:
    """A new captcha. Stores nothing."""
    nonce = limits.new_nonce()
    issued_at = real_now()
    return Token(nonce, issued_at, _signer().sign(f"{nonce}.{round(issued_at.timestamp() * 1_000_000)}"))


def read(text: str) -> Token | None:
    """The captcha behind a form's token; ``None`` for one that this site did not issue."""
    try:
        nonce, _, microseconds = _signer().unsign(text).rpartition(".")
    except BadSignature:
        return None
    return Token(nonce, datetime.fromtimestamp(int(microseconds) / 1_000_000, tz=UTC), text)


def check(text: str, typed: str) -> Verdict:
    """Use the captcha up, then compare what was typed: one try a token, also for tries at the same instant (V-12)."""
    token = read(text)
    is_fresh = (
        token is not None
        and token.is_alive
        and limits.burn("captcha", token.nonce, seconds=int(LIFE.total_seconds()), issued_at=token.issued_at)
    )
    if not fold(typed):
        return Verdict.MISSING
    if token is None or not is_fresh:
        return Verdict.STALE
    return Verdict.RIGHT if constant_time_compare(fold(typed), token.answer) else Verdict.WRONG


def _signer() -> Signer:
    return Signer(salt=_SALT)


# ── Picture and sound ────────────────────────────────────────────────────────────────────────────────────────────────


def picture(token: Token) -> bytes:
    """The digits as a PNG, drawn anew each time."""
    drawn: bytes = draw(CaptchaStore(challenge=token.answer), _PICTURE_SCALE).content
    return drawn


def sound(token: Token) -> bytes:
    """The digits spoken, as a WAV, with pauses of uneven length before them."""
    out = BytesIO()
    parameters, _ = _spoken("0")
    with wave.open(out, "wb") as file:
        file.setnchannels(parameters.nchannels)
        file.setsampwidth(parameters.sampwidth)
        file.setframerate(parameters.framerate)
        for digit in token.answer:
            pause = parameters.framerate * (30 + secrets.randbelow(30)) // 100
            file.writeframes(struct.pack("<h", 0) * pause)
            file.writeframes(_spoken(digit)[1])
    return out.getvalue()


@cache
def _spoken(digit: str) -> tuple[wave._wave_params, bytes]:
    with wave.open(str(SOUNDS / f"{digit}.wav"), "rb") as file:
        return file.getparams(), file.readframes(file.getnframes())
