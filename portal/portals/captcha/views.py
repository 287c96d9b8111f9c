"""图形验证码: its picture, its sound, and a new one. What is drawn or spoken is bounded for each address."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.portals import captcha
from portal.shared.visit.visits import address_of_client
from verification.time import limits

#: How often one token is spoken: each time it sounds a little different, which only helps machines.
SPOKEN = 6
#: How often in a minute something is drawn or spoken for one address, or it gets a new token; a class may share one.
PER_ADDRESS = 300

GONE = 410
TOO_MANY = 429


@require_safe
@never_cache
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as a picture."""
    found = captcha.read(token)
    if found is None or not found.is_alive:
        return HttpResponse(status=GONE)
    kept = captcha.kept_picture(found)
    if kept is None and not _is_allowed(request):
        return HttpResponse(status=TOO_MANY)
    return HttpResponse(kept or captcha.draw_picture(found), content_type="image/png")


@require_safe
@never_cache
def sound(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as speech, for those who cannot see the picture."""
    found = captcha.read(token)
    if found is None or not found.is_alive:
        return HttpResponse(status=GONE)
    if not limits.allow(f"captcha-spoken:{found.nonce}", limit=SPOKEN, seconds=found.seconds):
        return HttpResponse(status=TOO_MANY)
    if not _is_allowed(request):
        return HttpResponse(status=TOO_MANY)
    return HttpResponse(captcha.sound(found), content_type="audio/wav")


@require_safe
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """A new captcha for the script of the form: token, and the addresses of picture and sound."""
    if not _is_allowed(request):
        return JsonResponse({"error": "换得太频繁，请稍后再试。"}, status=TOO_MANY)
    token = captcha.issue()
    return JsonResponse(
        {
            "token": token.text,
            "picture": reverse("captcha:picture", args=[token.text]),
            "sound": reverse("captcha:sound", args=[token.text]),
            "seconds": token.seconds,
        }
    )


def _is_allowed(request: HttpRequest) -> bool:
    return limits.allow(f"captcha-address:{address_of_client(request)}", limit=PER_ADDRESS, seconds=60)
