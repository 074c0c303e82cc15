"""Settings, from the environment only; without any, one machine and one file."""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from einklang.config.navigation import NAVIGATION as NAVIGATION
from einklang.web.csp import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY

SOURCE = Path(__file__).resolve().parents[1]


def _data_folder() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folder = Path(os.environ.get("EINKLANG_DATA") or Path(home) / "einklang")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _secret_key() -> str:
    """The key from the environment, or one made once and kept where only the owner reads it."""
    if key := os.environ.get("EINKLANG_SECRET_KEY"):
        return key
    place = DATA / "secret-key"
    if not place.exists():
        with open(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return place.read_text()


def _database(url: str) -> dict[str, object]:
    """``sqlite:///file`` or ``postgresql://user:password@host:port/name?option=value``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) or str(DATA / "einklang.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-64000; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
            },
        }
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("EINKLANG_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


DATA = _data_folder()
ORIGIN = os.environ.get("EINKLANG_ORIGIN", "http://127.0.0.1:8000")
HTTPS = ORIGIN.startswith("https://")
DEBUG = os.environ.get("EINKLANG_DEBUG") == "1"
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get(
    "EINKLANG_HOSTS", f"{urlsplit(ORIGIN).hostname},127.0.0.1,localhost,[::1]"
).split(",")
CSRF_TRUSTED_ORIGINS = [ORIGIN]

DATABASES = {"default": _database(os.environ.get("EINKLANG_DATABASE_URL") or "sqlite:///")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "ninja",
    "csp",
    "einklang.kernel",
    "einklang.web",
    "einklang.people",
    "einklang.catalog",
    "einklang.crm",
    "einklang.orders",
    "einklang.demand",
    "einklang.supply",
    "einklang.cycle",
    "einklang.incentives",
    "einklang.insight",
    "einklang.transfer",
    "einklang.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "einklang.config.idempotency.IdempotencyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "einklang.web.formats.HomeCurrency",
    "einklang.web.problems.RefusalsMiddleware",
    "einklang.web.problems.WholeTextMiddleware",
]
ROOT_URLCONF = "einklang.config.urls"
WSGI_APPLICATION = "einklang.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "einklang.web.context.page",
            ]
        },
    }
]

FORM_RENDERER = "einklang.web.forms.HouseRenderer"
HOME_CURRENCY = "einklang.people.queries.home_currency"
AUTH_USER_MODEL = "people.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("EINKLANG_TIME_ZONE", "Europe/Berlin")

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "einklang-session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "einklang-csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("EINKLANG_BEHIND_PROXY") == "1" else None
)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

Q_CLUSTER = {
    "name": "einklang",
    "orm": "default",
    "workers": int(os.environ.get("EINKLANG_WORKERS", "1")),
    "timeout": 1800,
    "retry": 2100,
    "max_attempts": 3,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": 1000,
    "poll": 0.5,
    "bulk": 1,
    "sync": os.environ.get("EINKLANG_JOBS") == "now",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("EINKLANG_LOG", "WARNING")},
}
