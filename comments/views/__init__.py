from comments.views.editing import delete, edit, history
from comments.views.following import confirm, follow_article, unsubscribe
from comments.views.mine import forget, mine
from comments.views.posting import post, preview, reply
from comments.views.reacting import flag, vote
from comments.views.reading import comment, comments_on, news

__all__ = [
    "comment",
    "comments_on",
    "confirm",
    "delete",
    "edit",
    "flag",
    "follow_article",
    "forget",
    "history",
    "mine",
    "news",
    "post",
    "preview",
    "reply",
    "unsubscribe",
    "vote",
]
