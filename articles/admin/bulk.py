"""Steps for many stories at once: each story takes its own step or says why not, and whoever asked is told how many did."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from articles.admin.steps import take_step
from articles.models import Article, Section
from articles.models.workflow import StepRefused
from articles.permissions import ACTIONS, can
from articles.readiness import checklist_of

#: Stories in one go; beyond `ASKED` their number must be typed.
MOST: Final = 200
ASKED: Final = 20
#: Refusals that are told one by one.
_TOLD: Final = 5

_LABELS: Final = {
    "submit": _("Submit for review"),
    "approve": _("Approve"),
    "publish": _("Publish now"),
    "withdraw": _("Withdraw"),
    "move": _("Change section"),
}
_NOTES: Final = {"withdraw": _("Reason, which readers are shown")}


class BulkForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    section = forms.ModelChoiceField(Section.objects.order_by("name"), label=_("Section"))
    anyway = forms.BooleanField(
        label=_("Publish all the same what the checklist only asks about"),
        required=False,
        help_text=_("What must be mended first is left as it is."),
    )
    count = forms.IntegerField(label=_("How many stories these are"))

    def __init__(self, data: Any, *, name: str, total: int) -> None:
        super().__init__(data)
        self.total = total
        if name != "move":
            del self.fields["section"]
        if total <= ASKED:
            del self.fields["count"]
        if name == "move":
            del self.fields["note"]
        if name != "publish":
            del self.fields["anyway"]
        if name in _NOTES:
            self.fields["note"].label, self.fields["note"].required = _NOTES[name], True

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count != self.total:
            raise forms.ValidationError(gettext("Type %d to say that you mean all of them.") % self.total)
        return count


@dataclass(frozen=True)
class Bulk:
    """One line of the list's menu of actions; `name` is a step of `articles.admin.steps`, or "move"."""

    name: str

    @property
    def permission(self) -> str:
        return ACTIONS["edit" if self.name == "move" else self.name][0]

    def __call__(self, modeladmin: Any, request: HttpRequest, chosen: QuerySet[Article]) -> HttpResponse | None:
        """The page that asks; once it is answered, the list again with what came of it."""
        stories = list(chosen.select_related("section").order_by("-modified_at", "-pk")[: MOST + 1])
        if len(stories) > MOST:
            messages.error(request, gettext("At most %d stories at once: choose fewer.") % MOST)
            return None
        form = BulkForm(request.POST if "apply" in request.POST else None, name=self.name, total=len(stories))
        if form.is_valid():
            self._apply(request, stories, form)
            return None
        context = {
            **modeladmin.admin_site.each_context(request),
            "title": _LABELS[self.name],
            "opts": Article._meta,
            "form": form,
            "name": self.name,
            "stories": [(story, self._may(request, story)) for story in stories],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/articles/article/bulk.html", context, status=status)

    def _may(self, request: HttpRequest, story: Article) -> bool:
        return can(request.user, "edit" if self.name == "move" else self.name, story)

    def _apply(self, request: HttpRequest, stories: list[Article], form: BulkForm) -> None:
        left: list[str] = []
        for story in stories:
            try:
                with transaction.atomic():
                    self._one(request, story, form)
            except StepRefused as refusal:
                left.append(f"“{story.headline}”: {refusal}")
        done = len(stories) - len(left)
        if done:
            messages.success(request, f"{_LABELS[self.name]}: {ngettext('%d story', '%d stories', done) % done}.")
        if left:
            messages.warning(request, _told(left))

    def _one(self, request: HttpRequest, story: Article, form: BulkForm) -> None:
        by: Any = request.user
        if self.name == "publish":
            form.cleaned_data["accept"] = checklist_of(story).accept if form.cleaned_data["anyway"] else ""
        if self.name != "move":
            take_step(self.name, story, by=by, form=form)
        elif not self._may(request, story):
            raise StepRefused(gettext("It is not yours to change in its present state."))
        else:
            story.move_to(form.cleaned_data["section"], base=story.version, by=by)


def _told(left: list[str]) -> str:
    sentence = ngettext("%d story was left as it is.", "%d stories were left as they are.", len(left)) % len(left)
    more = len(left) - _TOLD
    rest = [ngettext("and %d more", "and %d more", more) % more] if more > 0 else []
    return " ".join([sentence, *left[:_TOLD], *rest])


class WithBulk(admin.ModelAdmin):  # type: ignore[type-arg]
    """For the story's admin: the menu of actions above its list, each for those who may take it."""

    actions_on_bottom = False

    def get_actions(self, request: HttpRequest) -> Any:
        if "_popup" in request.GET:
            return {}
        offered = [Bulk(name) for name in _LABELS if request.user.has_perm(Bulk(name).permission)]
        return {bulk.name: (bulk, bulk.name, str(_LABELS[bulk.name])) for bulk in offered}
