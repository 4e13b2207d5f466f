"""How other software speaks for somebody: personal tokens, and OAuth 2 as its clients use it.

No secret is kept: only the SHA-256 of each (hexadecimal), since all of them are long and random.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.models.people import User


class Scope(models.TextChoices):
    """What a token lets its bearer do in somebody's name; never more than they may themselves."""

    READ = "read", _("Read what I may read")
    WRITE = "write", _("Write, edit and delete annotations in my name")
    GROUPS = "groups", _("Make, change, join and leave groups in my name")
    MODERATE = "moderate", _("Decide as a moderator in my name")
    ADMIN = "admin", _("Manage accounts in my name")


def no_scopes() -> list[str]:
    """Return the scopes of what has none yet: a default that is not shared."""
    return []


class ApiToken(models.Model):
    """A key that somebody made for their own programs. It is shown once, when it is made.

    ``hint`` is how it begins, so that its owner can tell one from another.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=12, editable=False)
    secret_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("may"), default=no_scopes)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar = ["user", "-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class OAuthClient(models.Model):
    """A program that may ask people to let it speak for them.

    ``origins`` are those (scheme, host, port) whose windows a code may be handed to: with this flow
    they are the only protection. An empty list means the site's own origin and no other.
    """

    client_id = models.SlugField(_("client id"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=80)
    origins = models.JSONField(_("allowed origins"), default=no_scopes, blank=True)
    is_active = models.BooleanField(_("may be used"), default=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("OAuth client")
        verbose_name_plural = _("OAuth clients")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class OAuthGrant(models.Model):
    """That somebody let a client speak for them: the family of all tokens that follow from it."""

    client = models.ForeignKey(OAuthClient, models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, models.CASCADE, related_name="oauth_grants")
    scopes = models.JSONField(_("may"), default=no_scopes)
    created_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_because = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        verbose_name = _("OAuth grant")
        verbose_name_plural = _("OAuth grants")
        ordering: ClassVar = ["user", "-created_at"]

    def __str__(self) -> str:
        return f"{self.client} · {self.user}"


class OAuthCode(models.Model):
    """What the popup hands to the client, to be exchanged once and soon.

    ``grant`` is what came of it: a code that is sent again takes that back.
    """

    client = models.ForeignKey(OAuthClient, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    scopes = models.JSONField(default=no_scopes)
    origin = models.CharField(max_length=200)
    code_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    grant = models.ForeignKey(OAuthGrant, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("OAuth code")
        verbose_name_plural = _("OAuth codes")

    def __str__(self) -> str:
        return f"{self.client_id} · {self.user_id}"


class OAuthToken(models.Model):
    """One pair of tokens of a grant. The refresh token is good for one exchange.

    ``rotated_at`` is when it was exchanged; whoever sends it again has stolen it or was stolen
    from, and the whole grant is revoked.
    """

    grant = models.ForeignKey(OAuthGrant, models.CASCADE, related_name="tokens")
    access_sha256 = models.CharField(max_length=64, unique=True)
    access_expires_at = models.DateTimeField()
    refresh_sha256 = models.CharField(max_length=64, unique=True)
    refresh_expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    rotated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("OAuth token")
        verbose_name_plural = _("OAuth tokens")

    def __str__(self) -> str:
        return f"{self.grant_id} · {self.created_at:%Y-%m-%d}"
