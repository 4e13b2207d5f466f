"""Forms about groups: they parse and keep what was sent. What may be saved, actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reader.actions.group_invitations import VALID_DAYS
from reader.actions.group_words import MAX_DESCRIPTION, MAX_NAME
from reader.models import Group, Membership, Reason

KINDS = [
    (Group.Kind.PRIVATE, _("Private: only its members know of it; owners and moderators invite")),
    (Group.Kind.RESTRICTED, _("Restricted: anybody finds it; owners and moderators invite")),
    (Group.Kind.OPEN, _("Open: anybody finds it, and whoever has an account may join")),
]
ROLES = [
    (Membership.Role.MEMBER, _("Member: reads and writes")),
    (Membership.Role.MODERATOR, _("Moderator: also invites, removes members, and takes down")),
    (Membership.Role.OWNER, _("Owner: also changes the group and gives out these parts")),
]
DAYS = {1: _("One day"), 7: _("A week"), 30: _("30 days")}


class GroupForm(forms.Form):
    """What a group is called, says of itself, and is."""

    name = forms.CharField(label=_("Name"), max_length=4 * MAX_NAME, strip=False)
    description = forms.CharField(
        label=_("What it is for"),
        required=False,
        max_length=4 * MAX_DESCRIPTION,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    kind = forms.ChoiceField(
        label=_("Who finds it, and how people come in"),
        choices=KINDS,
        initial=Group.Kind.PRIVATE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("name", "description"):
            self.fields[name].validators = []  # the actions say it in their own words


class InviteForm(forms.Form):
    """For how long a link into the group works."""

    days = forms.TypedChoiceField(
        label=_("It works for"),
        choices=[(days, DAYS[days]) for days in VALID_DAYS],
        initial=7,
        coerce=int,
        widget=forms.RadioSelect,
    )


class RoleForm(forms.Form):
    """What a member is in the group."""

    role = forms.ChoiceField(label=_("Part"), choices=ROLES)


class DecideForm(forms.Form):
    """What those who run a group do with what was written for it."""

    act = forms.ChoiceField(choices=[("approve", _("Keep it")), ("deny", _("Take it down"))])
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    reason = forms.ChoiceField(
        label=_("Why? Its author will see it."),
        required=False,
        choices=[("", _("Choose a reason")), *Reason.choices],
    )
    note = forms.CharField(label=_("Words to its author (optional)"), required=False, strip=False)
