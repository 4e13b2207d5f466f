"""The addresses for other software: ``/api/``, ``/w3c/``, ``/oauth/``."""

from django.urls import URLPattern, URLResolver, include, path

from reader.api import oauth, schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/token", oauth.TokenView.as_view(), name="oauth_token"),
    path("oauth/revoke", oauth.RevokeView.as_view(), name="oauth_revoke"),
    path("api/schema/", schema.Description.as_view(), name="api_schema"),
    path("api/docs/", schema.docs, name="api_docs"),
    path("w3c/", include("reader.api.w3c.urls")),
    path("", include("reader.api.hypothesis.urls")),
]
