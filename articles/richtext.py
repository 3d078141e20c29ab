"""The editor seam: the body field, how bodies are cleaned, and which widget an editor types into.

Another editor is one more entry in `_WIDGETS` and, if it needs one, a policy of its own: what is stored is the sanitised
subset of HTML, whoever wrote it.
"""

from collections.abc import Callable
from typing import Any, Final

from csp.constants import SELF, UNSAFE_INLINE
from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponseBase
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles import blocks
from articles.passages import QUESTIONS_MAX, count_questions
from newsroom.lib.html import ARTICLE_MAX, EMBED_HOSTS, QUESTION_MAX, TooMuchHTML

#: What CKEditor 4 needs on top of the site's policy, and only on forms that hold it: its buttons have inline handlers.
CKEDITOR_POLICY: Final = {
    "script-src-elem": [SELF],
    "script-src-attr": [UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}
_CKEDITOR: Final[dict[str, Any]] = {
    "skin": "moono-lisa",
    "toolbar": [
        ["Format", "Styles", "Bold", "Italic", "RemoveFormat"],
        ["Link", "Unlink", "BulletedList", "NumberedList", "Blockquote", "PullQuote"],
        ["AddPicture", "AddEmbed", "AddRelated", "Table", "HorizontalRule", "SpecialChar"],
        ["AskReaders"],
        ["Undo", "Redo", "Find", "Source", "Maximize"],
    ],
    # divarea: no frame, so that the policy of the page can stay without inline script elements.
    "extraPlugins": "divarea,image2,autolink,uploadimage",
    "removePlugins": (
        "wysiwygarea,image,flash,iframe,scayt,wsc,exportpdf,stylesheetparser,about,forms,smiley,newpage,print,preview,"
        "save,templates,elementspath,font,colorbutton,colordialog,div,pagebreak,language,bidi,copyformatting,uploadfile"
    ),
    "removeDialogTabs": "link:advanced;link:target;image:advanced",
    "format_tags": "p;h2;h3",
    "image2_alignClasses": ["align-left", "align-center", "align-right"],
    "image2_captionedClass": "image",
    "image2_disableResizer": True,
    # What the sanitiser lets through stays as it is when a story is opened again; everything else is dropped on paste.
    "extraAllowedContent": (
        "p h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote footer table caption thead tbody tfoot tr div aside details summary"
        " hr pre code kbd samp var mark small s del ins sub sup abbr cite q time ruby rt rp bdi bdo wbr span u"
        " [data-block,lang,dir,title];"
        "figure(image,embed,pull,align-left,align-right,align-center,full-width)[data-embed,data-block];figcaption;"
        "aside(note,related)[data-block,data-story];"
        "p(lead)[data-block];span(place);span(question)[data-question];table(wide)[data-block];"
        "td th(n)[colspan,rowspan,scope];time[datetime];ol[start,reversed];li[value];a[href,hreflang,title];"
        "img[src,alt,width,height,data-image]"
    ),
    "disallowedContent": "script style iframe object embed form input; *[on*]; *{*}",
    "clipboard_handleImages": False,  # uploadimage does that
    "versionCheck": False,
    "disableNativeSpellChecker": False,
    "filebrowserUploadUrl": "",
    "fillEmptyBlocks": False,
    "entities": False,
    "height": 460,
    "width": "100%",
}


#: What the editor loads of ours, after itself.
_SCRIPTS: Final = ("editor", "ask_readers", "upload", "picker", "stories", "pieces", "embeds")
#: The site's own stylesheets of a story's text, in their order (static/site.css): what the editor sees is what readers get.
PROSE: Final = ("newsroom/reset.css", "newsroom/base.css", "articles/article.css", "articles/prose.css")


class ArticleBodyField(models.TextField):  # type: ignore[type-arg]
    """HTML that is sanitised on every save, whoever saves it. Migrations see a plain TextField."""

    @staticmethod
    def clean_html(html: str) -> str:
        """Raises newsroom.lib.html.TooMuchHTML before it starts on input that would take long."""
        return blocks.clean(html or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.clean_html(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:  # type: ignore[override]
        # The admin's own table of widgets knows text areas only.
        return super().formfield(**{**kwargs, "form_class": BodyFormField, "widget": editor_widget()})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class BodyFormField(forms.CharField):
    """Cleans at once, so that what the form says of the text (too long, empty) is said of what will be stored."""

    #: What was typed last and what it is cleaned to: a form asks once for its data and once for what has changed.
    _cleaned: tuple[Any, str] = (None, "")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def to_python(self, value: Any) -> str:
        if value != self._cleaned[0]:
            self._cleaned = value, self._clean(value)
        return self._cleaned[1]

    def _clean(self, value: Any) -> str:
        html = super().to_python(value) or ""
        try:
            html = ArticleBodyField.clean_html(html)
        except TooMuchHTML as error:
            sentence = _(
                "The text is too long or nested too deeply: %(most)s characters, markup included, are the most."
            )
            raise ValidationError(sentence, params={"most": f"{ARTICLE_MAX:,}"}) from error
        if count_questions(html) > QUESTIONS_MAX:
            raise ValidationError(
                _("A text asks readers %(most)s questions at the most."), params={"most": QUESTIONS_MAX}
            )
        return html


def editor_widget() -> forms.Widget:
    """What editors type into, as `NEWSROOM_EDITOR` says."""
    return _WIDGETS.get(settings.NEWSROOM_EDITOR, _ckeditor)()


def allow_editor(response: HttpResponseBase) -> HttpResponseBase:
    """Give a page that holds the editor what it needs beyond the site's policy."""
    if settings.NEWSROOM_EDITOR == "ckeditor":
        response._csp_replace = CKEDITOR_POLICY  # type: ignore[attr-defined]
    return response


def _ckeditor() -> forms.Widget:
    from ckeditor.widgets import CKEditorWidget

    class CKEditor(CKEditorWidget):  # type: ignore[misc]
        """django-ckeditor's widget with our configuration and with uploads that carry the form's CSRF token."""

        #: Sent as multipart, a long text weighs what it weighs; URL-encoded it would weigh up to three times that.
        needs_multipart_form = True

        @property
        def media(self) -> forms.Media:
            # The editor once more, so that ours comes after it whatever else the page loads.
            ours = forms.Media(
                css={
                    "all": [
                        "newsroom/fonts.css",
                        _as_readers_see(),
                        "articles/admin/editor.css",
                        "articles/admin/library.css",
                        "articles/admin/stories.css",
                    ]
                },
                js=["ckeditor/ckeditor/ckeditor.js", *(f"articles/admin/{name}.js" for name in _SCRIPTS)],
            )
            media: forms.Media = super().media + ours
            return media

        def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
            self.config = _ckeditor_config()
            return super().get_context(name, value, attrs)  # type: ignore[no-any-return]

    return CKEditor()


def _ckeditor_config() -> dict[str, Any]:
    try:
        upload = reverse("articles_upload")
    except NoReverseMatch:
        upload = ""
    return _CKEDITOR | {
        "uploadUrl": upload,
        "filebrowserImageUploadUrl": upload,
        "contentsCss": [static("articles/admin/editor.css")],
        "image2_altRequired": False,
        "title": gettext("Text of the story"),
        "pieces": _pieces(),
        "stylesSet": [
            {"name": gettext("Lead-in"), "element": "p", "attributes": {"class": "lead"}},
            {"name": gettext("Place"), "element": "span", "attributes": {"class": "place"}},
            {"name": gettext("Small"), "element": "small"},
        ],
        "askReaders": {
            "most": QUESTION_MAX,
            "label": gettext("Ask readers"),
            "question": gettext("What do you ask readers at these words?"),
            "hint": gettext("Readers see a mark at the words, and the question when they open it."),
            "remove": gettext("Take the question away"),
            "select": gettext("Select the words, within one paragraph, that the question is about."),
            "empty": gettext("Write the question."),
        },
    }


def _as_readers_see() -> str:
    """The address of `articles.views.prose_in_editor`."""
    try:
        return reverse("articles_prose")
    except NoReverseMatch:
        return "articles/prose.css"


def _pieces() -> dict[str, Any]:
    """What the editor's own buttons say, and where they search."""
    return {
        "hosts": sorted(EMBED_HOSTS),
        "picture": gettext("Picture"),
        "library": reverse("admin:articles_image_dialog"),
        "related": gettext("Related story"),
        "stories": {
            "url": reverse("admin:articles_article_pick"),
            "title": gettext("A story to read as well"),
            "search": gettext("Search stories"),
            "close": gettext("Close"),
            "failed": gettext("The search did not answer: try again."),
            "none": gettext("Nothing found."),
        },
        "readAlso": gettext("Read also:"),
        "embed": gettext("Video or post"),
        "address": gettext("Address of the video or the post"),
        "unknown": gettext("That is no address of a site whose videos and posts are shown here."),
        "still": gettext("Choose the still"),
        "without": gettext("Draw it instead"),
        "drawn": gettext("The still is drawn: no picture is chosen."),
        "facade": gettext("Readers see a still; nothing is loaded from there before they press play."),
        "pull": gettext("Pull quote"),
        "quote": gettext("The words that are pulled out"),
    }  # fmt: skip


def _textarea() -> forms.Widget:
    return AdminTextareaWidget(attrs={"rows": 28, "spellcheck": "true"})


_WIDGETS: Final[dict[str, Callable[[], forms.Widget]]] = {"ckeditor": _ckeditor, "textarea": _textarea}
