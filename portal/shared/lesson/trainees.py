"""Who learns: a trainee's key in a signed cookie of the national host, beside the visit."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from training.models import Trainee

NAME, SALT = "trainee", "portal.trainees"
MAX_AGE = timedelta(days=365)


def trainee_of(request: HttpRequest) -> Trainee | None:
    """Who asks; ``None`` for a browser in which nobody has begun an exercise, or who was forgotten since."""
    key = key_of(request)
    return Trainee.objects.filter(key=key).first() if key else None


def key_of(request: HttpRequest) -> str:
    """By what the browser's trainee is known; blank where there is none."""
    return request.get_signed_cookie(NAME, "", salt=SALT, max_age=MAX_AGE) or ""


def remember(response: HttpResponse, trainee: Trainee) -> None:
    """Let the national host know the trainee from now on."""
    response.set_signed_cookie(
        NAME,
        trainee.key,
        salt=SALT,
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Let the browser not know the trainee any more; the link and the code lead back."""
    response.delete_cookie(NAME, samesite="Lax")
