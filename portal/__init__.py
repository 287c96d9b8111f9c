"""The site: everything that speaks HTTP, and the project's settings."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
