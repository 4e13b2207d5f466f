"""The rules that decisions rest on."""

from reader.models import Decision, Document, Rule
from reader.queries.moderation import rules_in


def rules_of(document: Document) -> tuple[list[Rule], list[Rule]]:
    """Return the rules that hold in a document: its own, and those of the whole site."""
    rules = rules_in([document.pk])[document.pk]
    own = [rule for rule in rules if rule.document_id is not None]
    return own, [rule for rule in rules if rule.document_id is None]


def is_named(rule: Rule) -> bool:
    """Whether a decision names the rule, so that it must not be reworded."""
    named = Decision.objects.filter(rule=rule.title)
    if rule.document_id is not None:
        named = named.filter(document_number=rule.document_id)
    return named.exists()
