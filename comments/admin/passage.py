"""Marked passages: what is asked at them and how much was said; a question asked or ended without touching the text."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.passages import QUESTIONS_MAX
from comments.anchoring import Anchor
from comments.models import CommentStats, InlineAnchor
from comments.models.inline_anchor import InlineAnchorQuerySet
from newsroom.lib.models import Stamp


class PassageForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A new question: the words are looked for in the story, and only the story's own words are kept."""

    class Meta:
        model = InlineAnchor
        fields = ("article", "exact", "question")
        widgets = {"exact": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "exact" in self.fields:
            self.fields["exact"].help_text = _("Copied from the story, within one paragraph.")
            self.fields["question"].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        article, exact = data.get("article"), " ".join(data.get("exact", "").split())
        if self.instance.pk or not article or not exact:
            return data
        asked = InlineAnchor.objects.filter(article=article, closed_at=None).exclude(question="").count()
        if asked >= QUESTIONS_MAX:
            raise forms.ValidationError(_("A story asks readers %(most)s questions at most."), params={"most": asked})
        found = InlineAnchor.objects.at_words(article.pk, Anchor("", exact))
        if found is None:
            self.add_error("exact", _("These words do not stand in the story, or in more than one place of it."))
        elif found.pk:
            self.add_error("exact", _("This passage is marked already: open it in the list and ask there."))
        else:
            self.instance = found
            data["exact"] = found.exact
        return data


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [("asks", _("open question")), ("closed", _("closed")), ("gone", _("the passage is gone"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {
            "asks": queryset.filter(closed_at=None).exclude(question=""),
            "closed": queryset.filter(closed_at__isnull=False),
            "gone": queryset.filter(state=InlineAnchor.State.ORPHANED),
        }
        return wanted.get(self.value() or "", queryset)


@admin.register(InlineAnchor)
class PassageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    form = PassageForm
    list_display = ("words", "question", "story", "said", "stands")
    list_filter = (StateFilter,)
    list_select_related = ("article",)
    search_fields = ("exact", "question", "article__headline")
    ordering = ("-created_at", "-id")
    show_full_result_count = False
    raw_id_fields = ("article",)
    actions = ["close_them", "reopen_them"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InlineAnchor]:
        rows: QuerySet[InlineAnchor] = InlineAnchor.objects.counted().defer("article__body", "article__body_text")
        return rows.order_by(*self.ordering)

    def get_fields(self, request: HttpRequest, obj: InlineAnchor | None = None) -> Any:
        return ("article", "exact", "question") if obj is None else ("words", "story", "question", "said", "stands")

    def get_readonly_fields(self, request: HttpRequest, obj: InlineAnchor | None = None) -> Any:
        if obj is None:
            return ()
        shown = ("words", "story", "said", "stands")
        return (*shown, "question") if obj.in_text else shown

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("passage"), ordering="exact")
    def words(self, passage: InlineAnchor) -> str:
        return f"“{passage.exact}”" if len(passage.exact) < 160 else f"“{passage.exact[:159]}…”"

    @admin.display(description=gettext_lazy("story"))
    def story(self, passage: InlineAnchor) -> str:
        url = reverse("admin:articles_article_change", args=[passage.article_id])
        return format_html('<a href="{}">{}</a>', url, passage.article.headline)

    @admin.display(description=gettext_lazy("published comments"))
    def said(self, passage: InlineAnchor) -> str:
        url = f"{reverse('comments_on', args=[passage.article_id])}?filter=inline&at={passage.pk}"
        return format_html('<a href="{}">{}</a>', url, getattr(passage, "n", 0))

    @admin.display(description=gettext_lazy("state"))
    def stands(self, passage: InlineAnchor) -> str:
        states = [_("closed")] if passage.closed_at else []
        states += [] if passage.is_placed else [passage.get_state_display()]
        states += [_("asked in the text, where it is changed too")] if passage.in_text else []
        return ", ".join(states) or _("open")

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: InlineAnchor, form: Any, change: bool) -> None:
        CommentStats.objects.move(obj.article_id)
        if change:
            InlineAnchor.objects.filter(pk=obj.pk, in_text=False).update(question=obj.question)
        else:
            obj.created_by_id = request.user.pk
            obj.save()
        Stamp.objects.bump(Stamp.article(obj.article_id))

    @admin.action(description=gettext_lazy("Close: take no more comments"), permissions=["change"])
    def close_them(self, request: HttpRequest, passages: InlineAnchorQuerySet) -> None:
        n = passages.close()
        messages.success(request, ngettext("%(n)d passage closed.", "%(n)d passages closed.", n) % {"n": n})

    @admin.action(description=gettext_lazy("Reopen"), permissions=["change"])
    def reopen_them(self, request: HttpRequest, passages: InlineAnchorQuerySet) -> None:
        n = passages.reopen()
        messages.success(request, ngettext("%(n)d passage reopened.", "%(n)d passages reopened.", n) % {"n": n})
