"""Settings of the site. What differs from machine to machine comes from the environment and is checked here, loudly."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from portal.operator.logs import is_no_probe, shorten_beat_error, shorten_refusal

BASE_DIR = Path(__file__).resolve().parent.parent


# ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def env_text(name: str, default: str) -> str:
    """The variable, or the default where it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    """1/0, true/false, yes/no, on/off; anything else stops the start."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    text = env_text(name, "1" if default else "0").lower()
    if text not in words:
        raise ImproperlyConfigured(f"{name}={text!r} is neither yes nor no: use 1 or 0.")
    return words[text]


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    """A whole number of at least `minimum`; anything else stops the start."""
    text = env_text(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < minimum:
        raise ImproperlyConfigured(f"{name}={text!r} is not a whole number of at least {minimum}.")
    return int(text)


def env_list(name: str, default: list[str]) -> list[str]:
    """Words, separated by commas or spaces."""
    return env_text(name, "").replace(",", " ").split() or default


def env_redis(name: str, default: str) -> str:
    """A Redis address such as redis://127.0.0.1:6379/0; anything else stops the start."""
    address = env_text(name, default)
    parts = urlsplit(address)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or not parts.path.strip("/").isdigit():
        raise ImproperlyConfigured(f"{name} is not an address of the form redis://host:port/number.")
    return address


def env_database(name: str, default: str) -> dict[str, Any]:
    """A database address: sqlite:///path or postgres://user:password@host:port/name; anything else stops the start."""
    address = env_text(name, default)
    if urlsplit(address).scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} is not an address of the form sqlite:///path or postgres://…")
    return {**dj_database_url.parse(address)}


def next_redis_database(address: str) -> str:
    """The database of the same server that follows the one in `address`."""
    parts = urlsplit(address)
    return parts._replace(path=f"/{int(parts.path.strip('/')) + 1}").geturl()


def read_or_make_secret_key(path: Path) -> str:
    """The key in the file, made at the first run. Of several parts that start at once, one link wins."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


# ── Where things are ─────────────────────────────────────────────────────────────────────────────────────────────────

DATA_DIR = Path(env_text("DATA_DIR", str(BASE_DIR / "var"))).absolute()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env_bool("DEBUG", default=False)
HTTPS = env_bool("HTTPS", default=False)  # the switch for production: the site is reached by https only
SECRET_KEY = env_text("SECRET_KEY", "") or read_or_make_secret_key(DATA_DIR / "secret-key")

# The national portal is served under SITE_DOMAIN, a province's under {code}cainfo.SITE_DOMAIN.
SITE_DOMAIN = env_text("SITE_DOMAIN", "localhost")
# The national portal as people type it; the messages name a province's as {code}cainfo.SITE_AUTHORITY.
SITE_AUTHORITY = env_text("SITE_AUTHORITY", SITE_DOMAIN if HTTPS else f"{SITE_DOMAIN}:{env_int('PORT', 8000)}")
ALLOWED_HOSTS = env_list("SITE_HOSTS", [f".{SITE_DOMAIN}", "localhost", "127.0.0.1", "[::1]"])

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── What the site is made of ─────────────────────────────────────────────────────────────────────────────────────────

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "captcha",
    "csp",
    "ninja",
    "verification",
    "training",
    "portal",
]

MIDDLEWARE = [
    "portal.shared.page.noindex.NoIndexMiddleware",
    "portal.api.problems.ProblemsMiddleware",  # around all that may refuse a program
    "portal.shared.visit.hosts.RefuseForbiddenHosts",
    "portal.operator.health.AnswerProbes",
    "portal.shared.page.news.AnswerNews",
    "django.middleware.security.SecurityMiddleware",
    "portal.shared.page.policy.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.shared.visit.watching.WatchMiddleware",  # these two before all that looks at the path or a cookie
    "portal.shared.visit.middleware.ProvinceMiddleware",
    "portal.shared.visit.middleware.RefuseNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.shared.visit.middleware.VisitMiddleware",
    "portal.shared.page.forms_only.ExplainFormsOnly",
    "portal.shared.visit.handover.HandoverMiddleware",
    "portal.shared.visit.opened.RefusePagesOfAnotherSandbox",
    "portal.shared.lesson.middleware.SettleExercise",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.shared.page.live.frame",
            ],
            "builtins": ["portal.shared.visit.form_tags"],
            # Each lives in the folder of its matter.
            "libraries": {
                "addresses": "portal.shared.visit.address_tags",
                "drafts": "portal.shared.visit.draft_tags",
                "lessons": "portal.shared.lesson.lesson_tags",
                "moments": "portal.shared.clock.spans",
                "own": "portal.shared.page.own",
                "told": "portal.shared.lesson.told",
                "typed": "portal.shared.page.typed",
                "typed_fields": "portal.provider.typed_fields",
                "visits": "portal.shared.visit.visit_tags",
            },
        },
    },
]

# ── Language and time ────────────────────────────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"  # the deadlines and noons of the documents are meant so
USE_I18N = True
USE_TZ = True

# ── Database ─────────────────────────────────────────────────────────────────────────────────────────────────────────

DATABASES = {"default": env_database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = 600

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that reads first and writes later would fail when another wrote in between; taking the write
        # lock at its start makes it wait for its turn instead.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # With WAL, readers and the one writer do not block each other. synchronous=NORMAL keeps every commit when a
        # process is killed; a power cut may cost the last ones, never the file. What is mapped into
        # memory counts as a process's own: 64 MB, so that a worker stays small however large the file is.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=67108864; "
            # 16384 pages are those 64 MB: a sweep does not wait for the disk after each of its chunks.
            "PRAGMA wal_autocheckpoint=16384; "
            "PRAGMA cache_size=-32768; PRAGMA mmap_size=67108864; PRAGMA temp_store=MEMORY; "
            # What is deleted is overwritten: see verification/erasing.py.
            "PRAGMA secure_delete=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5

# Several hosts mean the same moment by the clock of the database that they share; tests have clocks of their own.
CLOCK_OF_DATABASE = True

# ── Cache and jobs: one Redis-compatible server ──────────────────────────────────────────────────────────────────────

REDIS_URL = env_redis("REDIS_URL", "redis://127.0.0.1:6379/0")
# A database of its own, so that emptying the cache does not take the job queue along.
CACHE_URL = env_redis("CACHE_URL", next_redis_database(REDIS_URL))

CACHES = {
    "default": {
        "BACKEND": "portal.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    },
    # For what must go on, less exactly, while the shared cache is away. One for each process.
    "fallback": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 10, "visibility_timeout": 3600}
# A page that starts a job must not hang when the broker is away: what is due stands in the database anyway.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
# Webhooks wait for strangers' servers: on a queue with workers of its own they hold up no deadline. A worker that is
# not told which queues to serve serves both.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("celery", "webhooks")]
CELERY_TASK_ROUTES = {"verification.deliver_webhooks": {"queue": "webhooks"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    # A tick that no worker took in time is thrown away: the next one looks at the same rows.
    "tick": {"task": "verification.tick", "schedule": 1.0, "options": {"expires": 2}},
    "clean-up": {"task": "verification.clean_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "clean-up-after-exercises": {"task": "training.clean_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "stop-forsaken-clocks": {"task": "training.stop_forsaken_clocks", "schedule": 10.0, "options": {"expires": 10}},
    "finish-closings": {"task": "training.finish_closings", "schedule": 10.0, "options": {"expires": 10}},
    "close-forsaken-showings": {"task": "training.close_forsaken", "schedule": 60.0, "options": {"expires": 60}},
}
# Filings in one transaction of a sweep: fewer leave the others their turn on SQLite, more take less time in all.
ALARM_CHUNK = env_int("ALARM_CHUNK", 2000, minimum=1)
TICK_MAX_AGE = env_int("TICK_MAX_AGE", 30, minimum=1)  # seconds without a tick after which /readyz complains

# ── Static files ─────────────────────────────────────────────────────────────────────────────────────────────────────

STATIC_URL = "/static/"  # absolute, so that /p/{code}/ is not put before it
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: Mapping[str, Mapping[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── Staff accounts (those who practise have none) ────────────────────────────────────────────────────────────────────

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a name alone would let anybody lock the staff out
AXES_RESET_ON_SUCCESS = True
# Whether only staff may make classes; then there is /staff/, where they log in, and which shows the classes.
CLASSES_NEED_ACCOUNT = env_bool("CLASSES_NEED_ACCOUNT", default=False)

# ── Cookies and headers ──────────────────────────────────────────────────────────────────────────────────────────────

SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.shared.visit.tokens.refuse"
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS  # the portals are subdomains
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env_bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # whether a domain joins the browsers' HSTS preload list is for its owner to decide
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A form's answer may redirect to a portal, which has a host of its own.
        "form-action": [SELF, f"*.{SITE_DOMAIN}:*", f"{SITE_DOMAIN}:*"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# ── Limits of use, in real time: what goes beyond is told when it may go on. README lists them ──────────────────────

# From one network address, which a whole class may share.
STARTS_AN_HOUR = env_int("STARTS_AN_HOUR", 120, minimum=1)  # sandboxes, in the lobby and through the API together
JOINS_AN_HOUR = env_int("JOINS_AN_HOUR", 600, minimum=1)
RECOVERIES_AN_HOUR = env_int("RECOVERIES_AN_HOUR", 30, minimum=1)  # tries of a recovery code
SHOWINGS_AT_ONCE = env_int("SHOWINGS_AT_ONCE", 100, minimum=1)  # in all, whoever watches them
TRAINEE_CODES_AN_HOUR = env_int("TRAINEE_CODES_AN_HOUR", 120, minimum=1)  # tries of the code of somebody who learns
OWN_EXERCISES_AN_HOUR = env_int("OWN_EXERCISES_AN_HOUR", 200, minimum=1)  # read and rehearsed, which takes a while
CAPTCHAS_A_MINUTE = env_int("CAPTCHAS_A_MINUTE", 300, minimum=1)  # drawn, spoken or exchanged
QUERIES_A_MINUTE = env_int("QUERIES_A_MINUTE", 300, minimum=1)  # searches of the public query
# In one sandbox, of one captcha, by one participant, with one key.
QUERIES_A_MINUTE_OF_SANDBOX = env_int("QUERIES_A_MINUTE_OF_SANDBOX", 120, minimum=1)
SOUNDS_A_CAPTCHA = env_int("SOUNDS_A_CAPTCHA", 6, minimum=1)  # each sounds a little different, which helps machines
DRAFTS_A_MINUTE = env_int("DRAFTS_A_MINUTE", 120, minimum=1)  # what is being typed is kept in memory for an hour
API_REQUESTS_A_MINUTE = env_int("API_REQUESTS_A_MINUTE", 1200, minimum=1)

# ── Webhooks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# A receiver inside the own network is reached only where the operator says so.
WEBHOOK_ALLOW_PRIVATE = env_bool("WEBHOOK_ALLOW_PRIVATE", default=False)

# ── Captcha ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CAPTCHA_TIMEOUT = 5  # minutes
CAPTCHA_LENGTH = 5  # digits: they can be spoken, and a phone shows its number pad for them
CAPTCHA_IMAGE_SIZE = (300, 100)  # shown at half this size, for screens with fine pixels
CAPTCHA_FONT_SIZE = 34
CAPTCHA_LETTER_ROTATION = (-24, 24)
CAPTCHA_FOREGROUND_COLOR = "#23456b"
CAPTCHA_BACKGROUND_COLOR = "#f2f7fc"
CAPTCHA_NOISE_FUNCTIONS = ("portal.portals.captcha.drawing.lines", "portal.portals.captcha.drawing.dots")
CAPTCHA_FILTER_FUNCTIONS = (
    "portal.portals.captcha.drawing.grey",
    "captcha.helpers.post_smooth",
    "portal.portals.captcha.drawing.few_tones",
)

# ── Log: plain lines to stderr. No phone number, no identity document, no code, no address of a visitor. ─────────────

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s", "datefmt": "%H:%M:%S"}},
    "filters": {
        "no_probes": {"()": "django.utils.log.CallbackFilter", "callback": is_no_probe},
        "short_beat_errors": {"()": "django.utils.log.CallbackFilter", "callback": shorten_beat_error},
        "short_refusals": {"()": "django.utils.log.CallbackFilter", "callback": shorten_refusal},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["no_probes", "short_beat_errors", "short_refusals"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env_text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"level": "ERROR"},  # names the account and the address of who failed to log in
        "celery.beat": {"level": "WARNING"},  # a line a second otherwise
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
