"""The site's settings, with a data folder, a Redis server and a database that belong to this test process alone."""

import os
import tempfile

from tools import redis_server

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="sms-drill-tests-")
if test_database_url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = test_database_url

from portal.settings import *  # noqa: F403
from portal.settings import CACHES, DATA_DIR, DATABASES, STORAGES, next_redis_database

# Django's own choice, a database in memory, cannot be shared by threads the way the real file is.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}

REDIS_SERVER = redis_server.prepare(DATA_DIR / "redis", persistent=False)  # tests/conftest.py starts it
REDIS_URL = REDIS_SERVER.url
CELERY_BROKER_URL = REDIS_URL
CACHES["default"]["LOCATION"] = next_redis_database(REDIS_URL)

(DATA_DIR / "static").mkdir()  # whitenoise wants to see the folder, also an empty one
# Names without a fingerprint, so that no collectstatic is needed; the browser tests see the real ones.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Tests travel in time, and the database would stay behind.
CLOCK_OF_DATABASE = False
# The strength of Argon2 is for attackers; the tests' accounts have none.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
