"""The interactive docs: Swagger UI from our own static files, in a page of the site."""

from typing import Any, cast

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class Docs(DocsBase):
    """Swagger UI under the site's banner."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """The page for people; programs read the description."""
        context = {"openapi_url": self.get_openapi_url(api, kwargs)}

        # Swagger UI's style sheet draws its arrows from data: addresses; scripts and styles are files as elsewhere.
        @csp_update({"img-src": ["data:"]})
        def page(request: HttpRequest) -> HttpResponse:
            return render(request, "api/docs.html", context)

        return cast("HttpResponse", page(request))
