"""图形验证码: which digits stand in a drawing. Its name tells them to this site alone, by the site's key."""

from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "portal.captcha.answer"


#: What the name of a drawing begins with that the machine shows; no name of a deck has such a sign.
_SHOWN = "="


def digits_in(drawing: str) -> str:
    """The digits in the picture of that name: they begin with 0 where the machine shows something, never elsewhere.

    So an answer that is told there is wrong for every captcha that somebody has to solve.
    """
    number = int.from_bytes(salted_hmac(_SALT, drawing, algorithm="sha256").digest())
    step = 10 ** (settings.CAPTCHA_LENGTH - 1)
    drawn = number % step if drawing.startswith(_SHOWN) else step + number % (9 * step)
    return f"{drawn:0{settings.CAPTCHA_LENGTH}d}"


def drawing_shown(sandbox_id: int) -> str:
    """The drawing in all captchas of a sandbox in which the machine shows something; no deck has such a name."""
    return f"{_SHOWN}{sandbox_id}"
