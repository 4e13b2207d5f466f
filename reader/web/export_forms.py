"""What an editor sends with a file of annotations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reader.text.importers.foreign import MAX_BYTES


class ImportForm(forms.Form):
    """A file, and whether to save what is in it or to say first what would come of it."""

    file = forms.FileField(
        label=_("File of annotations"),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )
    with_groups = forms.BooleanField(
        label=_("Also make public what was shared with a group only"), required=False
    )
    act = forms.ChoiceField(choices=[("try", "try"), ("save", "save")])

    def clean_file(self) -> Any:
        """Refuse a file that is larger than anything that is read.

        Raises:
            ValidationError: with the words to show.
        """
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            message = _("The file is too large: at most %(limit)d MB are taken.")
            raise forms.ValidationError(message, params={"limit": MAX_BYTES // 1_000_000})
        return file
