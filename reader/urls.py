"""The addresses. They are stable: people link to them."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from reader.web import (
    accounts,
    annotations,
    changes,
    desk,
    desk_publishing,
    desk_text,
    documents,
    editions,
    errors,
    health,
    moderation,
    people,
    suggestions,
    writing,
)
from reader.web.converters import NumberConverter, RefConverter, UidConverter

register_converter(NumberConverter, "number")
register_converter(RefConverter, "ref")
register_converter(UidConverter, "uid")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", documents.library, name="library"),
    path("d/<slug:slug>/", documents.document, name="document"),
    path("d/<slug:slug>/e/<int:number>/", documents.document, name="edition"),
    path("d/<slug:slug>/e/<number:number>/desk/", desk.desk, name="desk"),
    path("d/<slug:slug>/e/<number:number>/desk/<uid:uid>/", desk.desk_case, name="desk_case"),
    path(
        "d/<slug:slug>/e/<number:number>/desk/<uid:uid>/text/",
        desk_text.desk_text,
        name="desk_text",
    ),
    path("d/<slug:slug>/e/<number:number>/publish/", desk_publishing.publish, name="publish"),
    path(
        "d/<slug:slug>/e/<number:number>/undo/", desk_publishing.undo_publish, name="undo_publish"
    ),
    path("d/<slug:slug>/e/<number:number>/discard/", desk_publishing.discard, name="discard"),
    path("d/<slug:slug>/editions/", editions.editions, name="editions"),
    path("d/<slug:slug>/compare/", editions.choose, name="choose_editions"),
    path("d/<slug:slug>/compare/<number:older>..<number:newer>/", editions.compare, name="compare"),
    path("d/<slug:slug>/orphans/", editions.orphans, name="orphans"),
    path("d/<slug:slug>/overview/", documents.overview, name="overview"),
    path("d/<slug:slug>/annotations/", annotations.annotate, name="annotate"),
    path("d/<slug:slug>/read/", documents.mark_read, name="mark_read"),
    path("d/<slug:slug>/<ref:ref>/", documents.paragraph, name="paragraph"),
    path("d/<slug:slug>/<ref:ref>/threads/", documents.block_threads, name="block_threads"),
    path("a/<uid:uid>/", annotations.permalink, name="annotation"),
    path("a/<uid:uid>/thread/", annotations.thread, name="thread"),
    path("a/<uid:uid>/reply/", annotations.reply, name="reply"),
    path("a/<uid:uid>/edit/", changes.edit, name="edit"),
    path("a/<uid:uid>/passage/", changes.adjust, name="adjust"),
    path("a/<uid:uid>/delete/", changes.delete, name="delete"),
    path("a/<uid:uid>/history/", annotations.history, name="history"),
    path("a/<uid:uid>/answer/", suggestions.answer, name="answer_suggestion"),
    path("a/<uid:uid>/report/", moderation.flag, name="flag"),
    path("preview/", writing.preview, name="preview"),
    path("tags/", writing.tags, name="tags"),
    path("preferences/", people.preferences, name="preferences"),
    path("people/<str:username>/", people.profile, name="profile"),
    path("accounts/settings/", people.settings, name="settings"),
    path("accounts/export/", people.export, name="export"),
    path("accounts/erase/", people.erase, name="erase"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^livez/?$", health.livez, name="livez"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler429 = accounts.too_many_requests
handler500 = errors.server_error
