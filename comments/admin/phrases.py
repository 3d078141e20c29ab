"""The word lists on one screen: paste them in, try them on a text, and see what they would have caught."""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from comments.forms import TEXT_MAX
from comments.models import Comment, Phrase
from comments.models.phrase import PHRASES_MAX
from comments.words import PHRASE_MAX, WordLists, holds_nothing, marked
from newsroom.accounts.models import User

#: Comments that the lists are held against, the newest first, and those of them that are shown.
LOOKED_AT = 1000
SHOWN_MAX = 200


class Caught(NamedTuple):
    comment: Comment
    pieces: list[tuple[str, str]]
    name: list[tuple[str, str]]


class LinesField(forms.CharField):
    """One phrase a line, as WordPress keeps its lists too; empty lines, and lines that say nothing, are left out."""

    def __init__(self, label: Any, help_text: Any) -> None:
        widget = forms.Textarea(
            attrs={"rows": 16, "cols": 40, "spellcheck": "false", "autocomplete": "off", "dir": "auto"}
        )
        super().__init__(label=label, help_text=help_text, required=False, strip=False, widget=widget)

    def clean(self, value: Any) -> list[str]:
        lines = [(n, line.strip()) for n, line in enumerate(super().clean(value).splitlines(), 1)]
        for n, line in lines:
            if len(line) > PHRASE_MAX:
                raise ValidationError(
                    _("Line %(n)d is longer than %(most)d characters."), params={"n": n, "most": PHRASE_MAX}
                )
        kept = list(dict.fromkeys(line for _n, line in lines if not holds_nothing(line)))
        if len(kept) > PHRASES_MAX:
            raise ValidationError(
                _("That are %(n)d phrases; a list holds %(most)d."), params={"n": len(kept), "most": PHRASES_MAX}
            )
        return kept


class ListsForm(forms.Form):
    banned = LinesField(
        gettext_lazy("Banned"),
        gettext_lazy("The writer is asked to change the comment first. WordPress: “Disallowed Comment Keys”."),
    )
    suspect = LinesField(
        gettext_lazy("Suspect"),
        gettext_lazy("The comment waits for a moderator. WordPress: “Comment Moderation”."),
    )
    note = forms.CharField(
        label=gettext_lazy("Why the new ones"), required=False, max_length=200, help_text=gettext_lazy("Kept with each phrase that is new."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Try it on this text"), required=False, max_length=TEXT_MAX, strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 40, "dir": "auto"}),
    )  # fmt: skip
    #: What the lists were when the page was made.
    seen = forms.CharField(widget=forms.HiddenInput)

    def stale(self) -> bool:
        """Whether somebody else changed the lists meanwhile."""
        return bool(self.cleaned_data["seen"] != Phrase.objects.fingerprint())

    @property
    def lists(self) -> WordLists:
        """As they stand in the boxes now, saved or not."""
        return WordLists(**{kind: self.cleaned_data[kind] for kind in Phrase.Kind.values})


@admin.register(Phrase)
class PhraseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The list's own page (`all/`) tells who added a phrase, when and why; phrases are written in the boxes."""

    list_display = ("text", "kind", "note", "added_by", "added_at")
    list_display_links = None
    list_filter = ("kind",)
    search_fields = ("text", "note")
    list_select_related = ("added_by",)
    list_per_page = 200
    actions = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        every = self.admin_site.admin_view(super().changelist_view)
        return [path("all/", every, name="comments_phrase_all"), *super().get_urls()]

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("admin:comments_phrase_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ListsForm(request.POST or None, initial=_saved())
        context: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            if "save" in request.POST:
                if self._save(request, form):
                    return redirect("admin:comments_phrase_changelist")
            elif "look" in request.POST:
                context = _caught(form.lists)
            else:
                context = {"tried": marked(form.cleaned_data["text"], form.lists.find(form.cleaned_data["text"]))}
        return self._page(request, form, context)

    def _save(self, request: HttpRequest, form: ListsForm) -> bool:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if form.stale():
            form.add_error(
                None,
                _(
                    "Somebody changed the lists meanwhile. Copy what you changed, open this page again and save it there."
                ),
            )
            return False
        come = gone = 0
        for kind in Phrase.Kind.values:
            new, old = Phrase.objects.replace(
                kind, form.cleaned_data[kind], by=cast(User, request.user), note=form.cleaned_data["note"]
            )
            come, gone = come + new, gone + old
        said = _("Saved: %(come)s, %(gone)s.") % {
            "come": ngettext("%d new phrase", "%d new phrases", come) % come,
            "gone": ngettext("%d taken out", "%d taken out", gone) % gone,
        }
        self.message_user(request, said, messages.SUCCESS)
        return True

    def _page(self, request: HttpRequest, form: ListsForm, context: dict[str, Any]) -> HttpResponse:
        context |= {
            **self.admin_site.each_context(request),
            "title": _("Word lists"),
            "opts": self.opts,
            "form": form,
            "may_save": self.has_change_permission(request),
            "media": self.media + forms.Media(css={"all": ["comments/admin/phrases.css"]}),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/comments/phrase/lists.html", context, status=status)


def _saved() -> dict[str, str]:
    lines: dict[str, list[str]] = {kind: [] for kind in Phrase.Kind.values}
    for kind, text in Phrase.objects.values_list("kind", "text"):
        lines[kind].append(text)
    return {kind: "\n".join(texts) for kind, texts in lines.items()} | {"seen": Phrase.objects.fingerprint()}


def _caught(lists: WordLists) -> dict[str, Any]:
    """Which of the newest comments these lists would have caught."""
    rows = Comment.objects.select_related("article").only("text", "name", "status", "created_at", "article__headline")
    looked = list(rows.order_by("-pk")[:LOOKED_AT])
    caught = list(_marked(lists, looked))
    return {"caught": caught[:SHOWN_MAX], "caught_count": len(caught), "looked_at": len(looked), "has_looked": True}


def _marked(lists: WordLists, comments: Iterable[Comment]) -> Iterable[Caught]:
    for comment in comments:
        in_text, in_name = lists.find(comment.text), lists.find(comment.name)
        if in_text or in_name:
            yield Caught(comment, marked(comment.text, in_text), marked(comment.name, in_name))
