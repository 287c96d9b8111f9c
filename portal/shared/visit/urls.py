"""Addresses by which a visitor gets from host to host."""

from django.urls import path

from portal.shared.visit import handover

of_nation = [path("go/<slug:code>", handover.go, name="go")]
of_province = [path("arrive/", handover.arrive, name="arrive")]
