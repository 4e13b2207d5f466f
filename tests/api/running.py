"""Tokens for people of a running demo site."""

from tests.e2e.conftest import Site

MAKE = """
from reader.actions.tokens import make_token
from reader.models import User
from reader.queries.access import scopes_offered_to
user = User.objects.get(username={username!r})
print(make_token(user=user, name="Tests", scopes=scopes_offered_to(user), days=None)[1])
"""


def token_of(site: Site, username: str) -> str:
    """Make a personal token with all scopes that the person may give it."""
    return site.run(MAKE.format(username=username)).strip().splitlines()[-1]
