"""What an editor sends from the desk."""

import re
from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.actions.errors import Invalid
from reader.actions.passages import Passage
from reader.models import Block, Edition
from reader.queries.desk import Show
from reader.web.forms import Words

CONFIRM, MOVE, ORPHAN, BACK = "confirm", "move", "orphan", "back"
QUOTED = 200  # characters
_NUMBER = re.compile(r"(?:¶\s*)?([1-9][0-9]{0,8})")
_REF = re.compile(r"[ph][1-9][0-9]{0,6}")


class CaseForm(forms.Form):
    """A decision about where an annotation stands.

    ``case`` says how the case stood when the editor saw it. ``start`` and ``end`` say which place
    they chose; without them the words were copied by hand.
    """

    case = forms.CharField(required=False, max_length=60)
    act = forms.ChoiceField(choices=[(name, name) for name in (CONFIRM, MOVE, ORPHAN, BACK)])
    start = forms.IntegerField(required=False, min_value=0)
    end = forms.IntegerField(required=False, min_value=0)
    paragraph = forms.CharField(
        label=gettext_lazy("Paragraph"), required=False, max_length=20, strip=True
    )
    exact = Words(gettext_lazy("Words, copied from the new text"), rows=2)

    def choice(self, edition: Edition) -> str:
        """Return in words what the editor wanted."""
        data: dict[str, Any] = self.cleaned_data
        words = data["exact"]
        if not words and data["start"] is not None and data["end"] is not None:
            words = edition.text[data["start"] : data["end"]]
        words = Truncator(words or data["paragraph"]).chars(QUOTED)
        if data["act"] == MOVE:
            return _("move it to “%(words)s”") % {"words": words}
        if data["act"] == CONFIRM:
            return _("confirm it on “%(words)s”") % {"words": words} if words else _("confirm it")
        return _("take the decision back") if data["act"] == BACK else _("leave it as an orphan")

    def passage(self, edition: Edition) -> Passage:
        """Return what was chosen, or written by hand.

        Raises:
            Invalid: there is no such paragraph, or nothing was said.
        """
        data: dict[str, Any] = self.cleaned_data
        if data["start"] is not None and data["end"] is not None:
            exact = data["exact"].replace("\r\n", "\n")  # as browsers send line breaks
            return Passage(start=data["start"], end=data["end"], exact=exact)
        if not data["paragraph"]:
            if not data["exact"].strip():
                raise Invalid("paragraph", _("Say which paragraph, or copy some words of it."))
            return Passage(exact=data["exact"])
        return Passage(ref=_ref(edition, data["paragraph"]), exact=data["exact"])


def _ref(edition: Edition, named: str) -> str:
    number = _NUMBER.fullmatch(named)
    if number:
        rows = Block.objects.filter(edition=edition, number=int(number[1]))
        found = rows.values_list("ref", flat=True).first()
    else:
        found = named if _REF.fullmatch(named) else None
    if found is None:
        raise Invalid("paragraph", _("There is no such paragraph in this edition."))
    return found


def asked_show(value: str | None) -> Show:
    """Return the filter that an address names; what is open for anything else."""
    try:
        return Show(value or "")
    except ValueError:
        return Show.OPEN
