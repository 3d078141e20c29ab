from django.urls import path

from comments import feeds, views

urlpatterns = [
    path("on/<int:article_id>/", views.comments_on, name="comments_on"),
    path("on/<int:article_id>/new.json", views.news, name="comments_news"),
    path("on/<int:article_id>/rss.xml", feeds.article_rss, name="comments_rss"),
    path("rss.xml", feeds.site_rss, name="all_comments_rss"),
    path("mine/feed/", feeds.replace_my_rss, name="replace_my_replies_rss"),
    path("mine/<str:token>/rss.xml", feeds.my_rss, name="my_replies_rss"),
    path("on/<int:article_id>/post/", views.post, name="comment_post"),
    path("on/<int:article_id>/follow/", views.follow_article, name="comments_follow"),
    path("preview/", views.preview, name="comment_preview"),
    path("<int:pk>/", views.comment, name="comment"),
    path("<int:pk>/reply/", views.reply, name="comment_reply"),
    path("<int:pk>/edit/", views.edit, name="comment_edit"),
    path("<int:pk>/delete/", views.delete, name="comment_delete"),
    path("<int:pk>/history/", views.history, name="comment_history"),
    path("<int:pk>/follow/", views.follow_thread, name="comment_follow"),
    path("<int:pk>/vote/", views.vote, name="comment_vote"),
    path("<int:pk>/flag/", views.flag, name="comment_flag"),
    path("<int:pk>/moderate/", views.moderate, name="comment_moderate"),
    path("confirm/<str:token>/", views.confirm, name="comments_confirm"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="comments_unsubscribe"),
    path("mine/", views.mine, name="comments_mine"),
    path("mine/wishes/", views.wishes, name="comments_wishes"),
    path("mine/notices/", views.notices, name="comments_notices"),
    path("mine/link/", views.send_link, name="comments_mine_link"),
    path("mine/link/<str:token>/", views.open_link, name="comments_mine_open"),
    path("mine/address/", views.address, name="comments_mine_address"),
    path("mine/address/<str:token>/", views.confirm_address, name="comments_mine_address_confirm"),
    path("forget/", views.forget, name="comments_forget"),
]
