"""图形验证码: its picture, its sound, and a new one. What is drawn is bounded per token and per address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import captcha
from portal.visits import address_of_client
from verification import limits

#: How often one token is drawn or spoken: more drawings of the same digits only help machines.
PER_TOKEN = 6
#: How often one address gets a drawing, a sound or a new token in a minute; a whole class may share an address.
PER_ADDRESS = 300

GONE = 410
TOO_MANY = 429


@require_safe
@never_cache
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as a picture."""
    return _made(request, token, captcha.picture, content_type="image/png")


@require_safe
@never_cache
def sound(request: HttpRequest, token: str) -> HttpResponse:
    """The digits as speech, for those who cannot see the picture."""
    return _made(request, token, captcha.sound, content_type="audio/wav")


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
            "seconds": int(captcha.LIFE.total_seconds()),
        }
    )


def _made(
    request: HttpRequest, text: str, make: Callable[[captcha.Token], bytes], *, content_type: str
) -> HttpResponse:
    token = captcha.read(text)
    if token is None or not token.is_alive:
        return HttpResponse(status=GONE)
    life = int(captcha.LIFE.total_seconds())
    if not limits.allow(f"captcha-made:{token.nonce}", limit=PER_TOKEN, seconds=life) or not _is_allowed(request):
        return HttpResponse(status=TOO_MANY)
    return HttpResponse(make(token), content_type=content_type)


def _is_allowed(request: HttpRequest) -> bool:
    return limits.allow(f"captcha-address:{address_of_client(request)}", limit=PER_ADDRESS, seconds=60)


urlpatterns = [
    path("new", new, name="new"),
    path("<str:token>.png", picture, name="picture"),
    path("<str:token>.wav", sound, name="sound"),
]
