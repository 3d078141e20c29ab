from articles.models.alert import Alert
from articles.models.alert_letter import AlertLetter
from articles.models.alert_subscription import AlertSubscription
from articles.models.arrangement import Arrangement
from articles.models.article import Article
from articles.models.author import Author
from articles.models.autosave import Autosave, EditSession
from articles.models.broken_link import BrokenLink
from articles.models.byline import Byline
from articles.models.correction import Correction
from articles.models.image import Image, Rendition
from articles.models.letterhead import Letterhead
from articles.models.live_update import LiveUpdate, Outrun, SentBefore
from articles.models.page import Page
from articles.models.preview_link import PreviewLink
from articles.models.reading import MostRead, Reading, Referral
from articles.models.redirect import Redirect
from articles.models.revision import Revision
from articles.models.section import Section
from articles.models.site_settings import MenuItem, SiteSettings
from articles.models.slot import Slot
from articles.models.topic import Topic
from articles.models.transition import Transition

__all__ = [
    "Alert",
    "AlertLetter",
    "AlertSubscription",
    "Arrangement",
    "Article",
    "Author",
    "Autosave",
    "BrokenLink",
    "Byline",
    "Correction",
    "EditSession",
    "Image",
    "Letterhead",
    "LiveUpdate",
    "MenuItem",
    "MostRead",
    "Outrun",
    "Page",
    "PreviewLink",
    "Reading",
    "Redirect",
    "Referral",
    "Rendition",
    "Revision",
    "Section",
    "SentBefore",
    "SiteSettings",
    "Slot",
    "Topic",
    "Transition",
]
