from comments.models.authored import THERE_FOR_ITS_WRITER
from comments.models.comment import Comment
from comments.models.desk_letter import DeskLetter, DeskWishes
from comments.models.digest import Digest
from comments.models.fitting import NotInTheText
from comments.models.flag import AnsweredIt, Flag
from comments.models.inline_anchor import InlineAnchor
from comments.models.loading import Loaded
from comments.models.moderated import StepRefused
from comments.models.moderation import ModerationAction
from comments.models.notice import Notice
from comments.models.notification import ConfirmationLetter, Notification
from comments.models.person_note import PersonNote
from comments.models.phrase import Phrase, word_lists
from comments.models.posting import NoSuchParent
from comments.models.protected_domain import ProtectedDomain
from comments.models.revision import CommentRevision
from comments.models.sanction import Sanction
from comments.models.sanction_letter import SanctionLetter
from comments.models.spam import SpamCheck, SpamLesson, SpamWord
from comments.models.stats import CommentStats
from comments.models.subscription import Subscription
from comments.models.vote import OwnComment, Vote

__all__ = [
    "THERE_FOR_ITS_WRITER",
    "AnsweredIt",
    "Comment",
    "CommentRevision",
    "CommentStats",
    "ConfirmationLetter",
    "DeskLetter",
    "DeskWishes",
    "Digest",
    "Flag",
    "InlineAnchor",
    "Loaded",
    "ModerationAction",
    "NoSuchParent",
    "NotInTheText",
    "Notice",
    "Notification",
    "OwnComment",
    "PersonNote",
    "Phrase",
    "ProtectedDomain",
    "Sanction",
    "SanctionLetter",
    "SpamCheck",
    "SpamLesson",
    "SpamWord",
    "StepRefused",
    "Subscription",
    "Vote",
    "word_lists",
]
