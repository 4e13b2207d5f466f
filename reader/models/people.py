"""People, the groups they read in, and the parts they play in a document."""

import unicodedata
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

username_shape = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9._-]{0,28}[a-z0-9])?$",
    _("Use 1 to 30 small Latin letters and digits; dots, dashes and underscores between them."),
)


def display_name_is_plain(value: str) -> None:
    """Refuse names that imitate others: compatibility look-alikes and invisible characters.

    Raises:
        ValidationError: with the words to show.
    """
    if unicodedata.normalize("NFKC", value) != value:
        raise ValidationError(_("Write the name in ordinary letters, not in decorative ones."))
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"} for char in value):
        raise ValidationError(_("The name holds an invisible character. Please type it again."))


class Standing(models.TextChoices):
    """How far somebody may write, and what was said to them about it."""

    GOOD = "good", _("In good standing")
    WARNED = "warned", _("Warned")
    LIMITED = "limited", _("What they write is reviewed first")
    SUSPENDED = "suspended", _("Suspended: they may read and not write")
    CLOSED = "closed", _("Closed: they may read, and take their words along")


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or a named guest: somebody who wrote without an account and cannot sign in.

    A system account is nobody's: decisions that no person took bear its name.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        GUEST = "guest", _("Guest")
        SYSTEM = "system", _("System account")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PERSON)
    username = models.CharField(
        _("username"),
        max_length=30,
        unique=True,
        validators=[username_shape],
        error_messages={"unique": _("Somebody has this username already.")},
    )
    name = models.CharField(
        _("name"), max_length=80, blank=True, validators=[display_name_is_plain]
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    bio = models.CharField(_("about"), max_length=280, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    standing = models.CharField(
        _("standing"),
        max_length=12,
        choices=Standing,
        default=Standing.GOOD,
        db_default=Standing.GOOD.value,
        editable=False,
    )
    standing_until = models.DateTimeField(_("until"), null=True, blank=True, editable=False)
    # A part of what proves a session: another word here ends all sessions there are.
    session_salt = models.CharField(
        max_length=32, blank=True, default="", db_default="", editable=False
    )
    is_made_here = False  # no column: whether a guest was made by the request that holds the row
    is_demo = models.BooleanField(_("demo account"), default=False, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="user_username_ignoring_case"),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must hold to let this person in; without a salt it is Django's."""
        name = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        proof = f"{self.password}{self.session_salt}"
        return salted_hmac(name, proof, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """Return the name to show: the chosen one, else the username."""
        return self.name or self.username

    def get_short_name(self) -> str:
        """Return the username."""
        return self.username

    def get_absolute_url(self) -> str:
        """Return the address of the profile page."""
        return reverse("profile", args=[self.username])


class SignIn(models.Model):
    """One browser in which somebody is signed in, as they see it in the list of them.

    What is kept says no more than a glance at the screen would: no version, no whole address.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(_("browser"), max_length=20, blank=True)
    system = models.CharField(_("system"), max_length=20, blank=True)
    network = models.CharField(_("network"), max_length=43, blank=True)
    began_at = models.DateTimeField(_("signed in"), default=timezone.now, editable=False)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.began_at:%Y-%m-%d}"


class HiddenPerson(models.Model):
    """That somebody does not want to read another person's words. Nobody else is told."""

    viewer = models.ForeignKey(User, models.CASCADE, related_name="hidden_people")
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    since = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("hidden person")
        verbose_name_plural = _("hidden people")
        default_permissions: ClassVar = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["viewer", "person"], name="hidden_once"),
            models.CheckConstraint(
                condition=~models.Q(viewer=models.F("person")), name="hidden_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.viewer_id} hides {self.person_id}"


class Group(models.Model):
    """People who annotate together; what they write for the group only its members see."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Open: anyone may join")
        RESTRICTED = "restricted", _("Restricted: anyone may find it, members are invited")
        PRIVATE = "private", _("Private: only members know of it")

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80, validators=[display_name_is_plain])
    description = models.CharField(_("description"), max_length=280, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PRIVATE)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(
        User, through="Membership", related_name="postil_groups"
    )

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's place in one group."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        MODERATOR = "moderator", _("Moderator")
        OWNER = "owner", _("Owner")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "group"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.group}"


class DocumentRole(models.Model):
    """A part somebody plays in one document beyond reading it."""

    class Role(models.TextChoices):
        REVIEWER = "reviewer", _("Reviewer")
        MODERATOR = "moderator", _("Moderator")
        EDITOR = "editor", _("Editor")

    user = models.ForeignKey(User, models.CASCADE, related_name="document_roles")
    document = models.ForeignKey("reader.Document", models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    granted_at = models.DateTimeField(_("granted"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("role in a document")
        verbose_name_plural = _("roles in documents")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "document", "role"], name="role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Invitation(models.Model):
    """An offer of a role in a document, taken up by whoever opens its link first.

    Only the SHA-256 of the link's secret is kept. With an ``email``, the link was sent there.
    """

    document = models.ForeignKey("reader.Document", models.CASCADE, related_name="invitations")
    role = models.CharField(_("role"), max_length=12, choices=DocumentRole.Role)
    email = models.EmailField(_("e-mail address"), blank=True)
    secret_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("invited"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["document", "-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.document_id}"


class GroupInvitation(models.Model):
    """A link into a group, for as many people as open it until it expires or is taken back.

    Only the SHA-256 of the link's secret is kept.
    """

    group = models.ForeignKey(Group, models.CASCADE, related_name="invitations")
    secret_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("invited"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    use_count = models.PositiveIntegerField(_("times used"), default=0)

    class Meta:
        verbose_name = _("invitation to a group")
        verbose_name_plural = _("invitations to groups")
        ordering: ClassVar = ["group", "-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.group} · {self.created_at:%Y-%m-%d}"
