"""Anchoring: where an annotation's words stand, in their own text and in its next edition.

:func:`resolve` finds selectors in one text, :class:`Carrier` takes passages to another one.
"""

from reader.text.anchoring.candidates import Candidate, Places, places_in
from reader.text.anchoring.carrying import Carrier
from reader.text.anchoring.foreign import resolve_selectors
from reader.text.anchoring.resolving import MAX_CANDIDATES, resolve
from reader.text.anchoring.verdicts import ORPHAN, Resolution, Verdict
from reader.text.quotations import find_quoted

__all__ = [
    "MAX_CANDIDATES",
    "ORPHAN",
    "Candidate",
    "Carrier",
    "Places",
    "Resolution",
    "Verdict",
    "find_quoted",
    "places_in",
    "resolve",
    "resolve_selectors",
]
