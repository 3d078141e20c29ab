"""Stories in the admin: written in one form, moved by buttons that use the verbs, listed with their state."""

from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles import search
from articles.admin.bulk import WithBulk
from articles.admin.checking import WithChecklist
from articles.admin.correcting import WithCorrections
from articles.admin.editing import WithEditor
from articles.admin.history import WithHistory, waiting_in
from articles.admin.keeping import Keeping
from articles.admin.pictures import PictureWidget
from articles.admin.readers import WithReaders, readers_of
from articles.admin.saving import Guarded
from articles.admin.steps import Step, steps_for, take_step
from articles.forms import ArticleForm
from articles.models import Article, Redirect, Revision
from articles.models.workflow import StepRefused
from articles.permissions import can
from newsroom.lib.admin import ShortPaginator, StampedAdmin
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from articles.models.article_queryset import ArticleQuerySet
    from newsroom.accounts.models import User

#: What the form was opened with, hidden in it.
_OPENED: Final = ("base_version", "base_revision")


class StateFilter(admin.SimpleListFilter):
    """Derived states beside the stored ones."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        derived = [
            ("scheduled", gettext("Scheduled")),
            ("breaking", gettext("Breaking")),
            ("drafted", gettext("With a working draft")),
        ]
        return [*((value, str(label)) for value, label in Article.Status.choices), *derived]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        now = timezone.now()
        if self.value() == "scheduled":
            return queryset.filter(status=Article.Status.PUBLISHED, publish_at__gt=now)
        if self.value() == "breaking":
            return queryset.filter(breaking_until__gt=now)
        if self.value() == "drafted":
            return queryset.filter(working_draft__isnull=False)
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Article)
class ArticleAdmin(
    WithChecklist, Guarded, Keeping, WithHistory, WithBulk, WithCorrections, WithEditor, WithReaders, StampedAdmin
):
    stamp = Stamp.STORIES
    form = ArticleForm
    change_form_template = "admin/articles/article/change_form.html"
    list_display = ("headline", "state", "section", "published", "readers")
    list_filter = (StateFilter, "kind", "section")
    list_select_related = ("section",)
    list_per_page = 50
    show_full_result_count = False
    paginator = ShortPaginator
    search_fields = ("headline", "kicker", "slug")
    ordering = ("-modified_at",)
    autocomplete_fields = ("topics", "also_in", "related", "replacement")
    fieldsets = (
        (None, {"fields": (*_OPENED, "headline", "move_label", "kicker", "standfirst", "body", "key_points")}),
        (_("Where and by whom"), {"fields": ("section", "also_in", "topics", "bylines")}),
        (_("Picture and video"), {"fields": ("kind", "lead_image", "lead_caption", "video_url", "video_duration")}),
        (_("Readers"), {"fields": ("comments_mode", "ratings_on", "suppress_asks", "disclaimer", "related")}),
        (_("Time"), {"classes": ("collapse",), "fields": ("embargo_until", "expire_at", "replacement")}),
        (
            _("Search engines and sharing"),
            {
                "classes": ("collapse",),
                "fields": (
                    *("slug", "seo_title", "seo_description", "social_headline", "social_image"),
                    *("as_shared", "canonical_url", "noindex"),
                ),
            },
        ),
    )

    # What is listed, and who may open it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        stories = cast("ArticleQuerySet", super().get_queryset(request)).defer("body", "body_text")
        user = cast("User", request.user)
        return stories if user.has_perm("articles.edit_any_article") else stories.written_by(user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Article | None:
        """With its text, which the list leaves out."""
        field: Any = Article._meta.get_field(from_field) if from_field else Article._meta.pk
        try:
            return self.get_queryset(request).defer(None).get(**{field.name: field.to_python(object_id)})
        except (Article.DoesNotExist, ValidationError, ValueError):
            return None

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        """Who may only look sees the story's own fields; what exists in the form alone has nothing to show."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        form_only = {*_OPENED, "move_label", "bylines"}
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name not in form_only)})
            for title, options in self.fieldsets
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        return (*self.list_display, "breaks") if request.user.has_perm("articles.break_news") else self.list_display

    @admin.display(description=_("break"))
    def breaks(self, article: Article) -> str:
        if article.status == Article.Status.WITHDRAWN:
            return ""
        word = gettext("Stop…") if article.is_breaking else gettext("Break…")
        return format_html('<a href="{}">{}</a>', reverse("break_story", args=[article.pk]), word)

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return can(request.user, "edit", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return obj is not None and can(request.user, "delete", obj)

    @admin.display(description=_("state"), ordering="status")
    def state(self, article: Article) -> str:
        return gettext("%s, with a working draft") % article.state if article.working_draft_id else article.state

    @admin.display(description=_("published"), ordering="publish_at")
    def published(self, article: Article) -> Any:
        return article.publish_at and date_format(timezone.localtime(article.publish_at), "SHORT_DATETIME_FORMAT")

    def view_on_site(self, obj: Article) -> str | None:
        return obj.get_absolute_url() if obj.is_out(timezone.now()) else None

    # Saving: the story, its names, its revision, its search row, then the step that was asked for

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Article, form: ArticleForm, change: bool) -> None:
        old_path = self._public_path(obj) if change else None
        form.is_draft = change and obj.is_out(timezone.now())
        if form.is_draft:
            return  # readers see it: save_related keeps a working draft instead
        if not change:
            obj.created_by_id, obj.version = request.user.pk, 1
            obj.save()
        else:
            obj.take_version(form.cleaned_data["base_version"])
            # Only what the form holds: a step that a colleague took meanwhile stays taken.
            columns = {field.name for field in Article._meta.concrete_fields}
            obj.save(update_fields=columns & set(form.fields))
        if old_path and old_path != obj.get_absolute_url():
            Redirect.objects.moved(old_path, article=obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in {"lead_image", "social_image"}:
            kwargs["widget"] = PictureWidget(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _public_path(self, obj: Article) -> str | None:
        """The address under which readers have known the story until now; the steps that a colleague took while the form
        was open, the story takes over.
        """
        moved = ("status", "publish_at", "first_published_at", "dated")
        stored = Article.objects.filter(pk=obj.pk).only("slug", *moved).get()
        for name in moved:
            setattr(obj, name, getattr(stored, name))
        seen = stored.first_published_at is not None and stored.first_published_at <= timezone.now()
        return stored.get_absolute_url() if seen else None

    def save_related(self, request: HttpRequest, form: ArticleForm, formsets: Any, change: bool) -> None:
        article: Article = form.instance
        if form.is_draft:
            self._keep_draft(request, article, form)
        else:
            super().save_related(request, form, formsets, change)
            form.save_bylines()
            Revision.take(article, user=request.user, note=form.cleaned_data["note"])  # type: ignore[arg-type]
            search.index(article)
        self.forget_typed(request, form)
        self._take_step(request, article, form)

    def _keep_draft(self, request: HttpRequest, article: Article, form: ArticleForm) -> None:
        by: Any = request.user
        kept = article.keep_draft(
            form.snapshot(), base=form.cleaned_data["base_version"], by=by, note=form.cleaned_data["note"]
        )
        if "_step" in request.POST:
            return  # what the step did is what there is to say
        if kept:
            messages.success(
                request, gettext("Kept as a working draft. Readers see nothing of it until you press “Publish update”.")
            )
        else:
            messages.info(request, gettext("Nothing differs from what readers see: there is no working draft."))

    def _take_step(self, request: HttpRequest, article: Article, form: ArticleForm) -> None:
        name = request.POST.get("_step", "")
        if not name:
            return
        try:
            with transaction.atomic():
                done = take_step(name, article, by=request.user, form=form)
        except StepRefused as refusal:
            messages.error(request, gettext("Saved, but: %s") % refusal)
        else:
            messages.success(request, done)

    # Pages

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A story in a state that its form does not change (withdrawn) can still take the steps that are open to it."""
        article = self.get_object(request, object_id) if object_id else None
        if article and request.method == "POST" and not self.has_change_permission(request, article):
            return self._step_alone(request, article)
        steps: list[Step] = steps_for(request.user, article)
        context: dict[str, Any] = {"steps": steps, "story": article, "now": timezone.now()}
        if article:
            context["is_out"] = article.is_out(context["now"])
            context["readers"] = partial(readers_of, article)
            context["may_correct"] = context["is_out"] and can(request.user, "correct", article)
            context["waiting"] = partial(waiting_in, article)
            context["history"] = article.transitions.select_related("user")[:5]
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context | (extra_context or {}))
        return response

    def _step_alone(self, request: HttpRequest, article: Article) -> HttpResponse:
        try:
            with transaction.atomic():
                messages.success(request, take_step(request.POST.get("_step", ""), article, by=request.user, form=None))
        except StepRefused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article.pk]))

    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        return super().response_add(request, self._stay(request, obj), post_url_continue)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        self._stay(request, obj)
        if not obj.is_out(timezone.now()):
            return super().response_change(request, obj)
        if "_continue" in request.POST:
            return HttpResponseRedirect(request.path)
        return self.response_post_save_change(request, obj)

    def _stay(self, request: HttpRequest, obj: Article) -> Article:
        """After a step the editor stays with the story."""
        if "_step" in request.POST:
            posted = request.POST.copy()
            posted["_continue"] = "1"
            request.POST = posted  # type: ignore[assignment]
        return obj

    @property
    def media(self) -> Media:
        return super().media + Media(
            css={"all": ["articles/admin/article.css", "articles/admin/keeping.css", "articles/admin/readers.css"]},
            js=["articles/admin/article.js", "articles/admin/unsaved.js", "articles/admin/keeping.js"],
        )
