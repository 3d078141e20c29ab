"""The form of a picture: files to bring in, or another file for the picture that there is."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from articles.admin.uses import changed_at_once
from articles.intake import BYTES_MAX, PictureRefused, Prepared, Received, receive, replacement
from articles.models import Article, Image

WORDS: Final = ("alt", "decorative", "caption", "credit", "credit_url", "source", "licence")
FOCAL: Final = ("focal_x", "focal_y")
ACCEPTED: Final = "image/jpeg,image/png,image/webp,image/gif,image/avif"
#: Files that one form brings; a script sends them one by one, as many as there are.
FILES_MAX: Final = 50


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """One file or several: cleans to a list. What is wrong with a file is said when it is read."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "allow_empty_file": True})

    def clean(self, data: Any, initial: Any = None) -> Any:
        if len(data or []) > FILES_MAX:
            raise ValidationError(_("At most %(n)d files at once."), params={"n": FILES_MAX})
        return [super(FilesField, self).clean(file, initial) for file in data or [None]]


class ImageForm(forms.ModelForm):  # type: ignore[type-arg]
    upload = FilesField(
        label=_("Files"),
        help_text=_("JPEG, PNG, WebP, GIF or AVIF; at most %d MB each. Several at once: describe each afterwards.")
        % (BYTES_MAX // 1024 // 1024),
    )
    another = forms.FileField(
        required=False,
        allow_empty_file=True,
        label=_("Another file instead"),
        help_text=_("Every place that shows the picture shows the new file; words and credit stay."),
    )

    #: A picture's words are the same wherever it stands: whoever changes them for readers says so.
    at_once = forms.BooleanField(required=False, label=_("Change it for readers at once"))

    class Meta:
        model = Image
        fields = (*WORDS, *FOCAL)

    user: Any = None
    #: Stories of readers that would change at once, where nobody has said yes to that yet.
    asks_about: Sequence[Article] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received: list[Received] = []
        self.prepared: Prepared | None = None
        self.fields.pop("upload" if self.instance.pk else "another", None)
        for name in {"upload", "another"} & self.fields.keys():
            self.fields[name].widget.attrs["accept"] = ACCEPTED
        for name in set(FOCAL) & self.fields.keys():
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in FOCAL:
            data[name] = 50 if data.get(name) is None else data[name]
        if not self.errors and data.get("another"):
            self._read_another(data["another"])
        if not self.errors and self.instance.pk:
            self._ask(data)
        if not self.errors and "upload" in data:
            self._take_in(data)
        return data

    def _ask(self, data: dict[str, Any]) -> None:
        self.asks_about = () if data["at_once"] else changed_at_once(self.instance, self.changed_data)
        if n := len(self.asks_about):
            self.fields["at_once"].widget.attrs["autofocus"] = True  # the page opens at the question
            one, many = "Readers see this at once in %d story: ", "Readers see this at once in %d stories: "
            what = _("say yes to that under “Used in”, and save again. Nothing is saved yet.")
            raise ValidationError(f"{ngettext(one, many, n) % n}{what}", code="at_once")

    def _read_another(self, file: Any) -> None:
        try:
            self.prepared = replacement(self.instance, file)
        except PictureRefused as error:
            self.add_error("another", str(error))

    def _take_in(self, data: dict[str, Any]) -> None:
        """Each file in a transaction of its own: what is refused keeps no other back."""
        files = data["upload"]
        names = (
            ImageForm.Meta.fields if len(files) == 1 else [name for name in WORDS if name not in {"alt", "decorative"}]
        )
        for file in files:
            try:
                self.received.append(receive(file, by=self.user, **{name: data[name] for name in names}))
            except PictureRefused as error:
                self.add_error("upload", f"{file.name}: {error}" if len(files) > 1 else str(error))
        if self.errors and (n := len(self.received)):
            self.add_error("upload", ngettext("%d other is in the library.", "%d others are in the library.", n) % n)
