"""The library of pictures: a grid to search, to bring files into, and to describe them in."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from articles.admin.picture_form import FOCAL, WORDS, ImageForm
from articles.admin.pictures import crops_of, dialog, pick, thumbnail
from articles.admin.uses import changed_at_once, is_used, uses_of, was_used
from articles.intake import BYTES_MAX, PictureRefused, Received, replace
from articles.models import Article, Image
from newsroom.lib.admin import ShortPaginator, StampedAdmin
from newsroom.lib.models import Stamp


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        lacks = [
            ("incomplete", _("not ready to publish")),
            ("none", _("without alt")),
            ("no-credit", _("without credit")),
        ]
        return [*lacks, ("unused", _("unused")), ("mine", _("brought by me"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        pictures = Image.objects
        kinds = {
            "incomplete": pictures.incomplete(),
            "none": pictures.undescribed(),
            "no-credit": pictures.filter(credit=""),
            "unused": pictures.unused(),
            "mine": pictures.filter(uploaded_by=request.user.pk),
        }
        return queryset & kinds[self.value() or ""] if self.value() in kinds else queryset


class CreditForm(ActionForm):
    """What the actions of the list need: the credit to be set."""

    credit = forms.CharField(label=_("Credit:"), required=False, max_length=120)


@admin.register(Image)
class ImageAdmin(StampedAdmin):
    form = ImageForm
    change_form_template = "admin/articles/image/change_form.html"
    change_list_template = "admin/articles/image/change_list.html"
    action_form = CreditForm
    actions = ("set_credit",)
    actions_selection_counter = False
    show_full_result_count = False
    paginator = ShortPaginator
    list_display = ("look", "words")
    list_display_links = ("look", "words")
    list_filter = (StateFilter,)
    list_select_related = ("uploaded_by",)
    search_fields = ("alt",)  # `Image.objects.search` says which
    ordering = ("-id",)
    readonly_fields = (
        "preview",
        "lacks",
        "size",
        "original_name",
        *("renditions_at", "renditions_error", "uploaded_by", "uploaded_at"),
    )
    list_per_page = 36

    class Media:
        css = {"all": ("articles/admin/article.css", "articles/admin/library.css")}
        js = ("articles/admin/upload.js", "articles/admin/library.js", "articles/admin/focal.js")

    # Pages

    def get_urls(self) -> list[URLPattern]:
        inside = self.admin_site.admin_view
        ours = [path("pick/", inside(pick), name="articles_image_pick")]
        ours += [path("pick/dialog/", inside(dialog), name="articles_image_dialog")]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "title": gettext("Pictures"),
            "may_add": self.has_add_permission(request),
            "bytes_max": BYTES_MAX,
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except PictureRefused as refusal:  # after the form was found right: a colleague was faster by a moment
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        image = context.get("original")
        if image:
            form = context["adminform"].form
            context["uses"] = uses_of(image, request.user)
            context["seen"] = form.asks_about or changed_at_once(image, ["another"])
            context["field"] = form["at_once"] if self.has_change_permission(request, image) else None
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("upload", *WORDS)}), (_("Focal point"), {"fields": (FOCAL,)})]
        facts: tuple[str, ...] = ("size", "original_name", "uploaded_by", "uploaded_at", "renditions_at")
        if obj.renditions_error:
            facts = (*facts, "renditions_error")
        if self.has_change_permission(request, obj):
            facts = ("another", *facts)
        return [(None, {"fields": ("preview", FOCAL, "lacks", *WORDS)}), (_("File"), {"fields": facts})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).prefetch_related("renditions")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset & Image.objects.search(search_term), False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = [*WORDS, *FOCAL]
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    # What is shown of a picture

    @admin.display(description=_("picture"))
    def look(self, image: Image) -> SafeString:
        return thumbnail(image)

    @admin.display(description=_("description"))
    def words(self, image: Image) -> str:
        return str(image)

    @admin.display(description=_("size"))
    def size(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description=_("picture"))
    def preview(self, image: Image) -> SafeString:
        return render_to_string("admin/articles/image/_focal.html", {"image": image, "crops": crops_of(image)})

    @admin.display(description=_("before a story is published with it"))
    def lacks(self, image: Image) -> SafeString | str:
        missing = image.missing_to_publish()
        return (
            render_to_string("admin/articles/image/_lacks.html", {"missing": missing})
            if missing
            else gettext("complete")
        )

    # What is done with pictures

    @admin.action(description=_("Set the credit of the chosen pictures"), permissions=["change"])
    def set_credit(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        credit = " ".join(request.POST.get("credit", "").split())
        if not credit or len(credit) > 120:
            sentence = gettext("Write the credit beside the action: at most 120 characters.")
            return self.message_user(request, sentence, messages.ERROR)
        with transaction.atomic():
            said = gettext("Credit set to “%s”.") % credit
            LogEntry.objects.log_actions(request.user.pk or 0, queryset, CHANGE, said)
            chosen = list(queryset.values_list("pk", flat=True))
            n = Image.objects.filter(pk__in=chosen).update(credit=credit)
            seen = Article.objects.live(timezone.now()).filter(lead_image__in=chosen).count()
            Stamp.objects.bump(Stamp.SITE)
        done = ngettext("One picture is credited “%(credit)s”.", "%(n)d pictures are credited “%(credit)s”.", n)
        at_once = ngettext("%d story that readers see says so now.", "%d stories that readers see say so now.", seen)
        said = f"{done % {'n': n, 'credit': credit}} {at_once % seen if seen else ''}"
        return self.message_user(request, said.strip(), messages.SUCCESS)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if change:
            return super().save_form(request, form, change)
        request.received = form.received  # type: ignore[attr-defined]
        return form.received[0].image

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:
        if not change:
            return  # stored by the form already
        if set(FOCAL) & set(form.changed_data):
            obj.renditions_at = obj.avif_at = None  # the worker draws anew the crops that change
        if form.prepared:
            replace(obj, form.prepared)
        else:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        Stamp.objects.bump(Stamp.SITE)

    def response_add(self, request: HttpRequest, obj: Image, post_url_continue: str | None = None) -> HttpResponse:
        """What there is to say of each file; several files lead back to the library."""
        received: list[Received] = request.received  # type: ignore[attr-defined]
        for taken in filter(lambda taken: taken.said, received):
            self.message_user(request, taken.said, messages.WARNING)
        if "_popup" in request.POST or (len(received) == 1 and not received[0].known):
            return super().response_add(request, obj, post_url_continue)
        if len(received) == 1:
            return HttpResponseRedirect(reverse("admin:articles_image_change", args=[obj.pk]))
        new = sum(not taken.known for taken in received)
        said = ngettext("One new picture: describe it.", "%(n)d new pictures: describe each.", new) % {"n": new}
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(f"{reverse('admin:articles_image_changelist')}?state=mine")

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What any story, author or the site itself shows is not deleted; nor what an older version of a text shows."""
        if obj is None or not super().has_delete_permission(request, obj) or is_used(obj):
            return False
        return not (
            request.resolver_match and request.resolver_match.url_name == "articles_image_delete" and was_used(obj)
        )

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        storage, names = obj.file.storage, [obj.file.name, *obj.renditions.values_list("file", flat=True)]
        super().delete_model(request, obj)
        transaction.on_commit(lambda: [storage.delete(name) for name in names])
