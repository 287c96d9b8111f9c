"""What the owner of a sandbox decides: who plays which part, who may move the clock, who must go, and when to close.

The owner sees the keys of all participants too, and can revoke each.
"""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lobby.forms import RolesForm
from portal.shared.visit.doors import VisitRequest, needs_owner
from portal.shared.visit.entering import leave
from verification.models import ApiKey, Participant
from verification.outside import keys
from verification.worlds import sandboxes

#: So many are named after a change; of more it is said how many.
_MOST_NAMED = 3


def _others(request: VisitRequest) -> list[Participant]:
    return list(request.visit.sandbox.participants.filter(is_owner=False).order_by("id"))


def _other(request: VisitRequest, pk: int) -> Participant:
    return get_object_or_404(Participant, pk=pk, sandbox=request.visit.sandbox, is_owner=False)


def _keys(request: VisitRequest) -> QuerySet[ApiKey]:
    return keys.live_keys().filter(provider__sandbox=request.visit.sandbox)


@require_safe
@needs_owner
def participants(request: VisitRequest) -> HttpResponse:
    """Everybody in the sandbox, with what they play, in one form; and the keys to it."""
    rows = [(participant, RolesForm.of(participant)) for participant in _others(request)]
    context = {"visit": request.visit, "rows": rows, "keys": _keys(request)}
    return render(request, "lobby/participants.html", context)


@require_POST
@needs_owner
def roles(request: VisitRequest) -> HttpResponse:
    """Give everybody that the page has shown the parts that are ticked for them, and no others."""
    shown = set(request.POST.getlist("shown"))  # who has joined since keeps what they have
    forms = {other: RolesForm.of(other, request.POST) for other in _others(request) if str(other.pk) in shown}
    if not all(form.is_valid() for form in forms.values()):
        messages.error(request, "没有这个身份，请从列出的身份中勾选。")
        return redirect("lobby:participants")
    changed = [participant for participant, form in forms.items() if form.changes(participant)]
    for participant in changed:
        sandboxes.set_roles(participant, **forms[participant].decided)
    names = "、".join(f"“{participant.name}”" for participant in changed[:_MOST_NAMED])
    more = f"等 {len(changed)} 人" if len(changed) > _MOST_NAMED else ""
    messages.success(request, f"已更新{names}{more}的身份。" if changed else "没有改动。")
    return redirect("lobby:participants")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_owner
def remove(request: VisitRequest, pk: int) -> HttpResponse:
    """Ask, then send a participant out of the sandbox, with their keys."""
    participant = _other(request, pk)
    if request.method != "POST":
        context = {"participant": participant, "keys": _keys(request).filter(participant=participant)}
        return render(request, "lobby/remove.html", context)
    revoked = sandboxes.remove(participant, by=request.visit.by)
    messages.success(request, f"已移出“{participant.name}”{f'，并吊销其 {revoked} 个密钥' if revoked else ''}。")
    return redirect("lobby:participants")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_owner
def revoke(request: VisitRequest, pk: int) -> HttpResponse:
    """Ask, then let a key to the sandbox open nothing any more, whosever it is."""
    key = get_object_or_404(_keys(request), pk=pk)
    if request.method != "POST":
        return render(request, "lobby/revoke.html", {"visit": request.visit, "key": key})
    keys.revoke_key(key)
    messages.success(request, f"密钥 {key} 已吊销，用它发来的请求一律拒绝。")
    return redirect("lobby:participants")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_owner
def close(request: VisitRequest) -> HttpResponse:
    """Ask, then close the sandbox for everybody in it."""
    if request.method != "POST":
        return render(request, "lobby/close.html", {"visit": request.visit})
    response = redirect("lobby:index")
    leave(request, response)  # first, for who closes it need not be told
    sandboxes.close(request.visit.sandbox, by=request.visit.by)
    messages.success(request, f"演练环境“{request.visit.sandbox.name}”已关闭。")
    return response
