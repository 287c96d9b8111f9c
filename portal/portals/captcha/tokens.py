"""图形验证码: a picture of digits to type, or their sound; django-simple-captcha draws it.

Nothing is stored when one is issued: the token carries the name of a drawing, a nonce and the moment of issue, signed;
the digits are derived from the drawing's name by the site's key. What is stored is that a token was used, before its
answer is compared, and for a while the picture, once somebody has looked at it.
"""

import secrets
import struct
import time
import wave
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache as keep
from io import BytesIO
from pathlib import Path
from random import SystemRandom
from threading import Lock
from typing import cast

from captcha.conf import settings as conf
from captcha.models import CaptchaStore
from captcha.views import _captcha_image as draw
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare
from redis.exceptions import RedisError

from portal.shared.page.drawings import digits_in, drawing_shown
from verification.law.identity import fold
from verification.time import limits
from verification.time.clock import real_now

LIFE = timedelta(minutes=conf.CAPTCHA_TIMEOUT)
SECONDS = int(LIFE.total_seconds())
LENGTH: int = conf.CAPTCHA_LENGTH
#: To draw costs more than the rest of a page: where there is a crowd, a drawing is shown to so many of it.
SHOWN = 10
#: So many drawings stand in a deck, so that a person alone hardly ever meets one twice.
DRAWINGS = 40
DECK_SECONDS = 60
SOUNDS = Path(__file__).parent / "digits"

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
    """A captcha that this site issued: the drawing that it shows, a nonce, and the signed text that stands in the form.

    A drawing is shown for a few tokens, each good once by itself.
    """

    drawing: str
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
        return SECONDS

    @property
    def answer(self) -> str:
        """The digits in the picture."""
        return digits_in(self.drawing)


class _Deck:
    """The drawings that this process deals out: a few times each and in no order, then others."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rest: list[str] = []
        self._dealt_until = 0.0

    def deal(self) -> str:
        """The name of a drawing."""
        with self._lock:
            if not self._rest or time.monotonic() > self._dealt_until:
                sheet = secrets.token_urlsafe(9)
                self._rest = [f"{sheet}{number:02d}" for number in range(DRAWINGS)] * SHOWN
                SystemRandom().shuffle(self._rest)
                self._dealt_until = time.monotonic() + DECK_SECONDS
            return self._rest.pop()


_deck = _Deck()


def issue() -> Token:
    """A new captcha. Stores nothing."""
    drawing, nonce, issued_at = _deck.deal(), limits.new_nonce(), real_now()
    content = f"{drawing}.{nonce}.{round(issued_at.timestamp() * 1_000_000)}"
    return Token(drawing, nonce, issued_at, _signer().sign(content))


def issue_shown(sandbox_id: int) -> Token:
    """One for the pages of a sandbox in which the machine shows something: a drawing of its own, whose answer is told.

    It is signed with the sandbox: everywhere else, and on every form that is sent, it is none that this site issued.
    """
    drawing, nonce, issued_at = drawing_shown(sandbox_id), limits.new_nonce(), real_now()
    content = f"{drawing}.{nonce}.{round(issued_at.timestamp() * 1_000_000)}"
    return Token(drawing, nonce, issued_at, _signer_shown(sandbox_id).sign(content))


def stand_in(text: str) -> Token:
    """A captcha for a form that is rendered ahead: only its text is looked at, where the text of another will stand."""
    return Token("", "", real_now(), text)


def read(text: str) -> Token | None:
    """The captcha behind a form's token; ``None`` for one that this site did not issue."""
    return _read(text, _signer())


def read_shown(text: str, sandbox_id: int) -> Token | None:
    """The captcha of a page in which the machine shows something; ``None`` for any other."""
    return _read(text, _signer_shown(sandbox_id))


def _read(text: str, signer: Signer) -> Token | None:
    try:
        drawing, nonce, microseconds = signer.unsign(text).split(".")
    except BadSignature:
        return None
    return Token(drawing, nonce, datetime.fromtimestamp(int(microseconds) / 1_000_000, UTC), text)


def check(text: str, typed: str) -> Verdict:
    """Use the captcha up, then compare what was typed: one try a token, also for tries at the same instant (V-12)."""
    token = read(text)
    is_fresh = (
        token is not None
        and token.is_alive
        and limits.burn("captcha", token.nonce, seconds=SECONDS, issued_at=token.issued_at)
    )
    if not fold(typed):
        return Verdict.MISSING
    if token is None or not is_fresh:
        return Verdict.STALE
    return Verdict.RIGHT if constant_time_compare(fold(typed), token.answer) else Verdict.WRONG


def _signer() -> Signer:
    return Signer(salt=_SALT)


def _signer_shown(sandbox_id: int) -> Signer:
    return Signer(salt=f"{_SALT}.shown.{sandbox_id}")


# ── Picture and sound ────────────────────────────────────────────────────────────────────────────────────────────────


def kept_picture(token: Token) -> bytes | None:
    """The picture of the token's drawing, if somebody has looked at it before."""
    with suppress(RedisError, OSError):
        return cast("bytes | None", cache.get(_picture_key(token)))
    return None


def draw_picture(token: Token) -> bytes:
    """The digits as a PNG, kept for the few others who are shown the same drawing."""
    drawn: bytes = draw(CaptchaStore(challenge=token.answer), _PICTURE_SCALE).content
    with suppress(RedisError, OSError):
        cache.set(_picture_key(token), drawn, timeout=DECK_SECONDS + SECONDS)
    return drawn


def _picture_key(token: Token) -> str:
    return f"captcha:drawing:{token.drawing}"


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


@keep
def _spoken(digit: str) -> tuple[wave._wave_params, bytes]:
    with wave.open(str(SOUNDS / f"{digit}.wav"), "rb") as file:
        return file.getparams(), file.readframes(file.getnframes())
