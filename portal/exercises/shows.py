"""看演示: the machine does an exercise on the site's own pages, and whoever watches brings it on.

The pages lie below ``/watch/…``: they are looked at and nothing else, and the browser's own sandbox stays what it is.
"""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.shared.lesson.shown import page_of
from portal.shared.lesson.trainees import trainee_of
from portal.shared.visit.addresses import address_of
from portal.shared.visit.limits import STARTS, when_again
from portal.shared.visit.opened import sent_from_anywhere
from training import showing
from verification.refusals import Refused

_GONE = "演示已经结束：结束了，或者有一分钟没有人看。想看的话，可以从头再看一遍。"


@require_POST
@sent_from_anywhere
def begin(request: HttpRequest, name: str) -> HttpResponse:
    """Let the machine begin; the first page of it is next."""
    if wait := STARTS.wait_of_address(request):
        messages.error(request, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
        return redirect("exercises:index")
    try:
        found = showing.start(name, trainee_of(request), most=settings.SHOWINGS_AT_ONCE)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("exercises:index")
    exercise = showing.exercise_of(found)
    assert exercise is not None, "it was just read"
    return redirect(page_of(address_of(request), found, exercise))


# Who watches has no cookies there, and so no token: the key in the address, of 128 bits, is what nobody else has.
@csrf_exempt
@require_POST
@sent_from_anywhere
@never_cache
def show(request: HttpRequest, key: str) -> HttpResponse:
    """Ask how far it is, with a wish or without; a script is told where to look, everybody else is led there."""
    found = showing.ask(key, request.POST.get("wish", ""))
    exercise = showing.exercise_of(found) if found else None
    address = page_of(address_of(request), found, exercise) if found and exercise else ""
    if request.POST.get("by") == "script":
        return JsonResponse({"address": address, "done": found.done if found else 0, "isGone": not address})
    if not address:
        messages.info(request, _GONE)
        return redirect("exercises:index")
    return redirect(address)
