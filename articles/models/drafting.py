"""The verbs of a working draft: a published story is changed beside what readers see, and swapped in one step."""

from typing import TYPE_CHECKING, Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import search
from articles.models.redirect import Redirect
from articles.models.revision import Revision
from articles.models.snapshot import Data, is_same, snapshot, write
from articles.models.transition import Transition
from articles.models.versioned import Versioned
from articles.models.workflow import StepRefused
from newsroom.lib.models import Stamp

if TYPE_CHECKING:
    from articles.models.article import Article
    from articles.models.section import Section
    from newsroom.accounts.models import User


class Drafting(Versioned):
    """Each verb takes the next version first: whoever comes second gets SavedMeanwhile, and nothing is written."""

    class Meta:
        abstract = True

    @property
    def shown_revision_id(self) -> int | None:
        """The revision that the story's form shows: its working draft, or what its row held last."""
        article = cast("Article", self)
        held = article.revisions.filter(live=True).order_by("-number").values_list("pk", flat=True)
        return article.working_draft_id or held.first()

    def as_edited(self) -> Data:
        """The story as its editors have it: its working draft, or what its row holds."""
        article = cast("Article", self)
        return article.working_draft.data if article.working_draft else snapshot(article)

    @transaction.atomic
    def keep_draft(self, data: Data, *, base: int | None, by: "User | None", note: str = "") -> bool:
        """Keep `data`, written on top of version `base`, as the working draft; False (and no draft at all) where it says
        what readers see already.
        """
        return self._keep(self._stored(base), data, by, note)

    @transaction.atomic
    def discard_draft(self, *, base: int | None, by: "User | None", note: str = "") -> None:
        """The draft stays in the history and may be restored."""
        article = self._stored(base)
        if article.working_draft is None:
            raise StepRefused(_("There is no working draft."))
        self._point(None)
        self._told(article, "discard_draft", by, note)

    @transaction.atomic
    def publish_update(self, *, base: int | None, by: "User | None", material: bool = False, note: str = "") -> None:
        """Readers see the working draft from now on; `material` moves the updated time that they are shown."""
        article = self._stored(base)
        draft = article.working_draft
        if not article.is_out(timezone.now()):
            raise StepRefused(_("Readers do not see the story: there is nothing to update."))
        if draft is None:
            raise StepRefused(_("There is nothing to publish: readers see the story as it is."))
        is_newest = not Revision.take_unkept(article)
        old_path = article.get_absolute_url()
        times = {"updated_at": timezone.now()} if material else {}
        _write_or_refuse(article, draft.data, working_draft=None, **times)
        if is_newest:
            Revision.objects.filter(pk=draft.pk).update(live=True)
        else:
            Revision.take(article, user=by, note=draft.note)
        if old_path != article.get_absolute_url():
            Redirect.objects.moved(old_path, article=article)
        self.refresh_from_db()
        self._told(article, "publish_update", by, note)
        search.index(article)
        Stamp.objects.bump(Stamp.STORIES)

    @transaction.atomic
    def restore(self, revision: Revision, *, base: int | None, by: "User | None") -> None:
        """Bring back an older version: as the working draft of a story that readers have seen, else as its text."""
        stored, note = self._stored(base), _("Version %d restored") % revision.number
        if stored.first_published_at and stored.first_published_at <= timezone.now():
            if not self._keep(stored, revision.data, by, note):
                raise StepRefused(_("That version is what readers see already."))
            return
        _write_or_refuse(stored, revision.data)
        Revision.take(stored, user=by, note=note)
        self.refresh_from_db()
        search.index(stored)
        Stamp.objects.bump(Stamp.STORIES)

    @transaction.atomic
    def move_to(self, section: "Section", *, base: int | None, by: "User | None") -> None:
        """Put the story, and a working draft with it, into another section: at once, also for readers."""
        stored = self._stored(base)
        draft = stored.working_draft
        Revision.take_unkept(stored)
        stored.section = section
        stored.save(update_fields=["section"])
        Revision.take(stored, user=by, note=_("Moved to %s") % section)
        if draft is not None:
            data = draft.data | {"section_id": section.pk}
            self._point(Revision.take(stored, user=draft.user, note=draft.note, live=False, data=data))
        self._told(stored, "move", by, str(section))
        Stamp.objects.bump(Stamp.STORIES)

    def _stored(self, base: int | None) -> "Article":
        """Take the next version, which holds the row; the story as it is stored, whatever this object has of it."""
        from articles.models.article import Article

        self.take_version(base)
        return Article.objects.get(pk=self.pk)

    def _keep(self, article: "Article", data: Data, by: "User | None", note: str) -> bool:
        Revision.take_unkept(article)
        draft = None
        if not is_same(data, snapshot(article)):
            draft = Revision.take(article, user=by, note=note, live=False, data=data)
        self._point(draft)
        return draft is not None

    def _point(self, draft: Revision | None) -> None:
        type(self)._default_manager.filter(pk=self.pk).update(working_draft=draft)
        cast("Any", self).working_draft = draft

    def _told(self, article: "Article", action: str, by: "User | None", note: str) -> None:
        status = article.status
        Transition.objects.create(
            article=article, action=action, from_status=status, to_status=status, user=by, note=note
        )


def _write_or_refuse(article: "Article", data: Data, **columns: Any) -> None:
    try:
        with transaction.atomic():
            write(article, data, **columns)
    except IntegrityError as error:
        raise StepRefused(
            _("The database refuses it: another story of that day may have the slug “%s”, or a time may not fit.")
            % article.slug
        ) from error
