"""图形验证码: which digits stand in a drawing. Its name tells them to this site alone, by the site's key."""

from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "portal.captcha.answer"


def digits_in(drawing: str) -> str:
    """The digits in the picture of that name."""
    digest = salted_hmac(_SALT, drawing, algorithm="sha256").digest()
    return f"{int.from_bytes(digest) % 10**settings.CAPTCHA_LENGTH:0{settings.CAPTCHA_LENGTH}d}"


def drawing_shown(sandbox_id: int) -> str:
    """The drawing in all captchas of a sandbox in which the machine shows something; no deck has such a name."""
    return f"={sandbox_id}"
