"""The form that a story is written in."""

import re
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles import body_pictures
from articles.headlines import is_label, without_label
from articles.models import Article, Author
from articles.models.snapshot import SETS, Data, bylines_of, form_values, hang, snapshot
from articles.richtext import ArticleBodyField
from newsroom.lib.text import one_line

if TYPE_CHECKING:
    from articles.admin.conflict import Conflict

#: Lines for names that the form offers at least.
BYLINES: Final = 3
POINTS_MAX: Final = 5
KICKER: Final = _("Breaking")


class BylinesWidget(forms.MultiWidget):
    """One line a name: who, and in which role. The order of the lines is the order of the byline."""

    template_name = "admin/articles/bylines.html"

    def __init__(self, lines: int, authors: list[tuple[Any, str]]) -> None:
        role = {"placeholder": _("By"), "maxlength": 60, "aria-label": _("Role")}
        choices = [("", "—"), *authors]
        pairs = [
            (forms.Select(choices=choices, attrs={"aria-label": _("Author")}), forms.TextInput(attrs=role))
            for _line in range(lines)
        ]
        super().__init__([widget for pair in pairs for widget in pair])

    def decompress(self, value: Any) -> list[Any]:
        return list(value or [])


class BylinesField(forms.MultiValueField):
    """Cleans to `[(author id, role), ...]` in the order of the lines; empty lines fall out."""

    def __init__(self, *, lines: int, **kwargs: Any) -> None:
        authors = [(author.pk, author.name) for author in Author.objects.order_by("-is_active", "name")]
        choices = [("", "—"), *authors]
        fields: list[forms.Field] = []
        for _line in range(lines):
            fields += [
                forms.TypedChoiceField(choices=choices, coerce=int, empty_value=None, required=False),
                forms.CharField(required=False, max_length=60),
            ]
        widget = BylinesWidget(lines, authors)
        super().__init__(fields=fields, widget=widget, required=False, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> list[tuple[int, str]]:
        pairs = [(author, role or "") for author, role in zip(data_list[::2], data_list[1::2], strict=True) if author]
        if len({author for author, _role in pairs}) < len(pairs):
            raise forms.ValidationError(gettext("The same author stands in two lines."), code="twice")
        return pairs


class ArticleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Everything that a reader sees is a field here, so what is saved is one whole story."""

    #: Whoever saved first, where this form comes second (articles.admin.saving).
    conflict: ClassVar["Conflict | None"] = None
    #: What was typed before and not saved: the form opens with it.
    restored: ClassVar[QueryDict | None] = None
    #: Names this open form, so that what is kept of it meanwhile is told from that of another one.
    draft_token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    #: Whether saving keeps a working draft; decided once, since a scheduled story may become due meanwhile.
    is_draft: bool = False
    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    #: The revision that the form was opened with: what two texts are put together on.
    base_revision = forms.CharField(widget=forms.HiddenInput, required=False)
    material = forms.TypedChoiceField(
        required=False,
        label=_("Does the change matter to readers?"),
        choices=[
            ("", _("No: a typo, a link, a comma. The story shows the same time as before.")),
            ("on", _("Yes. The story shows that it was updated, and when.")),
        ],
        coerce=bool,
        widget=forms.RadioSelect,
    )
    move_label = forms.BooleanField(
        required=False,
        label=_("Move “BREAKING” to the kicker"),
        help_text=_(
            "The headline stays as you write it. The word makes no page red: “Break” does, and ends by itself."
        ),
    )
    #: Stands for the lines that `__init__` makes, as many as the story needs.
    bylines = forms.Field(required=False, label=_("Byline"))
    #: The warnings of the checklist that the editor has seen and publishes in spite of.
    accept = forms.CharField(required=False, max_length=1000)
    note = forms.CharField(required=False, label=_("Note"), max_length=500, widget=forms.TextInput)
    publish_on = forms.SplitDateTimeField(required=False, label=_("Publish on"), widget=AdminSplitDateTime)

    class Meta:
        model = Article
        fields = (
            *("kind", "headline", "slug", "kicker", "standfirst", "key_points", "body", "section", "also_in", "topics"),
            *("related", "lead_image", "lead_caption", "video_url", "video_duration", "embargo_until", "expire_at"),
            *("replacement", "comments_mode", "ratings_on", "suppress_asks", "disclaimer", "seo_title"),
            *("seo_description", "social_headline", "social_image", "canonical_url", "noindex"),
        )
        widgets = {
            "headline": forms.Textarea(attrs={"rows": 2, "class": "headline-input"}),
            "standfirst": forms.Textarea(attrs={"rows": 3}),
            "key_points": forms.Textarea(attrs={"rows": 5}),
            "disclaimer": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        story: Article | None = kwargs.get("instance")
        draft = story.working_draft.data if story and story.working_draft else {}
        # What is shown at first, and what "changed" is measured by, is the working draft where there is one.
        kwargs["initial"] = (form_values(draft) if draft else {}) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        stored = draft["bylines"] if draft else bylines_of(self.instance) if self.instance.pk else []
        lines = max(BYLINES, len(stored) + 1, self._lines_typed())
        flat = [part for pair in stored for part in pair]
        self.fields["bylines"] = BylinesField(lines=lines, label=_("Byline"), initial=flat)
        self.initial["base_version"] = self.instance.version
        self.initial["base_revision"] = self.instance.shown_revision_id if story and not self.is_bound else None
        self.initial["draft_token"] = secrets.token_hex(16)
        self._name_the_halves_of_moments()
        if self.restored is not None:
            for name, field in self.fields.items():
                self.initial[name] = field.widget.value_from_datadict(self.restored, {}, self.add_prefix(name))

    def _lines_typed(self) -> int:
        """Lines of the byline in the form that was posted, at the most ten times what it offers at least."""
        typed = self.data if self.is_bound else self.restored or {}
        return sum(f"bylines_{2 * n}" in typed for n in range(10 * BYLINES))

    def _name_the_halves_of_moments(self) -> None:
        """Django's widget for a moment is two inputs under one label: each says which of the two it is."""
        for field in self.fields.values():
            if isinstance(field.widget, AdminSplitDateTime):
                for half, name in zip(field.widget.widgets, (gettext("date"), gettext("time")), strict=True):
                    half.attrs["aria-label"] = f"{field.label}: {name}"

    def clean_headline(self) -> str:
        headline = one_line(self.cleaned_data["headline"])
        if not any(character.isalnum() for character in headline):
            raise forms.ValidationError(gettext("Write a headline that has words in it."), code="empty")
        return headline

    def clean_key_points(self) -> str:
        points = [line.strip() for line in self.cleaned_data["key_points"].splitlines() if line.strip()]
        if len(points) > POINTS_MAX:
            message = gettext("Up to five key points; these are %(n)d.")
            raise forms.ValidationError(message, params={"n": len(points)}, code="many")
        return "\n".join(points)

    def clean_body(self) -> str:
        """Pictures of the library are tied to their row there."""
        return body_pictures.adopt(self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._clean_video(data)
        self._clean_published(data)
        self._clean_label(data)
        self._clean_moment(data)
        if self.conflict:
            raise forms.ValidationError(self.conflict.sentence, code="conflict")
        return data

    def _clean_video(self, data: dict[str, Any]) -> None:
        if data.get("kind") == Article.Kind.VIDEO and not data.get("video_url"):
            self.add_error("video_url", gettext("A video story needs the address of its video."))
        if data.get("kind") == Article.Kind.VIDEO and not data.get("video_duration"):
            self.add_error("video_duration", gettext("A video story says how long its video is."))

    def _clean_published(self, data: dict[str, Any]) -> None:
        """What the database would refuse of a published story, said beside the field."""
        story = self.instance
        expires, embargo = data.get("expire_at"), data.get("embargo_until")
        if story.publish_at and expires and expires <= story.publish_at:
            self.add_error("expire_at", gettext("A story must expire after it is published."))
        if story.status == Article.Status.PUBLISHED and embargo and story.publish_at and embargo > story.publish_at:
            self.add_error("embargo_until", gettext("The story is published before that: unschedule it first."))
        same = Article.objects.filter(dated=story.dated, slug=data.get("slug")).exclude(pk=story.pk)
        if story.dated and data.get("slug") and same.exists():
            self.add_error("slug", gettext("Another story of that day has this slug."))

    def _clean_moment(self, data: dict[str, Any]) -> None:
        """Whoever presses “Schedule” is told beside the field what is wrong with the moment."""
        if self.data.get("_step") != "schedule" or "publish_on" in self.errors:
            return
        moment, now = data.get("publish_on"), timezone.now()
        if not moment or moment <= now:
            self.add_error("publish_on", gettext("To schedule, choose a day and a time in the future."))
            return
        typed = Article(embargo_until=data.get("embargo_until"), expire_at=data.get("expire_at"))
        if wrong := typed.what_speaks_against(moment):
            self.add_error("publish_on", wrong)

    def _clean_label(self, data: dict[str, Any]) -> None:
        """“BREAKING:” leaves the headline only when the editor says so."""
        headline = data.get("headline", "")
        if data.get("move_label") and without_label(headline) != headline:
            data["headline"] = without_label(headline)
            data["kicker"] = data.get("kicker") or str(KICKER)
            self.instance.kicker = data["kicker"]

    @cached_property
    def changed_data(self) -> list[str]:
        """What somebody typed: the history names it."""
        return [name for name in super().changed_data if not self.fields[name].widget.is_hidden]

    def dressed(self) -> Article:
        """The story as it stands in the form, names, topics and all, in memory alone: to be compared or looked at.

        Call it after `is_valid()`; where a field has an error the story keeps what it had.
        """
        story: Article = self.instance
        data = self.cleaned_data
        hang(story, data.get("bylines") or [], {name: list(data.get(name) or ()) for name in SETS})
        return story

    def posted_with(self, data: Data, names: Iterable[str]) -> QueryDict:
        """What was posted, but with some fields, by their names in a snapshot, as `data` has them."""
        posted = cast("QueryDict", self.data).copy()
        values = form_values(data) | {"bylines": [part for pair in data["bylines"] for part in pair]}
        for name in (name.removesuffix("_id") for name in names):
            value, widget = values[name], self.fields[name].widget
            for key in [key for key in posted if key == name or re.fullmatch(rf"{name}_\d+", key)]:
                del posted[key]
            if isinstance(widget, forms.MultiWidget):
                posted.update({f"{name}_{n}": _typed(part) for n, part in enumerate(widget.decompress(value) or ())})
            elif isinstance(value, list):
                posted.setlist(name, [_typed(each) for each in value])
            elif value is not False:
                posted[name] = "on" if value is True else _typed(value)
        return posted

    def save_bylines(self) -> None:
        self.instance.name_authors(self.cleaned_data["bylines"] or [])

    def snapshot(self) -> Data:
        """The whole story as it stands in the form, stored or not."""
        story = self.dressed()
        story.name_slug()
        story.body = ArticleBodyField.clean_html(story.body)
        return snapshot(story)

    @property
    def offers_label(self) -> bool:
        """Whether the headline begins with a typed “BREAKING”."""
        headline = self["headline"].value() or ""
        return without_label(headline) != headline or is_label(headline)


def _typed(value: Any) -> str:
    return "" if value is None else str(value)
