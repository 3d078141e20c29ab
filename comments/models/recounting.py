"""Comparing every counter of comments with the rows that it counts."""

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from comments.models.comment import Comment
from comments.models.flag import Flag
from comments.models.stats import CommentStats
from comments.models.vote import Vote
from comments.wilson import wilson, wilson_sql


def recount() -> list[str]:
    """Mend what drifted, and say what did, one line each. Rows that are right are read by the database alone."""
    return [*_votes(), *_places(), *_articles(), *_reports()]


def _counted(rows: "QuerySet[Comment] | QuerySet[Vote]", by: str) -> Coalesce:
    """How many of `rows` point to a comment by their column `by`."""
    counted = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _votes() -> list[str]:
    true_up = F("brought_up") + _counted(Vote.objects.filter(value=1), "comment")
    true_down = F("brought_down") + _counted(Vote.objects.filter(value=-1), "comment")
    rows = Comment.objects.annotate(true_up=true_up, true_down=true_down)
    wrong = rows.exclude(up=F("true_up"), down=F("true_down"), best=wilson_sql(F("up"), F("down")))
    drifted = []
    for comment in wrong:
        up, down = comment.true_up, comment.true_down
        drifted.append(f"votes on comment {comment.pk}: +{comment.up} -{comment.down} should be +{up} -{down}")
        Comment.objects.filter(pk=comment.pk).update(up=up, down=down, best=wilson(up, down))
    return drifted


def _places() -> list[str]:
    """Answers and who is visible; a place that appears or goes changes what is above it, so again until all is right."""
    drifted: list[str] = []
    shown = Comment.objects.filter(visible=True)
    while True:
        rows = Comment.objects.annotate(answers=_counted(shown, "parent"), in_thread=_counted(shown, "root"))
        due = Q(status=Comment.Status.PUBLISHED) | Q(answers__gt=0)
        right = Q(reply_count=F("answers"), thread_count=F("in_thread")) & (
            Q(due, visible=True) | ~due & Q(visible=False)
        )
        wrong = list(rows.exclude(right))
        for comment in wrong:
            visible = comment.is_published or comment.answers > 0
            drifted.append(
                f"comment {comment.pk}: {comment.reply_count} answers, {comment.thread_count} in its thread, visible"
                f" {comment.visible} should be {comment.answers}, {comment.in_thread}, {visible}"
            )
            Comment.objects.filter(pk=comment.pk).update(
                reply_count=comment.answers, thread_count=comment.in_thread, visible=visible
            )
        if not wrong:
            return drifted


def _articles() -> list[str]:
    published = Comment.objects.filter(status=Comment.Status.PUBLISHED).order_by()
    true = dict(published.values_list("article").annotate(n=Count("pk")))
    kept = dict(CommentStats.objects.values_list("article", "published"))
    drifted = []
    for article in sorted(true.keys() | kept.keys()):
        if true.get(article, 0) != kept.get(article, 0):
            drifted.append(f"comments of article {article}: {kept.get(article, 0)} should be {true.get(article, 0)}")
            CommentStats.objects.move(article, true.get(article, 0) - kept.get(article, 0))
    return drifted


def _reports() -> list[str]:
    waiting = set(Flag.objects.filter(handled_at=None).values_list("comment", flat=True))
    kept = dict(Comment.objects.filter(Q(flag_weight__gt=0) | Q(pk__in=waiting)).values_list("pk", "flag_weight"))
    true = Flag.objects.weights(kept)
    drifted = []
    for pk, weight in sorted(kept.items()):
        if weight != true.get(pk, 0):
            drifted.append(f"reports of comment {pk}: weight {weight} should be {true.get(pk, 0)}")
            Comment.objects.filter(pk=pk).update(flag_weight=true.get(pk, 0))
    return drifted
