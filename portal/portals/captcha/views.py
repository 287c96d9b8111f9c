"""图形验证码: its picture, its sound, and a new one. What is drawn or spoken is bounded for each address."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.portals import captcha
from portal.shared.visit.limits import CAPTCHA_SOUNDS, CAPTCHAS, when_again
from portal.shared.visit.visits import Visit, visit_of
from training.openings import SHOWING

GONE = 410
TOO_MANY = 429


@require_safe
@never_cache
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as a picture."""
    found = _read(request, token)
    if found is None or not found.is_alive:
        return HttpResponse(status=GONE)
    kept = captcha.kept_picture(found)
    if kept is None and (wait := CAPTCHAS.wait_of_address(request)):
        return _too_many(wait)
    return HttpResponse(kept or captcha.draw_picture(found), content_type="image/png")


@require_safe
@never_cache
def sound(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as speech, for those who cannot see the picture."""
    found = _read(request, token)
    if found is None or not found.is_alive:
        return HttpResponse(status=GONE)
    if wait := CAPTCHA_SOUNDS.wait(found.nonce) or CAPTCHAS.wait_of_address(request):
        return _too_many(wait)
    return HttpResponse(captcha.sound(found), content_type="audio/wav")


@require_safe
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """A new captcha for the script of the form: token, and the addresses of picture and sound."""
    if wait := CAPTCHAS.wait_of_address(request):
        return _too_many(wait)
    token = issue_for(visit_of(request))
    return JsonResponse(
        {
            "token": token.text,
            "picture": reverse("captcha:picture", args=[token.text]),
            "sound": reverse("captcha:sound", args=[token.text]),
            "seconds": token.seconds,
        }
    )


def issue_for(visit: Visit | None) -> captcha.Token:
    """A new captcha for a page: one of its own where the machine shows something."""
    is_shown = visit is not None and visit.sandbox.purpose == SHOWING
    return captcha.issue_shown(visit.sandbox.pk) if visit and is_shown else captcha.issue()


def _read(request: HttpRequest, token: str) -> captcha.Token | None:
    found = captcha.read(token)
    if found is None and (visit := visit_of(request)) is not None and visit.sandbox.purpose == SHOWING:
        return captcha.read_shown(token, visit.sandbox.pk)
    return found


def _too_many(wait: int) -> HttpResponse:
    """Say when again: in the words that the script of the form shows, and for other programs in the header."""
    sentence = f"图形验证码换得太频繁，请{when_again(wait)}再试。"
    return JsonResponse({"error": sentence}, status=TOO_MANY, headers={"Retry-After": str(wait)})
