"""Forms that other sites send with our readers' cookies are refused; ours need no secret for it.

Browsers say where a form was sent from, in ``Origin`` and ``Sec-Fetch-Site``, and no page can make
them lie. Whoever comes from our own pages is let in by that; whoever does not say still needs
Django's token. So a page that is kept for many readers need hold nobody's token.
docs/decisions/0008-kept-pages.md has the reasons.
"""

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

NO_TOKEN = ""  # for the tag csrf_token, which writes nothing then
SAME_ORIGIN = "same-origin"


class CrossSiteMiddleware(CsrfViewMiddleware):
    """Django's protection, which asks for a token only where the browser does not vouch."""

    def _check_token(self, request: HttpRequest) -> None:
        """Check the token, unless the form comes from our own pages.

        Django has refused other origins before it calls this, so that one that is named is ours.
        """
        site = request.META.get("HTTP_SEC_FETCH_SITE", SAME_ORIGIN)
        vouched_for = "HTTP_SEC_FETCH_SITE" in request.META or "HTTP_ORIGIN" in request.META
        if vouched_for and site == SAME_ORIGIN:
            return
        super()._check_token(request)  # type: ignore[misc]  # Django has it, the stubs do not
