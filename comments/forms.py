"""What readers fill in: a comment, a report, an address to follow a discussion."""

import functools
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from comments import markup
from comments.chosen import Chosen
from comments.models import Comment, Flag, Subscription
from newsroom.accounts.models import Reader
from newsroom.lib.text import one_line

TEXT_MAX = 3000


#: What a comment can be posted with; nothing is ticked beforehand.
NOTIFY_OF = (
    (Subscription.Kind.ALL, _("new follow-up comments")),
    (Subscription.Kind.REPLIES, _("new replies to my comments")),
)


class Lines(forms.CharField):
    """Text whose line ends count as one character, as they do for whoever types."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if text else text


class _Written(forms.Form):
    """What every form with a comment's text has."""

    text = Lines(
        label=_("Your comment"),
        min_length=2,
        max_length=TEXT_MAX,
        help_text=_(
            "Links, *italics*, > quotes, `code` and ||spoilers|| work. A moderator reads first comments before they appear."
        ),
        widget=forms.Textarea(attrs={"class": "input", "rows": 4}),
        error_messages={"required": _("Write what you want to say.")},
        strip=False,
    )

    @property
    def trapped(self) -> bool:
        """Whether a field is filled in that people do not see."""
        return False

    def clean_text(self) -> str:
        text = markup.tidy(self.cleaned_data["text"])
        if len(text.strip("> *`|\n")) < 2:
            raise forms.ValidationError(_("Write what you want to say."), code="required")
        return text

    @property
    def whole(self) -> str:
        """The comment's text as it is to be."""
        return str(self.cleaned_data["text"])

    @property
    def errors_in_order(self) -> list[tuple[str, str]]:
        """Each error once, with the id of the field that it is about."""
        return [(self[name].auto_id, str(error)) for name in self.fields for error in self.errors.get(name, [])]


class CommentForm(_Written):
    """A comment or a reply. A reader who is known already (`reader`) may leave name and address empty.

    What nothing can be wrong with is no field: it is read as it was sent (`trapped`, `seconds`, `notify_chosen`).
    """

    name = forms.CharField(
        label=_("Name"),
        min_length=2,
        max_length=50,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"}),
        error_messages={"required": _("Write the name that is to stand beside your comment.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email", "dir": "ltr"}),
        error_messages={"required": _("Write your e-mail address. It is not shown.")},
    )
    notify_choices = NOTIFY_OF

    def __init__(
        self,
        *args: Any,
        reader: Reader | None = None,
        place: str = "comment",
        passage: Chosen | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs |= {"auto_id": f"{place}-%s", "use_required_attribute": False}
        super().__init__(*args, **kwargs)
        self.place, self.reader = place, reader
        #: The words of the story that the comment is about.
        self.passage: Chosen | None = Chosen.of(self.data) if self.is_bound else passage
        self.is_known = bool(reader and (reader.is_member or (reader.name and reader.email)))
        self.fields["name"].required = self.fields["email"].required = not self.is_known
        if reader and reader.is_member:
            del self.fields["name"], self.fields["email"]

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"], longest=50)
        if self.fields["name"].required and not any(character.isalnum() for character in name):
            raise forms.ValidationError(_("Write a name with letters in it."), code="invalid")
        return name

    @property
    def trapped(self) -> bool:
        """What fills every field it finds fills this one too."""
        return bool(self.data.get("homepage", "").strip())

    @property
    def seconds(self) -> float | None:
        """From the first touch of the form to its sending; None where the page's script did not measure it."""
        took = self.data.get("took", "")
        return int(took) / 1000 if took.isascii() and took.isdigit() and len(took) < 9 else None

    @property
    def notify_chosen(self) -> list[str]:
        ticked = self.data.getlist("notify") if isinstance(self.data, QueryDict) else self.initial.get("notify", [])
        return [kind for kind, _label in NOTIFY_OF if kind in ticked]

    def as_typed(self) -> "CommentForm":
        """The same form with the same words in it, and nothing said about them yet."""
        typed = {name: self.data.get(name, "") for name in ("text", "name", "email")}
        initial = typed | {"notify": self.notify_chosen}
        return CommentForm(initial=initial, reader=self.reader, place=self.place, passage=self.passage)

    @property
    def is_untouched(self) -> bool:
        """Whether it is the one of every page: nobody is known, nothing is written, nothing is answered."""
        return self is untouched_form()

    @property
    def hides_who(self) -> bool:
        """Whether name and address are known and nothing about them must be mended."""
        return self.is_known and not ({"name", "email"} & self.errors.keys())


@functools.cache
def untouched_form() -> CommentForm:
    """As everybody gets it who is not known. One for all: whoever fills it in or changes it makes another."""
    return CommentForm()


class EditForm(_Written):
    """New words for a comment; where it is answered already, words that are added to it."""

    #: Which text the writer had before them.
    version = forms.IntegerField(min_value=1, max_value=32767, widget=forms.HiddenInput)
    #: Whether they were told that words can only be added.
    adds = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, comment: Comment, **kwargs: Any) -> None:
        self.comment, self.only_adds = comment, comment.reply_count > 0
        kwargs |= {"auto_id": f"edit-{comment.pk}-%s", "use_required_attribute": False}
        kwargs["initial"] = {"text": "" if self.only_adds else comment.text}
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("Readers can see what you changed.")
        if self.only_adds:
            self.fields["text"].label = _("Your addition")
            self.fields["text"].help_text = _("Your comment is answered, so its words stay. You can add to them.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors or self.is_repeat:
            return cleaned
        if self.only_adds and not cleaned["adds"]:
            self.add_error(
                "text", _("Somebody answered meanwhile, so its words stay. Write only what you want to add.")
            )
        elif cleaned["version"] != self.comment.version:
            self.add_error(None, _("You changed this comment elsewhere meanwhile. Open it again."))
        elif (over := len(self.whole) - TEXT_MAX) > 0:
            says = ngettext("That is %(n)d character too many.", "That is %(n)d characters too many.", over)
            self.add_error("text", says % {"n": over})
        return cleaned

    @property
    def whole(self) -> str:
        return self.comment.text + self._addition if self.only_adds else super().whole

    @property
    def is_repeat(self) -> bool:
        """Whether these words are stored already: Save was pressed twice."""
        now = self.comment.text
        return bool(now == self.cleaned_data["text"] or now.endswith(self._addition))

    @property
    def _addition(self) -> str:
        return f"\n\n**{gettext('Update:')}** {self.cleaned_data['text']}"


class FlagForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=Flag.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong with it.")},
    )
    note = forms.CharField(
        label=_("Anything else the moderator should know"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "input"}),
    )

    def clean_note(self) -> str:
        return one_line(self.cleaned_data["note"], longest=300)


class FollowForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email", "dir": "ltr"}),
        error_messages={"required": _("Write the address that letters are to go to.")},
    )


class WishesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """How a reader wants to be told; notices on the site are for members, who can be recognised there."""

    class Meta:
        model = Reader
        fields = ("pace", "notices_on")
        widgets = {"pace": forms.RadioSelect}
        labels = {"pace": _("When letters come"), "notices_on": _("Tell me on the site as well")}

    def __init__(self, data: QueryDict | None = None, *, instance: Reader) -> None:
        super().__init__(data, instance=instance, auto_id="wishes-%s", use_required_attribute=False)
        if not self.instance.is_member:
            del self.fields["notices_on"]
