"""The buttons of a story's form: which steps are open to this person now, and taking one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.forms import ArticleForm
from articles.models import Article
from articles.models.site_settings import site_settings
from articles.models.workflow import StepRefused
from articles.permissions import can
from articles.readiness import CHECKED, checklist_of, checklist_of_form, refuse_unready

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.forms import BaseForm

    from newsroom.accounts.models import User

_LABELS: Final = {
    "submit": _("Submit for review"),
    "approve": _("Approve"),
    "send_back": _("Send back"),
    "publish": _("Publish now"),
    "schedule": _("Schedule"),
    "unschedule": _("Take back from schedule"),
    "publish_update": _("Publish update"),
    "break_news": _("Break…"),
    "prolong": _("Prolong…"),
    "end_breaking": _("End breaking"),
    "withdraw": _("Withdraw"),
    "reinstate": _("Reinstate"),
}
#: Steps that have a page of their own: a link leads to it.
_ON_A_PAGE: Final = frozenset({"break_news", "prolong"})


@dataclass(frozen=True)
class Step:
    name: str
    #: The page that the step is taken on; '' where the form's own button takes it.
    url: str = ""

    @property
    def label(self) -> str:
        return str(_LABELS[self.name])


def steps_for(user: "User | AnonymousUser", article: Article | None) -> list[Step]:
    """The steps that make sense for the story as it stands now, in the order of its life."""
    story = article or Article(created_by_id=user.pk)
    open_ = [name for name in _LABELS if can(user, name, story) and _is_timely(name, story)]
    return [Step(name, reverse("break_story", args=[story.pk]) if name in _ON_A_PAGE else "") for name in open_]


def _is_timely(name: str, story: Article) -> bool:
    scheduled = story.is_scheduled(timezone.now())
    if name == "unschedule" or (name in {"publish", "schedule"} and story.status == Article.Status.PUBLISHED):
        return scheduled
    if name == "publish_update":
        return story.is_out(timezone.now())
    if name == "break_news":
        return not story._state.adding and not story.is_breaking
    if name in {"prolong", "end_breaking"}:
        return story.is_breaking
    return not (name == "withdraw" and scheduled)


def take_step(name: str, article: Article, *, by: Any, form: "BaseForm | None") -> str:
    """Take a step and return a sentence about it. Raises StepRefused when it is not open (any more)."""
    article.refresh_from_db()
    if name not in _LABELS or name in _ON_A_PAGE or not can(by, name, article):
        raise StepRefused(gettext("That step is not open to you in the story’s present state."))
    data = form.cleaned_data if form else {}
    if name in CHECKED:
        written = form if isinstance(form, ArticleForm) else None
        refuse_unready(checklist_of_form(written) if written else checklist_of(article), data.get("accept", ""))
    verb: Callable[..., None] = _verb(name, article, data)
    # Before the step: what is read after its stamp is raised, and not committed yet, would be kept under that too early.
    said = _sentence(name, data)
    verb(by=by)
    return said


def _verb(name: str, article: Article, data: dict[str, Any]) -> Callable[..., None]:
    from functools import partial

    note = data.get("note", "")
    if name == "schedule":
        if not data.get("publish_on") or data["publish_on"] <= timezone.now():
            raise StepRefused(gettext("To schedule, choose a day and a time in the future under “Publish on”."))
        return partial(article.publish, at=data["publish_on"], note=note)
    if name == "publish_update":
        return partial(article.publish_update, base=article.version, material=bool(data.get("material")), note=note)
    if name == "withdraw":
        if not note.strip():
            raise StepRefused(gettext("To withdraw, write the reason into “Note”: readers are shown it."))
        return partial(article.withdraw, reason=note)
    verb: Callable[..., None] = getattr(article, name)
    return partial(verb, note=note)


def _sentence(name: str, data: dict[str, Any]) -> str:
    if name == "schedule":
        return gettext("Scheduled for %s.") % moment(data["publish_on"])
    return {
        "submit": gettext("Handed in for review."),
        "approve": gettext("Approved: ready to publish."),
        "send_back": gettext("Sent back to its author."),
        "publish": gettext("Published."),
        "unschedule": gettext("Taken back from the schedule."),
        "publish_update": gettext("Published: readers see the story as it stands below."),
        "end_breaking": gettext("No longer breaking."),
        "withdraw": gettext("Withdrawn. Its address now says so, with the reason."),
        "reinstate": gettext("Published again."),
    }[name]


def moment(value: Any) -> str:
    """With the time zone named: “19 November 2026, 14:52 CET”."""
    local = value.astimezone(site_settings().zone)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
