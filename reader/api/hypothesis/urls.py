"""The addresses under ``/api/`` that clients of Hypothesis know."""

from django.urls import URLPattern, path

from reader.api.hypothesis import (
    annotations,
    groups,
    index,
    jsonld,
    moderation,
    profile,
    searching,
    users,
)

urlpatterns: list[URLPattern] = [
    path("api/", index.Index.as_view(), name="api_index"),
    path("api", index.Index.as_view()),
    path("api/links", index.Links.as_view(), name="api_links"),
    path("api/search", searching.SearchView.as_view(), name="api_search"),
    path("api/annotations", annotations.Annotations.as_view(), name="api_annotations"),
    path(
        "api/annotations/<str:uid>.jsonld",
        jsonld.OneAnnotationAsLinkedData.as_view(),
        name="api_jsonld",
    ),
    path("api/annotations/<str:uid>", annotations.OneAnnotation.as_view(), name="api_annotation"),
    path("api/annotations/<str:uid>/flag", annotations.Flags.as_view(), name="api_flag"),
    path("api/annotations/<str:uid>/hide", moderation.Hiding.as_view(), name="api_hide"),
    path(
        "api/annotations/<str:uid>/moderation",
        moderation.Moderation.as_view(),
        name="api_moderation",
    ),
    path("api/groups", groups.Groups.as_view(), name="api_groups"),
    path("api/groups/<str:slug>", groups.OneGroup.as_view(), name="api_group"),
    path(
        "api/groups/<str:slug>/annotations",
        groups.GroupAnnotations.as_view(),
        name="api_group_annotations",
    ),
    path("api/groups/<str:slug>/members", groups.Members.as_view(), name="api_members"),
    path("api/groups/<str:slug>/members/<str:name>", groups.OneMember.as_view(), name="api_member"),
    path("api/profile", profile.Profile.as_view(), name="api_profile"),
    path("api/profile/groups", profile.ProfileGroups.as_view(), name="api_profile_groups"),
    path("api/users", users.Users.as_view(), name="api_users"),
    path("api/users/<str:name>", users.OneUser.as_view(), name="api_user"),
    path("api/analytics/events", index.AnalyticsEvents.as_view(), name="api_analytics"),
]
