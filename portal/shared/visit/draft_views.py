"""What a form's script sends while somebody types (static/shared/visit/drafts.js)."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal.shared.visit import drafts


@require_POST
@never_cache
@sensitive_post_parameters()
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the fields as the draft of the form that they name. Nobody waits for the answer (204)."""
    drafts.keep(request, request.POST.get("draft", ""), request.POST)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
