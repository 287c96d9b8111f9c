"""What changes where a browser is, on all hosts at once: it becomes somebody, leaves, or is forgotten."""

from django.http import HttpRequest, HttpResponse

from portal.shared.visit import cookies, drafts
from portal.shared.visit.visits import Visit, browser_of, visit_of
from verification.models import Browser, Participant
from verification.worlds import browsers


def settled_browser(request: HttpRequest) -> Browser | None:
    """The browser's row, made now for one with a cookie from before there were rows; ``None`` for strangers.

    Only for who may write; the answer has to tell the browser (:func:`remember`).
    """
    browser, visit = browser_of(request), visit_of(request)
    if browser is None and visit is not None and not visit.only_watches:
        browser = browsers.enter(None, visit.participant)
        _note(request, Visit(visit.sandbox, visit.participant, browser), browser)
    return browser


def become(request: HttpRequest, response: HttpResponse, participant: Participant) -> None:
    """Let the browser be the participant from now on."""
    browser = browsers.enter(settled_browser(request), participant)
    _note(request, Visit(participant.sandbox, participant, browser), browser)
    cookies.remember(response, browser)


def go_back(request: HttpRequest, response: HttpResponse, participant_id: int) -> Participant:
    """Let the browser be again whom it was. Raises :class:`Refused` where it may not."""
    browser = settled_browser(request)
    participant = browsers.go_back(browser, participant_id)
    _note(request, Visit(participant.sandbox, participant, browser), browser)
    if browser is not None:
        cookies.remember(response, browser)
    return participant


def leave(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser be nobody from now on; it may go back."""
    browser = settled_browser(request)
    if browser is not None:
        browsers.leave(browser)
        drafts.forget_all(response, browser)
        cookies.remember(response, browser)
    _note(request, None, browser)


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser be a stranger's from now on."""
    browser = browser_of(request)
    if browser is not None:
        drafts.forget_all(response, browser)
        browsers.forget(browser)
    cookies.forget(response)
    _note(request, None, None)


def _note(request: HttpRequest, visit: Visit | None, browser: Browser | None) -> None:
    """Let the rest of the request know."""
    request._visit, request._browser = visit, browser  # type: ignore[attr-defined]  # noqa: SLF001  # where visit_of keeps it
