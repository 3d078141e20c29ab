"""The pages about accounts that allauth does not have: one's own account, and an accepted invitation."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from newsroom.accounts.forms import InvitationForm, NameForm
from newsroom.accounts.models import Invitation, User


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk or 0)
    form = NameForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.rename(form.cleaned_data["name"])
        messages.success(request, _("Your name was changed."))
        return redirect("account_index")
    return render(request, "account/index.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set a name and a password; the link works once and only while the invitation is open."""
    found = Invitation.objects.behind(token, timezone.now())
    if found is None:
        return render(request, "account/invitation_over.html", status=410)
    form = InvitationForm(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        user = found.accept(**form.cleaned_data)
        if user is None:
            return render(request, "account/invitation_over.html", status=410)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("admin:index")
    context = {"form": form, "invitation": found}
    return render(request, "account/invitation.html", context, status=422 if form.is_bound else 200)
