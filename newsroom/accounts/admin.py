"""People in the admin: users, invitations, readers' suppressed addresses, and the letters about accounts."""

from typing import Any, ClassVar, cast

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsroom.accounts.models import Invitation, Letter, Reader, Suppression, User
from newsroom.accounts.roles import ROLES
from newsroom.lib.outbox_admin import OutboxAdmin
from newsroom.lib.text import one_line


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Users come by sign-up, by invitation or by the command line, never without having proved their address."""

    list_display = ("email", "name", "roles", "second_step", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "name", "is_active")}),
        (gettext_lazy("Works here"), {"fields": ("is_staff", "groups")}),
        (gettext_lazy("Log-in"), {"fields": ("password", "last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    actions = ("send_reset", "lose_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
        users: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return users.annotate(has_factor=Exists(factors))

    @admin.display(description=gettext_lazy("second step"), boolean=True)
    def second_step(self, user: User) -> bool:
        return bool(user.has_factor)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if not request.user.is_superuser:
            return self.fieldsets
        return (*self.fieldsets, (gettext_lazy("Everything"), {"fields": ("is_superuser",)}))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            obj.confirm_address()

    @admin.action(description=gettext_lazy("Send a link for a new password"), permissions=["change"])
    def send_reset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = queryset.filter(is_active=True)
        letters = [Letter(kind=Letter.Kind.RESET_PASSWORD, to=user.email, user=user) for user in users]
        Letter.objects.bulk_create(letters)
        n = len(letters)
        messages.success(request, ngettext("%d letter is on its way.", "%d letters are on their way.", n) % n)

    @admin.action(description=gettext_lazy("Remove a lost second step"), permissions=["change"])
    def lose_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Nobody's own (that is what recovery codes are for), and of nobody who may do more. Owners hear of it by mail."""
        theirs = [user for user in queryset if user.pk != request.user.pk and self.has_change_permission(request, user)]
        lost = [user for user in theirs if user.lose_second_factor()]
        for user in lost:
            self.log_change(request, user, _("Removed the lost second step of the log-in."))
            context = {"about": "second_factor_lost", "by": one_line(str(request.user))}
            Letter.objects.create(kind=Letter.Kind.NOTICE, to=user.email, user=user, context=context)
        n, other = len(lost), len(queryset) - len(lost)
        if n:
            said = ngettext("%d log-in takes a password alone now.", "%d log-ins take a password alone now.", n) % n
            self.message_user(request, said, messages.SUCCESS)
        if other:
            said = _("Left alone: yourself, who may do more than you, and who has no second step (%d).") % other
            self.message_user(request, said, messages.WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may change those who may do more: else an admin could take a superuser's account over."""
        below = obj is None or not obj.is_superuser or request.user.is_superuser
        return below and super().has_change_permission(request, obj)


class InvitationForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        user = User.objects.filter(email__iexact=email).first()
        if user and user.is_staff:
            self.add_error("email", _("This colleague works here already: change the roles on the user's own page."))
        elif user and not user.is_active:
            self.add_error("email", _("The account with this address is closed: open it first."))
        return email


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = InvitationForm
    list_display = ("email", "role", "invited_by", "created_at", "state")
    list_select_related = ("role", "invited_by")
    fields = ("email", "role")
    ordering = ("-created_at",)
    actions = ("take_back",)

    @admin.display(description=gettext_lazy("state"))
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return _("accepted")
        if invitation.revoked_at:
            return _("taken back")
        return _("open") if invitation.is_open(timezone.now()) else _("too old")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "role" and field is not None:
            field.queryset = Group.objects.filter(name__in=ROLES)
        return field

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.invited_by = User.objects.get(pk=request.user.pk or 0)
        obj.send()
        if not settings.EMAIL_GIVEN:
            messages.warning(
                request, _("Nothing leaves this machine: a superuser finds the letter among the account letters.")
            )

    @admin.action(description=gettext_lazy("Take back"), permissions=["add"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        n = sum(invitation.revoke() for invitation in queryset)
        messages.success(request, ngettext("%d invitation was taken back.", "%d invitations were taken back.", n) % n)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Letter)
class LetterAdmin(OutboxAdmin):
    """Log-in codes and links that open accounts: for superusers, whatever a group's permissions say."""

    list_filter: ClassVar[Any] = (*OutboxAdmin.list_filter, "kind")
    search_fields = ("to",)
    list_select_related = ("user",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_superuser(request)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self._is_superuser(request)

    @staticmethod
    def _is_superuser(request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(Suppression)
class SuppressionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whom no letter about comments goes to; account letters, which people ask for, still do. Deleting a line ends it."""

    list_display = ("email", "reason", "note", "created_at")
    list_filter = ("reason",)
    ordering = ("-created_at",)
    search_fields = ("email",)


class LookedAtFirst(admin.SimpleListFilter):
    title = gettext_lazy("comments")
    parameter_name = "looked_at_first"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [("yes", _("are looked at first"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(premoderated_at__isnull=False) if self.value() else queryset


@admin.register(Reader)
class ReaderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """People who comment: to find, and to mark as people whose comments are looked at before they appear."""

    list_display = ("__str__", "address", "has_confirmed_address", "created_at", "premoderated_at", "premoderated_by")
    list_display_links = None
    list_filter = (LookedAtFirst,)
    list_select_related = ("user", "premoderated_by")
    search_fields = ("name", "email", "user__email")
    ordering = ("-id",)
    show_full_result_count = False
    actions = ("premoderate", "trust")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("comments.moderate_comment")

    @admin.action(description=gettext_lazy("Always look at their comments first"), permissions=["moderate"])
    def premoderate(self, request: HttpRequest, readers: QuerySet[Reader]) -> None:
        n = sum(reader.premoderate(by=cast(User, request.user)) for reader in readers)
        said = ngettext("%d person’s comments wait from now on.", "%d people’s comments wait from now on.", n)
        self.message_user(request, said % n, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Look at their comments first no more"), permissions=["moderate"])
    def trust(self, request: HttpRequest, readers: QuerySet[Reader]) -> None:
        n = sum(reader.trust() for reader in readers)
        said = ngettext("%d person is treated as others are.", "%d people are treated as others are.", n)
        self.message_user(request, said % n, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
