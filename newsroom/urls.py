"""Every address of the site, in the order in which they are tried."""

from django.contrib import admin
from django.urls import include, path, register_converter

from articles import feeds, sitemaps, views
from articles.admin.breaking import break_page
from newsroom.lib.converters import Number, Slug, TwoDigits, Year
from newsroom.pages import (
    alerts,
    arranging,
    article,
    errors,
    front,
    lists,
    live,
    machines,
    own_data,
    preview,
    search,
    site_page,
)

register_converter(Year, "yyyy")
register_converter(TwoDigits, "dd")
register_converter(Slug, "name")
register_converter(Number, "n")

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    # first, because stories are what most readers ask for
    path("<yyyy:year>/<dd:month>/<dd:day>/<name:slug>/", article.article_page, name="article"),
    path("admin/articles/prose.css", views.prose_in_editor, name="articles_prose"),
    path("admin/articles/upload/", views.upload, name="articles_upload"),
    path("admin/articles/article/preview/", admin.site.admin_view(preview.preview), name="article_preview_new"),
    path("admin/articles/article/<int:pk>/preview/", admin.site.admin_view(preview.preview), name="article_preview"),
    path("admin/articles/article/<int:pk>/live/", include("articles.admin.live")),
    path("admin/articles/article/<int:pk>/break/", admin.site.admin_view(break_page), name="break_story"),
    path("admin/moderation/", include("comments.admin.urls")),
    path("admin/front/preview/", admin.site.admin_view(arranging.preview), name="desk_preview"),
    path("admin/front/<int:pk>/preview/", admin.site.admin_view(arranging.preview), name="desk_preview"),
    path("admin/", include("newsroom.admin.urls")),
    path("admin/", admin.site.urls),
    path("media/<path:path>", views.media, name="media"),
    path("account/", include("newsroom.accounts.urls")),
    path("comments/mine/export/", own_data.export, name="comments_mine_export"),
    path("comments/mine/erase/", own_data.erase, name="comments_mine_erase"),
    path("comments/mine/keep/", own_data.keep, name="comments_mine_keep"),
    path("comments/mine/keep/<str:token>/", own_data.keep_by_letter, name="comments_mine_keep_by_letter"),
    path("comments/", include("comments.urls")),
    path("ratings/", include("ratings.urls")),
    path("ask/", include("newsroom.donations.urls")),
    path("preview/<str:token>/", preview.shared, name="preview_shared"),
    path("live/<n:article_id>/since/<n:seq>.json", live.since, name="live_since"),
    path("alert.json", alerts.on_air, name="alerts_on_air"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/confirm/<str:token>/", alerts.confirm, name="alerts_confirm"),
    path("alerts/stop/<str:token>/", alerts.stop, name="alerts_stop"),
    path("", front.front_page, name="front"),
    path("latest/", lists.latest, name="latest"),
    path("search/", search.search, name="search"),
    path("section/<name:slug>/", lists.section, name="section"),
    path("topic/<name:slug>/", lists.topic, name="topic"),
    path("author/<name:slug>/", lists.author, name="author"),
    path("corrections/", site_page.corrections, name="corrections"),
    # feeds and sitemaps
    path("rss.xml", feeds.rss, name="rss"),
    path("atom.xml", feeds.atom, name="atom"),
    path("feed.json", feeds.json_feed, name="json_feed"),
    path("section/<name:slug>/rss.xml", feeds.section_rss, name="section_rss"),
    path("topic/<name:slug>/rss.xml", feeds.topic_rss, name="topic_rss"),
    path("author/<name:slug>/rss.xml", feeds.author_rss, name="author_rss"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-places.xml", sitemaps.sitemap_places, name="sitemap_places"),
    path("sitemap-<yyyy:year>-<dd:month>.xml", sitemaps.sitemap_month, name="sitemap_month"),
    path("news-sitemap.xml", sitemaps.news_sitemap, name="news_sitemap"),
    # machines
    path("robots.txt", machines.robots, name="robots"),
    path("manifest.webmanifest", machines.manifest, name="manifest"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("healthz", machines.healthz, name="healthz"),
    path("metrics", machines.metrics, name="metrics"),
    path("readyz", machines.readyz, name="readyz"),
    # the archive
    path("<yyyy:year>/", lists.archive, name="archive_year"),
    path("<yyyy:year>/<dd:month>/", lists.archive, name="archive_month"),
    path("<yyyy:year>/<dd:month>/<dd:day>/", lists.archive, name="archive_day"),
    # last, because anything could be the slug of a page
    path("<name:slug>/", site_page.site_page, name="page"),
]
