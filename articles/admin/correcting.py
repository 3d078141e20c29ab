"""A correction, made from the story's page: said in public, and never edited away."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Article, Correction
from articles.models.workflow import StepRefused
from articles.permissions import story_for


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    material = forms.BooleanField(
        label=_("Show that the story was updated, and when"),
        required=False,
        initial=True,
        help_text=_("The only other thing that moves that time is an update that matters to readers."),
    )

    class Meta:
        model = Correction
        fields = ("kind", "text", "position")
        error_messages = {"text": {"required": _("Say what was wrong, and what is right.")}}
        widgets = {"text": forms.Textarea(attrs={"rows": 5}), "position": forms.RadioSelect}
        help_texts = {
            "kind": _("A retraction says that the story does not stand: it is marked above the headline."),
            "text": _("What was wrong, and what is right. Readers see these words at the story and at /corrections/."),
        }

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).strip()


class WithCorrections(admin.ModelAdmin):  # type: ignore[type-arg]
    """For the story's admin: the page on which a published story is corrected."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(correct)
        return [path("<int:pk>/correct/", view, name="articles_article_correct"), *super().get_urls()]


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    article, by = story_for(request.user, "correct", pk), _by(request)
    form = CorrectionForm(request.POST or None, instance=Correction(article=article))
    if request.method == "POST" and form.is_valid():
        try:
            article.correct(by=by, **form.cleaned_data)
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("Said in public: readers see it at the story and at /corrections/."))
            return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))
    words = {
        **admin.site.each_context(request),
        "story": article,
        "form": form,
        "made": article.corrections.select_related("made_by"),
        "title": gettext("Correct"),
        "opts": Article._meta,
    }
    return TemplateResponse(request, "admin/articles/article/correct.html", words, status=422 if form.errors else 200)


def _by(request: HttpRequest) -> Any:
    return request.user
