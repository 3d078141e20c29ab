"""The list of comments with its bulk decisions, and the page of one comment in its context."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from comments.models import Comment, CommentRevision, Flag, ModerationAction, StepRefused
from comments.screening import Reason

#: What a moderator may decide: verb, label.
STEPS: dict[str, Any] = {
    "approve": gettext_lazy("Approve"),
    "hold": gettext_lazy("Hold"),
    "reject": gettext_lazy("Reject"),
    "mark_spam": gettext_lazy("Spam"),
    "remove": gettext_lazy("Remove"),
}


def words_for(reason: str) -> str:
    """A reason as people read it; a moderator's own words stay as they are."""
    return str(Reason(reason).label) if reason in Reason.values else reason


class ReasonFilter(admin.SimpleListFilter):
    title = gettext_lazy("held because")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return list(Reason.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


class _ToRead(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable at run time
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FlagInline(_ToRead):
    model = Flag
    fields = readonly_fields = ("reason", "note", "reader", "weight", "flagged_at")


class RevisionInline(_ToRead):
    model = CommentRevision
    fields = readonly_fields = ("n", "text", "created_at")


class ActionInline(_ToRead):
    model = ModerationAction
    fields = readonly_fields = ("created_at", "actor", "action", "from_status", "to_status", "reason", "note")


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    list_display = ("excerpt", "state", "why", "person", "story", "created_at", "flag_weight", "up")
    list_filter = ("status", ReasonFilter, "created_at")
    search_fields = ("text", "name", "article__headline")
    list_select_related = ("article", "reader", "reader__user")
    ordering = ("-created_at", "-id")
    list_per_page = 50
    show_full_result_count = False
    actions = [
        *("approve_them", "hold_them", "reject_them", "mark_them_spam"),
        *("pin_them", "unpin_them", "feature_them", "unfeature_them", "close_their_threads", "open_their_threads"),
    ]
    inlines = [FlagInline, RevisionInline, ActionInline]
    fields = (
        *("state", "why", "whole_text", "answers", "story", "person", "address", "track_record"),
        *("created_at", "published_at", "edited_at", "votes", "on_the_site"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        rows: QuerySet[Comment] = super().get_queryset(request)
        return rows.defer("article__body", "article__body_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("comments.moderate_comment"))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        ours = lookup in {"article__id__exact", "reader__id__exact"}
        return ours or super().lookup_allowed(lookup, value, request)

    # What the columns say.

    @admin.display(description=gettext_lazy("comment"))
    def excerpt(self, comment: Comment) -> str:
        text = comment.spelled_out
        return text if len(text) <= 140 else f"{text[:139]}…"

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def state(self, comment: Comment) -> str:
        return comment.get_status_display()

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, comment: Comment) -> str:
        return words_for(comment.reason) or "–"

    @admin.display(description=gettext_lazy("written by"))
    def person(self, comment: Comment) -> str:
        kind = _("member") if comment.reader.is_member else _("guest")
        return self._others(comment.name, kind, "reader__id__exact", comment.reader_id)

    @admin.display(description=gettext_lazy("story"))
    def story(self, comment: Comment) -> str:
        return self._others(comment.article.headline, "", "article__id__exact", comment.article_id)

    def _others(self, label: str, hint: str, lookup: str, pk: int) -> str:
        """A label that leads to every comment of the same person or story."""
        url = reverse("admin:comments_comment_changelist")
        return format_html('<a href="{}?{}={}">{}</a> {}', url, lookup, pk, label, hint)

    @admin.display(description=gettext_lazy("text"))
    def whole_text(self, comment: Comment) -> str:
        return format_html('<div class="readonly" dir="auto">{}</div>', comment.spelled_out)

    @admin.display(description=gettext_lazy("answers"))
    def answers(self, comment: Comment) -> str:
        if comment.parent is None:
            return _("nobody: it begins a thread")
        url = reverse("admin:comments_comment_change", args=[comment.parent_id])
        return format_html('<a href="{}">{}</a>: {}', url, comment.parent.name, comment.parent.spelled_out[:600])

    @admin.display(description=gettext_lazy("e-mail address"))
    def address(self, comment: Comment) -> str:
        state = _("confirmed") if comment.reader.has_confirmed_address else _("as typed, not confirmed")
        return f"{comment.reader.address} ({state})" if comment.reader.address else "–"

    @admin.display(description=gettext_lazy("this person’s comments"))
    def track_record(self, comment: Comment) -> str:
        counts = comment.reader.comments.order_by().values_list("status").annotate(n=Count("id"))
        return ", ".join(f"{Comment.Status(status).label}: {n}" for status, n in counts)

    @admin.display(description=gettext_lazy("votes"))
    def votes(self, comment: Comment) -> str:
        return f"+{comment.up} −{comment.down}"

    @admin.display(description=gettext_lazy("on the site"))
    def on_the_site(self, comment: Comment) -> str:
        return (
            format_html('<a href="{}">{}</a>', comment.get_absolute_url(), _("Open")) if comment.is_published else "–"
        )

    # Decisions.

    @admin.action(description=gettext_lazy("Approve"), permissions=["moderate"])
    def approve_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._decide(request, comments, "approve")

    @admin.action(description=gettext_lazy("Hold"), permissions=["moderate"])
    def hold_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._decide(request, comments, "hold")

    @admin.action(description=gettext_lazy("Reject"), permissions=["moderate"])
    def reject_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._decide(request, comments, "reject")

    @admin.action(description=gettext_lazy("Mark as spam"), permissions=["moderate"])
    def mark_them_spam(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._decide(request, comments, "mark_spam")

    @admin.action(description=gettext_lazy("Pin above the others"), permissions=["moderate"])
    def pin_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._mark(request, comments, "pin")

    @admin.action(description=gettext_lazy("Pin no more"), permissions=["moderate"])
    def unpin_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._mark(request, comments, "unpin")

    @admin.action(description=gettext_lazy("Make editor’s picks"), permissions=["moderate"])
    def feature_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._mark(request, comments, "feature")

    @admin.action(description=gettext_lazy("No more editor’s picks"), permissions=["moderate"])
    def unfeature_them(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._mark(request, comments, "unfeature")

    @admin.action(description=gettext_lazy("Close the thread"), permissions=["moderate"])
    def close_their_threads(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._mark(request, comments, "close_thread")

    @admin.action(description=gettext_lazy("Open the thread again"), permissions=["moderate"])
    def open_their_threads(self, request: HttpRequest, comments: QuerySet[Comment]) -> None:
        self._mark(request, comments, "open_thread")

    def _mark(self, request: HttpRequest, comments: QuerySet[Comment], step: str) -> None:
        for comment in comments:
            try:
                getattr(comment, step)(by=request.user)
                self.message_user(request, _("Done: %s") % self.excerpt(comment), messages.SUCCESS)
            except StepRefused as refusal:
                self.message_user(request, f"{refusal} {self.excerpt(comment)}", messages.WARNING)

    def _decide(self, request: HttpRequest, comments: QuerySet[Comment], step: str) -> None:
        """Each comment by its own conditional step; what somebody else decided meanwhile is counted and left alone."""
        done = refused = 0
        for comment in comments:
            try:
                getattr(comment, step)(by=request.user, version=comment.version)
                done += 1
            except StepRefused:
                refused += 1
        said = ngettext("%(n)d comment decided.", "%(n)d comments decided.", done) % {"n": done}
        self.message_user(request, said, messages.SUCCESS)
        if refused:
            left = ngettext("%(n)d was in that state already.", "%(n)d were in that state already.", refused)
            self.message_user(request, left % {"n": refused}, messages.WARNING)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            return self._step(request, object_id)
        may = self.has_moderate_permission(request)
        context = {"steps": STEPS.items() if may else [], "show_save": False, "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def _step(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One decision on the text that was looked at: refused where the text or the state changed meanwhile."""
        step, version = request.POST.get("step", ""), request.POST.get("version", "")
        comment = self.get_object(request, object_id)
        if comment is None or step not in STEPS or not version.isdecimal() or not self.has_moderate_permission(request):
            return HttpResponse(_("That is not possible."), status=403, content_type="text/plain")
        comment.status = request.POST.get("seen", "")
        try:
            note = request.POST.get("note", "")[:1000]
            getattr(comment, step)(by=request.user, note=note, version=int(version))
            self.message_user(request, _("Decided: %s.") % comment.get_status_display(), messages.SUCCESS)
        except StepRefused as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        return redirect("admin:comments_comment_change", object_id)
