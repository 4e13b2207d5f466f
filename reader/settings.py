"""Settings: everything an operator may change comes from the environment, the rest is decided here.

The variables are described in docs/operations.md. With none of them set Postil serves one machine:
SQLite and its own files in ``var/``, plain HTTP on a loopback address, debugging off.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from reader.databases import POSTGRESQL, REPLICA, as_replica, with_pool
from reader.secret import secret_key_in

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where it runs ------------------------------------------------------------------------------
DATA_DIR = Path(env.str("POSTIL_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("POSTIL_DEBUG", default=False)
SITE_URL = env.str("POSTIL_URL", default="http://127.0.0.1:8000").rstrip("/")
SECURE = SITE_URL.startswith("https://")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
IS_LOOPBACK = SITE_HOST in {"127.0.0.1", "localhost", "::1"}

SECRET_KEY = env.str("POSTIL_SECRET_KEY", default="") or secret_key_in(DATA_DIR)
# What earlier keys signed stays good while they stand here.
SECRET_KEY_FALLBACKS = env.list("POSTIL_SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("POSTIL_ALLOWED_HOSTS", default=[]) or [SITE_HOST, *LOOPBACK_HOSTS]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SECURE else []
WSGI_APPLICATION = "reader.wsgi.application"
ROOT_URLCONF = "reader.urls"

# --- What it is made of -------------------------------------------------------------------------
INSTALLED_APPS = [
    "reader.apps.ReaderConfig",
    "reader.apps.ReaderAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "reader.web.health.health_middleware",
    "reader.web.metrics.metrics_middleware",
    "reader.api.cors.cross_origin_middleware",
    "reader.web.middleware.utf8_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "reader.web.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "reader.web.cross_site.CrossSiteMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "reader.web.oauth.popup_middleware",
    "allauth.account.middleware.AccountMiddleware",
    "reader.web.middleware.viewer_middleware",
    "reader.web.middleware.private_pages_middleware",
    "reader.web.sign_ins.seen_middleware",
    "reader.web.limits.told_middleware",
    "reader.web.read_only.read_only_middleware",
    "reader.web.request_log.request_facts_middleware",
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
                "reader.web.context.site",
            ],
        },
    }
]

# --- Data ---------------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'postil.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "reader.sqlite_in_turn"
    # Server threads are few and live long: opening the file anew costs more than a page does.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE: a writer waits its turn at BEGIN instead of failing at COMMIT.
        "transaction_mode": "IMMEDIATE",
        "timeout": env.float("POSTIL_SQLITE_WAIT", default=20),  # seconds
        "init_command": "PRAGMA journal_mode=WAL;"
        f"PRAGMA synchronous={env.str('POSTIL_SQLITE_SYNCHRONOUS', default='NORMAL')};",
    }
elif DATABASES["default"]["ENGINE"] == POSTGRESQL:
    # Four threads that make pages, those of the streams, and what goes on in the background.
    DATABASES["default"] = with_pool(
        DATABASES["default"], largest=env.int("POSTIL_DATABASE_POOL", default=12)
    )
if env.str("REPLICA_DATABASE_URL", default=""):
    DATABASES[REPLICA] = as_replica(env.db_url("REPLICA_DATABASE_URL"), DATABASES["default"])
    DATABASE_ROUTERS = ["reader.databases.Router"]
REPLICA_LONGEST_LAG = env.float("POSTIL_REPLICA_LAG", default=5.0)  # seconds
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# While the site is moved: writes are answered with 503, and nothing in the database changes.
READ_ONLY = env.bool("POSTIL_READ_ONLY", default=False)

REDIS_URL = env.str("REDIS_URL", default="")


def _cache(table: str, entries: int) -> dict[str, object]:
    """Return a cache that all workers share: a table of the database, or Redis where there is."""
    if REDIS_URL:
        # What is in "pages" only saves work: without Redis it is made anew.
        backend = "django.core.cache.backends.redis.RedisCache"
        if table == "reader_pages":
            backend = "reader.shared_cache.SparingRedisCache"
        waits = {"socket_timeout": 1, "socket_connect_timeout": 1}  # seconds
        known = {"LOCATION": REDIS_URL, "KEY_PREFIX": table, "OPTIONS": waits}
        return {"BACKEND": backend, **known}
    backend = "reader.shared_cache.CountingCache"
    # Django drops the oldest names beyond so many.
    return {"BACKEND": backend, "LOCATION": table, "OPTIONS": {"MAX_ENTRIES": entries}}


CACHES = {
    # Limits are counted in it: of signing in (allauth knows no other), of guests, of the API.
    "default": _cache("reader_cache", 200_000),
    # What saves work. It stands apart, so that no amount of it pushes a limit out.
    "pages": _cache("reader_pages", 20_000),
}

# What each worker keeps of pages as they were sent, and of the blocks they are made of.
KEPT_PAGES_BYTES = env.int("POSTIL_KEPT_PAGES_MB", default=32) * 1_000_000
KEPT_BLOCKS_BYTES = env.int("POSTIL_KEPT_BLOCKS_MB", default=64) * 1_000_000

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "reader.static_storage.BundlesFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "reader.static_storage.ModuleManifestStorage"
    },
}

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "reader.User"
AUTHENTICATION_BACKENDS = ["reader.web.signing_in.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "library"
ACCOUNT_ADAPTER = "reader.web.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    name: f"reader.web.account_forms.{form}"
    for name, form in {
        "login": "SignInForm",
        "signup": "SignUpForm",
        "add_email": "AddEmailForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "reset_password": "ResetPasswordForm",
        "reset_password_from_key": "ResetPasswordKeyForm",
        "reauthenticate": "ReauthenticateForm",
    }.items()
}
SIGNUP_IS_OPEN = env.str("POSTIL_SIGNUP", default="open") == "open"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("POSTIL_EMAIL_VERIFICATION", default="optional")
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 2
# Beside allauth's own: who knows an address cannot fill its mailbox.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,5/m/key,20/d/key"}
# A second step beside the password. Asked of nobody on a loopback address, where the demo's people
# sign in with a password that everybody knows.
SECOND_FACTOR_FOR = env.str(
    "POSTIL_SECOND_FACTOR_FOR",
    default="nobody" if IS_LOOPBACK else "staff",
    choices=("nobody", "staff", "everybody"),
)
MFA_ADAPTER = "reader.web.factors.FactorAdapter"
MFA_FORMS = {
    name: f"reader.web.factor_forms.{form}"
    for name, form in {
        "authenticate": "CodeForm",
        "reauthenticate": "CodeAgainForm",
        "authenticate_webauthn": "PasskeyForm",
        "login_webauthn": "PasskeySignInForm",
        "reauthenticate_webauthn": "PasskeyAgainForm",
        "activate_totp": "FirstCodeForm",
        "add_webauthn": "NewPasskeyForm",
    }.items()
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Postil"
MFA_TOTP_TOLERANCE = 1  # steps of half a minute that a telephone's clock may be wrong
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey is a thing, and a finger or a number
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_LOOPBACK and not SECURE  # http://localhost
MFA_RECOVERY_CODES_SHOW_ONCE = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("POSTIL_TRUSTED_PROXIES", default=0)
if env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("POSTIL_FROM_EMAIL", default=f"Postil <postil@{SITE_HOST}>")

# --- Limits (per person, counted in the database, so shared by every worker) ---------------------
POSTS_PER_MINUTE = env.int("POSTIL_POSTS_PER_MINUTE", default=20)
GUESTS_PER_HOUR = env.int("POSTIL_GUESTS_PER_HOUR", default=20)  # new ones, per address
INVITATIONS_PER_HOUR = env.int("POSTIL_INVITATIONS_PER_HOUR", default=30)
GROUPS_PER_HOUR = env.int("POSTIL_GROUPS_PER_HOUR", default=10)
FLAGS_PER_HOUR = env.int("POSTIL_FLAGS_PER_HOUR", default=30)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- What is forgotten, after so many days (reader/actions/forgetting.py) -------------------------
KEEP_ADDRESSES = env.int("POSTIL_KEEP_ADDRESSES", default=30)  # of sign-ins; shortened anyhow
KEEP_SIGN_INS = env.int("POSTIL_KEEP_SIGN_INS", default=90)
KEEP_DELIVERIES = env.int("POSTIL_KEEP_DELIVERIES", default=30)
KEEP_HOLDS = env.int("POSTIL_KEEP_HOLDS", default=365)

# --- Other software -------------------------------------------------------------------------------
API_READS_PER_MINUTE = env.int("POSTIL_API_READS_PER_MINUTE", default=600)
API_WRITES_PER_MINUTE = env.int("POSTIL_API_WRITES_PER_MINUTE", default=60)
TOKEN_REQUESTS_PER_MINUTE = env.int("POSTIL_TOKEN_REQUESTS_PER_MINUTE", default=30)
WEBHOOKS_MAY_BE_PRIVATE = env.bool("POSTIL_WEBHOOK_PRIVATE", default=False)
# Where other software hears of changes as they happen; POSTIL_LIVE=0 switches it off.
WEBSOCKET_URL = (
    f"ws{SITE_URL.removeprefix('http')}/ws" if env.bool("POSTIL_LIVE", default=True) else ""
)
SOCKETS_PER_ADDRESS = env.int("POSTIL_SOCKETS_PER_ADDRESS", default=200)  # in each worker
SOCKETS_PER_PERSON = env.int("POSTIL_SOCKETS_PER_PERSON", default=20)
SOCKETS_PER_WORKER = env.int("POSTIL_SOCKETS_PER_WORKER", default=5_000)
# Where open pages hear of changes as they happen, at /live/.
STREAMS_PER_ADDRESS = env.int("POSTIL_STREAMS_PER_ADDRESS", default=1_000)  # in each worker
STREAMS_PER_PERSON = env.int("POSTIL_STREAMS_PER_PERSON", default=50)
STREAMS_PER_WORKER = env.int("POSTIL_STREAMS_PER_WORKER", default=10_000)
# How processes wake each other: "redis", "postgresql", or "database": each looks by itself.
FANOUT = env.str("POSTIL_FANOUT", default="auto")
if FANOUT == "auto":
    _engine = DATABASES["default"]["ENGINE"].rpartition(".")[2]
    FANOUT = "redis" if REDIS_URL else "postgresql" if _engine == "postgresql" else "database"
# The official Hypothesis client on reader pages; EMBED_ORIGINS may show its sidebar on theirs.
HYPOTHESIS_CLIENT = env.bool("POSTIL_HYPOTHESIS_CLIENT", default=False)
HYPOTHESIS_CLIENT_DIR = Path(
    env.str("POSTIL_HYPOTHESIS_CLIENT_DIR", default=str(DATA_DIR / "hypothesis-client"))
)
HYPOTHESIS_PACKAGE = BASE_DIR / "reader" / "web" / "hypothesis_client.json"
EMBED_ORIGINS = env.list("POSTIL_EMBED_ORIGINS", default=[])
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "reader.api.base.answer_error",
    "DEFAULT_SCHEMA_CLASS": "reader.api.describing.DescribedSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["reader.api.access.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Postil",
    "VERSION": "1",
    "DESCRIPTION": "Read, write and moderate annotations. Compatible with the Hypothesis API.",
    "SERVERS": [{"url": SITE_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "PREPROCESSING_HOOKS": ["reader.api.describing.only_api"],
    "POSTPROCESSING_HOOKS": ["reader.api.describing.with_shapes"],
    "AUTHENTICATION_WHITELIST": [],
    "DISABLE_ERRORS_AND_WARNINGS": True,
}

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "reader" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Safety ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "reader.web.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# CrossSiteMiddleware is Django's CsrfViewMiddleware, which is looked for by name.
SILENCED_SYSTEM_CHECKS = ["security.W003"]
if SECURE:
    SECURE_SSL_REDIRECT = env.bool("POSTIL_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
elif IS_LOOPBACK:
    # HSTS, the TLS redirect and secure cookies cannot be had on a loopback address, which no other
    # machine reaches; on any other address `check --deploy` speaks up.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]

# Where backups lie, for `manage.py doctor` to see how old the newest is.
BACKUP_DIR = env.str("POSTIL_BACKUP_DIR", default="") or None

# --- What is noted --------------------------------------------------------------------------------
LOG_REQUESTS = env.str("POSTIL_LOG_REQUESTS", default="none", choices=("none", "pages", "all"))
LOG_ADDRESSES = env.str("POSTIL_LOG_ADDRESSES", default="none", choices=("none", "short", "full"))
LOG_FORMAT = env.str("POSTIL_LOG_FORMAT", default="line", choices=("line", "json"))
SLOW_QUERY_MS = env.int("POSTIL_SLOW_QUERY_MS", default=500)  # 0: no query is spoken of
# Numbers for Prometheus at /metrics, for this machine and for who has the token.
METRICS = env.bool("POSTIL_METRICS", default=False)
METRICS_TOKEN = env.str("POSTIL_METRICS_TOKEN", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "reader.logs.LineFormatter"},
        "json": {"()": "reader.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env.str("POSTIL_LOG_LEVEL", default="WARNING")},
    "loggers": {
        # What the operator asked for is told whatever the level of the rest.
        "reader.requests": {"level": "INFO"},
        # The server's own words, in our form.
        "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
