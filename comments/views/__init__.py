from comments.views.desk_links import desk_link, desk_stop
from comments.views.editing import delete, edit, history
from comments.views.following import confirm, follow_article, follow_thread, unsubscribe
from comments.views.mine import forget, mine, notices, wishes
from comments.views.moderating import moderate
from comments.views.own_page import address, confirm_address, open_link, send_link
from comments.views.posting import post, preview, reply
from comments.views.reacting import flag, vote
from comments.views.reading import comment, comments_on, news

__all__ = [
    "address",
    "comment",
    "comments_on",
    "confirm",
    "confirm_address",
    "delete",
    "desk_link",
    "desk_stop",
    "edit",
    "flag",
    "follow_article",
    "follow_thread",
    "forget",
    "history",
    "mine",
    "moderate",
    "news",
    "notices",
    "open_link",
    "post",
    "preview",
    "reply",
    "send_link",
    "unsubscribe",
    "vote",
    "wishes",
]
