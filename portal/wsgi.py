"""The entrance for a WSGI server."""

import gc
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class Request(WSGIRequest):
    """A request that is read as UTF-8, whatever charset it claims.

    Python knows charsets that decode no text (hex) or not every text (idna). Django lets them read the address while
    the request is made, before anything could answer that it is a bad one.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # a parameter in a charset that there is not: it names no type
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Django's own, which makes such requests."""

    request_class = Request


django.setup(set_prefix=False)
application = Handler()

# What is loaded by now stays. A collection of garbage that walked through all of it held a page up for a tenth of a
# second, and collections after every seven hundred objects found hardly anything in what pages leave behind.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
