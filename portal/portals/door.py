"""The door of the portals: what a request is about is found out here, once, and handed on."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.portals.beside import Word
from portal.portals.captcha.views import issue_for
from portal.portals.governing import Governing, governing
from portal.shared.page import kept
from portal.shared.visit.addresses import Address, address_of
from portal.shared.visit.doors import OpenView
from portal.shared.visit.visits import Visit, visit_of
from portal.shared.visit.ways import address_to_return_to, lobby_address

P = ParamSpec("P")


@dataclass(frozen=True)
class Asked:
    """A request to a portal: under which address, by whom, and on what law its answer stands.

    Of the visitor it says where they are and what to show. Whatever decides is read again by the domain, under lock.
    """

    request: HttpRequest
    address: Address
    visit: Visit | None
    law: Governing

    @property
    def lobby(self) -> str:
        """The lobby, which leads back to the present page."""
        return lobby_address(self.request, return_to=address_to_return_to(self.request))

    def page(
        self,
        template: str,
        context: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        word: Word | None = None,
    ) -> HttpResponse:
        """A page of the portal: its law and its look, what else the template asks for, and a word beside it."""
        shown = {"law": self.law, "look": self.law.look, "lobby": self.lobby, "beside": self._beside(word)}
        return render(self.request, template, {**shown, **(context or {})}, status=status)

    def kept_page(
        self,
        template: str,
        context: Callable[[], dict[str, object]],
        *further: Hashable,
        word: Word | None = None,
        **own: kept.Fill,
    ) -> HttpResponse:
        """A page of the portal that is kept ready. It depends on its law's grounds and what else is named."""
        return kept.page(
            self.request,
            template,
            lambda: {"law": self.law, "look": self.law.look, "beside": kept.hole("beside"), **context()},
            depends_on=(self.law.grounds, *further),
            own={"captcha": lambda: issue_for(self.visit).text, "beside": lambda: self._beside(word), **own},
        )

    def _beside(self, word: Word | None) -> str:
        """Only whoever practises is spoken to."""
        return word.beside(self.request) if word and self.visit else ""


PortalView = Callable[Concatenate[Asked, P], HttpResponse]


def at_the_door(view: PortalView[P]) -> OpenView[P]:
    """Let a view of a portal begin with what was asked."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        address, visit = address_of(request), visit_of(request)
        return view(Asked(request, address, visit, governing(address.province, visit)), *args, **kwargs)

    return inner
