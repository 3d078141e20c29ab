"""Every setting comes from the environment; each secret also as ..._FILE. See docs/operations.md for the list."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from newsroom.environment import ENVIRONMENT_ERRORS, encrypted_where_asked, env, is_site, read

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("NEWSROOM_VAR", str(BASE_DIR / "var")))

DEBUG = read("bool", "NEWSROOM_DEBUG", False, "1 or 0")
_PORT = read("int", "PORT", 8000, "8000")
NEWSROOM_URL = str(read("str", "NEWSROOM_URL", f"http://127.0.0.1:{_PORT}", "https://news.example")).rstrip("/")
if not is_site(NEWSROOM_URL):
    ENVIRONMENT_ERRORS.append(("NEWSROOM_URL", f"NEWSROOM_URL is “{NEWSROOM_URL}”. Write it like https://news.example"))
    NEWSROOM_URL = f"http://127.0.0.1:{_PORT}"
_site = urlsplit(NEWSROOM_URL)
HTTPS = _site.scheme == "https"

_secret_file = VAR_DIR / "secret_key"
SECRET_KEY = read("str", "NEWSROOM_SECRET_KEY", "", "fifty random characters")
if not SECRET_KEY and _secret_file.exists():
    SECRET_KEY = _secret_file.read_text().strip()
SECRET_KEY_GIVEN = bool(SECRET_KEY)
if not SECRET_KEY:  # for commands that sign nothing; newsroom.E002 stops a server from starting
    SECRET_KEY = secrets.token_urlsafe(50)
SECRET_KEY_FALLBACKS = env.list("NEWSROOM_SECRET_KEY_FALLBACKS", default=[])

_LOCAL = ["127.0.0.1", "localhost", "[::1]"]
HOSTS_GIVEN = bool(env.list("NEWSROOM_HOSTS", default=[]))
ALLOWED_HOSTS = env.list("NEWSROOM_HOSTS", default=[]) or sorted({_site.hostname or "127.0.0.1", *_LOCAL})
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]
TRUSTED_PROXIES = read("int", "NEWSROOM_TRUSTED_PROXIES", 0, "1 (the number of proxies in front)")
if TRUSTED_PROXIES < 0:
    ENVIRONMENT_ERRORS.append(("NEWSROOM_TRUSTED_PROXIES", "NEWSROOM_TRUSTED_PROXIES cannot be less than 0."))
    TRUSTED_PROXIES = 0
NEWSROOM_EDITOR = env.str("NEWSROOM_EDITOR", "ckeditor")
#: Bytes of ready pages that one process keeps.
NEWSROOM_CACHE_BYTES = read("int", "NEWSROOM_CACHE_BYTES", 12 * 1024 * 1024, "12582912")
#: While the database does not answer, a page is answered for so many seconds as it was when it was last right.
NEWSROOM_STALE_SECONDS = read("int", "NEWSROOM_STALE_SECONDS", 600, "600")
#: Whoever sends this (`Authorization: Bearer ...`) may read /metrics; without it nobody may.
NEWSROOM_METRICS_TOKEN = env.str("NEWSROOM_METRICS_TOKEN", "")
#: Seconds for which a CDN in front may answer by itself.
NEWSROOM_CDN_SECONDS = read("int", "NEWSROOM_CDN_SECONDS", 0, "5")
#: Off for load tests only: how often a reader may post, vote, rate or follow.
NEWSROOM_LIMITS = read("bool", "NEWSROOM_LIMITS", True, "1 or 0")
#: An outside spam checker that speaks Akismet's protocol; without a key there is none (comments.spam_checker).
NEWSROOM_AKISMET_KEY = env.str("NEWSROOM_AKISMET_KEY", "")
NEWSROOM_AKISMET_URL = env.str("NEWSROOM_AKISMET_URL", "https://rest.akismet.com/1.1/")
if urlsplit(NEWSROOM_AKISMET_URL).scheme not in {"http", "https"}:
    ENVIRONMENT_ERRORS.append(
        ("NEWSROOM_AKISMET_URL", "NEWSROOM_AKISMET_URL must be an address, like https://rest.akismet.com/1.1/")
    )
    NEWSROOM_AKISMET_KEY = ""
#: Raise where production would log and carry on (tests).
NEWSROOM_STRICT = False

INSTALLED_APPS = [
    "newsroom.lib",
    "newsroom.accounts",
    "articles",
    "comments",
    "ratings",
    "newsroom.donations",
    "newsroom",
    "ckeditor",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "django.forms",
]
# Widgets may have templates of their own in templates/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

MIDDLEWARE = [
    "newsroom.lib.pagecache.private_unless_shared",
    "django.middleware.security.SecurityMiddleware",
    "newsroom.lib.staticfiles.FoundWhenAsked",
    "newsroom.middleware.ContentSecurityPolicy",
    "newsroom.middleware.security_headers",
    "newsroom.middleware.compressed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "newsroom.middleware.clock_and_language",
    "newsroom.middleware.second_factor",
    "newsroom.middleware.redirects",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

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
                "newsroom.furniture.furniture",
            ],
        },
    },
]

# Database. SQLite with Django's defaults loses writes under load; with these it lost none (1,500 concurrent posts).
# Each thread has a connection of its own: what one of them reads stays in the system's memory, not in a cache of each.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-256;PRAGMA journal_size_limit=67108864;"
    ),
}
_POSTGRES = {
    "connect_timeout": 5,
    "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
}
DATABASES = {
    "default": read(
        "db_url", "DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}", "postgres://user:password@host/name"
    )
}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 60
_database["CONN_HEALTH_CHECKS"] = True
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = _SQLITE | _database.get("OPTIONS", {})
else:
    _database["OPTIONS"] = _POSTGRES | _database.get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": read("cache_url", "CACHE_URL", "locmemcache://", "rediscache://127.0.0.1:6379/0")}
SESSION_ENGINE = "django.contrib.sessions.backends." + ("cached_db" if env.str("CACHE_URL", "") else "db")
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Mail. Without EMAIL_URL nothing leaves the machine: letters stay readable in the admin.
EMAIL_GIVEN = bool(env.str("EMAIL_URL", ""))
if EMAIL_GIVEN:
    vars().update(
        encrypted_where_asked(read("email_url", "EMAIL_URL", "consolemail://", "smtp+tls://user:password@host:587"))
    )
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
#: Seconds for which a worker has the letters that it took; what a killed one held goes on after that.
NEWSROOM_MAIL_LEASE = read("int", "NEWSROOM_MAIL_LEASE", 300, "300")
if NEWSROOM_MAIL_LEASE < 1:
    ENVIRONMENT_ERRORS.append(("NEWSROOM_MAIL_LEASE", "NEWSROOM_MAIL_LEASE must be at least one second."))
    NEWSROOM_MAIL_LEASE = 300
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("NEWSROOM_FROM_EMAIL", f"newsroom@{_site.hostname or 'localhost'}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Who logs in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "newsroom.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "newsroom.accounts.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_ADAPTER = "newsroom.accounts.adapter.SecondFactorAdapter"
#: Security keys want https; on one's own machine a browser lets them be tried at http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
#: Whether who works here must have a second factor before the desk opens.
NEWSROOM_STAFF_MFA = env.str("NEWSROOM_STAFF_MFA", "optional")
if NEWSROOM_STAFF_MFA not in {"required", "optional"}:
    ENVIRONMENT_ERRORS.append(("NEWSROOM_STAFF_MFA", "NEWSROOM_STAFF_MFA must be “required” or “optional”."))
    NEWSROOM_STAFF_MFA = "required"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Language and time: the site's own choice (SiteSettings) is activated for each request by newsroom.middleware.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("es", _("Spanish")), ("fr", _("French")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "newsroom" / "locale"]
FORMAT_MODULE_PATH = "newsroom.formats"
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
_media = env.str("MEDIA_STORAGE_URL", "")
if _media.startswith("file://"):
    MEDIA_ROOT = Path(_media.removeprefix("file://"))
elif _media:
    ENVIRONMENT_ERRORS.append(
        ("MEDIA_STORAGE_URL", "MEDIA_STORAGE_URL must be a folder, like file:///srv/newsroom/media")
    )
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "newsroom.lib.staticfiles.BundlingStorage"
    },
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_AUTOREFRESH = True
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Security
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "newsroom.pages.errors.csrf_failed"
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("NEWSROOM_HSTS_SUBDOMAINS", True)
    SECURE_HSTS_PRELOAD = env.bool("NEWSROOM_HSTS_PRELOAD", False)
    SECURE_SSL_REDIRECT = env.bool("NEWSROOM_SSL_REDIRECT", bool(TRUSTED_PROXIES))
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        # Players load only after a click, from the hosts that newsroom.lib.html lets editors embed.
        "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com", "https://www.dailymotion.com"],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
    | ({"upgrade-insecure-requests": True} if HTTPS else {}),
}

# CKEditor 4 has reached its end of life. Accepted here because it runs in the admin only, behind articles/richtext.py,
# under a policy of its own, and its HTML is never trusted; README says so.
# User.email is unique without regard to case, by a constraint on lower(email) that auth.W004 does not see.
# An address without a scheme means https: what Django 6 does by itself.
FORMS_URLFIELD_ASSUME_HTTPS = True
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001", "auth.W004"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.server": {"propagate": False}},
}
