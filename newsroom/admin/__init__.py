"""The desk: its log-in, its first page, every outbox, and the site's settings."""

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401 - both register what is taken off the desk below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.utils.translation import gettext_lazy

from newsroom.admin.desk import index
from newsroom.admin.site import SiteSettingsAdmin, SiteSettingsForm
from newsroom.lib.mail import outboxes
from newsroom.lib.outbox_admin import OutboxAdmin

__all__ = ["SiteSettingsAdmin", "SiteSettingsForm"]

# An address belongs to its user and is changed there; the secrets of second factors are nobody's to read.
admin.site.unregister([EmailAddress, Authenticator])

# One way in for everybody: the site's own log-in, with its limits, codes and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.index = index  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = gettext_lazy("The desk")
admin.site.index_title = gettext_lazy("The desk")
admin.site.enable_nav_sidebar = True

for model in outboxes():
    if not admin.site.is_registered(model):
        admin.site.register(model, OutboxAdmin)
