"""The addresses under ``/w3c/``."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from reader.api.w3c import annotations, containers

urlpatterns: list[URLPattern] = [
    path("", containers.Site.as_view(), name="w3c"),
    path("documents/<slug:slug>/", containers.OfDocument.as_view(), name="w3c_document"),
    path("groups/<slug:slug>/", containers.OfGroup.as_view(), name="w3c_group"),
    path("<str:uid>", annotations.OneAnnotation.as_view(), name="w3c_annotation"),
    # The name of an annotation has no slash at its end; whoever adds one is led there.
    path("<str:uid>/", RedirectView.as_view(pattern_name="w3c_annotation", permanent=True)),
]
