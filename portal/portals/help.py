"""The pages beside the forms: how verification goes, and what of the real portals' menu lies outside."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from portal.portals.door import Asked, at_the_door
from verification.law.editions import Edition, editions
from verification.law.tables import matrix
from verification.law.words import Kind

#: Entries of the real portals' menus that are outside the exercise, by the word in their address.
OUTSIDE = {
    "find-password": "找回备案密码",
    "change-password": "修改备案密码",
    "complaint": "投诉建议",
    "policies": "政策文件",
    "downloads": "资料下载",
    "illegal-domains": "违法违规域名查询",
    "e-verification": "电子化核验申请",
}


@require_safe
@at_the_door
def help_page(asked: Asked) -> HttpResponse:
    """How verification goes, from the edition's own data (N-05)."""
    edition = asked.law.model
    prereviewed = [edition.kind_name(kind) for kind in edition.offered_kinds if edition.kinds[kind].prereview]
    context = {"matrix": matrix(edition), "prereviewed": prereviewed, **_what_is_different(edition)}
    return asked.page("portals/help/page.html", context)


def _what_is_different(edition: Edition) -> dict[str, object]:
    """For an edition that takes another over: that one, and which of its kinds are gone."""
    if not edition.takes_over:
        return {}
    before = editions()[edition.takes_over]
    gone = [before.kind_name(kind) for kind in before.offered_kinds if not edition.kinds[kind].is_offered]
    return {"before": before, "gone": gone, "change": edition.kind_name(Kind.CHANGE_FILING)}


@require_safe
@at_the_door
def help_on_documents(asked: Asked) -> HttpResponse:
    """Which six characters of an identity document are typed (I-01 … I-04)."""
    return asked.page("portals/help/documents.html")


@require_safe
@at_the_door
def outside(asked: Asked, entry: str) -> HttpResponse:
    """Say that an entry of the menu is not part of the exercise."""
    if entry not in OUTSIDE:
        raise Http404(f"no entry {entry}")
    return asked.page("portals/help/outside.html", {"entry": OUTSIDE[entry]})
