"""Addresses by which a visitor gets from host to host, and where forms keep what is being typed."""

from django.urls import path

from portal.shared.visit import draft_views, handover

_EVERYWHERE = [path("draft/", draft_views.keep, name="keep_draft")]

of_nation = [path("go/<slug:code>", handover.go, name="go"), *_EVERYWHERE]
of_province = [path("arrive/", handover.arrive, name="arrive"), *_EVERYWHERE]
