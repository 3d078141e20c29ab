"""What a reporter types into a live page: one plain field, a picture, two ticks."""

import uuid
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.admin.pictures import PictureWidget
from articles.intake import PictureRefused, take_in
from articles.live_text import TEXT_MAX, tidy
from articles.models import LiveUpdate, Outrun, SentBefore
from articles.models.workflow import StepRefused

if TYPE_CHECKING:
    from newsroom.accounts.models import User

_TOO_LONG: Final = _("A post has %(limit_value)s characters at the most; this one has %(show_value)s.")


class MarksForm(forms.ModelForm):  # type: ignore[type-arg]
    """What every post has. `base`: the number of the row that an edit was based on."""

    #: Whether the last try to store was too late.
    is_outrun = False
    base = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = LiveUpdate
        fields = ("headline", "key_event", "pinned")

    def __init__(self, *args: Any, user: "User | AnonymousUser", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert not isinstance(user, AnonymousUser)
        self.user = user
        self.fields["headline"].label = _("Headline (may be empty)")
        self.fields["headline"].widget.attrs["autocomplete"] = "off"
        self.fields["base"].initial = self.instance.seq

    def clean_base(self) -> int:
        """A number that nobody can have was no base."""
        base = self.cleaned_data["base"]
        return base if base is not None and 0 < base < 2**31 else 0

    def rewrite(self) -> bool:
        """Whether the edit was stored. If not, somebody was faster, and the next press is based on what they wrote."""
        try:
            self.instance.rewrite(base=self.cleaned_data["base"], by=self.user)
        except Outrun:
            self.is_outrun = True
            self.add_error(None, gettext("Nothing was stored: the post was changed meanwhile. Your text is below."))
            return False
        return True

    def based_on(self, seq: int) -> None:
        """What the form says on the next page that it was based on."""
        self._say(base=str(seq))

    def _say(self, **fields: str) -> None:
        self.data = {name: self.data[name] for name in self.data} | fields


class HtmlForm(MarksForm):
    """For a post that was written as HTML: it is edited in the stories' editor, because plain text would lose some."""

    class Meta(MarksForm.Meta):
        fields = ("headline", "body", "key_event", "pinned")  # type: ignore[assignment]


class PostForm(MarksForm):
    token = forms.RegexField(r"^[\w-]{8,40}\Z", required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=TEXT_MAX,
        error_messages={"max_length": _TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true", "maxlength": None}),
    )
    upload = forms.FileField(label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    camera = forms.FileField(
        label=_("Camera"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )
    alt = forms.CharField(label=_("What the new picture shows"), required=False, max_length=300)

    class Meta(MarksForm.Meta):
        fields = ("headline", "image", "key_event", "pinned")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].initial = self.instance.text
        self.fields["text"].widget.attrs.pop("maxlength", None)
        self.fields["token"].initial = uuid.uuid4().hex
        relation = LiveUpdate._meta.get_field("image").remote_field
        self.fields["image"].widget = PictureWidget(relation, admin.site)
        self.fields["image"].error_messages["invalid_choice"] = _("The library has no picture of that number.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.instance.text = tidy(data.get("text") or "")
        if not self.errors:
            self._take_picture(data)
        if not self.errors and not (self.instance.text or data["headline"].strip() or data["image"]):
            self.add_error("text", gettext("Nothing is written yet: type a few words, or add a picture."))
        self.instance.token = data.get("token") or uuid.uuid4().hex
        return data

    def _take_picture(self, data: dict[str, Any]) -> None:
        """The picture that came along goes into the library first; a refusal keeps what was typed."""
        file = data.get("camera") or data.get("upload")
        if not file:
            return
        if not self.user.has_perm("articles.add_image"):
            self.add_error("upload", gettext("You may not upload pictures: choose one from the library."))
            return
        try:
            data["image"] = take_in(file, by=self.user, alt=data.get("alt", "").strip())
        except PictureRefused as refused:
            self.add_error("upload", str(refused))

    def post(self) -> bool:
        """Whether the post stands on the page, by this sending or by one before; if not, the errors say why."""
        try:
            self.instance.post(by=self.user)
        except SentBefore as sent:
            if self._is_repeated(sent.first):
                return True
            self._say(token=uuid.uuid4().hex)
            moment = date_format(localtime(sent.first.published_at), "TIME_FORMAT")
            words = gettext(
                "This form was sent before, as the post of %s. Press “Post” again to post this text as well."
            )
            self.add_error(None, words % moment)
        except StepRefused as refusal:
            self.add_error(None, str(refusal))
        return not self.errors

    def _is_repeated(self, first: LiveUpdate) -> bool:
        """The same words again; an entry that was edited since was certainly received."""
        mine = self.instance
        same = (first.headline, first.text, first.image_id) == (mine.headline, mine.text, mine.image_id)
        return first.user_id == self.user.pk and (same or first.edited_at is not None)


def form_for(update: LiveUpdate) -> type[MarksForm]:
    return HtmlForm if update.pk and update.text is None else PostForm
