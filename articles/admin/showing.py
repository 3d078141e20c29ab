"""How a story looks where others show it: in a search result, and on the card of a shared link."""

from django.conf import settings
from django.contrib import admin
from django.forms import Media
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from articles.models.site_settings import site_settings
from articles.structured_data import social_card
from articles.videos import host_of


class Showing(admin.ModelAdmin):  # type: ignore[type-arg]
    """A story's form that shows both beside the fields that make them; a script follows what is typed."""

    readonly_fields = ("as_shared",)

    @property
    def media(self) -> Media:
        ours = Media(css={"all": ["articles/admin/sharing.css"]}, js=["articles/admin/sharing.js"])
        return super().media + ours

    @admin.display(description=_("looks like this"))
    def as_shared(self, article: Article) -> SafeString:
        """As the page says it now. A story that has never been saved has its words from the script alone."""
        card = social_card(article) if article.pk else None
        words = {
            "card": card,
            "site": site_settings(),
            "host": host_of(settings.NEWSROOM_URL),
            "way": article.get_absolute_url().strip("/").split("/")[:-1] if article.dated else [],
            "slug": article.slug,
        }
        return render_to_string("admin/articles/article/_sharing.html", words)
