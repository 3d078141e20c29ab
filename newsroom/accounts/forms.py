"""Forms about accounts: the name at sign-up, one's own name, and what somebody who is invited fills in."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from newsroom.accounts.models import User
from newsroom.lib.text import one_line


class DisplayNameField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Name"),
            max_length=80,
            help_text=_("Stands beside your comments."),
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "", longest=80)


class SignupForm(forms.Form):
    """allauth builds its own sign-up form on this one."""

    name = DisplayNameField()
    field_order = ("name", "email", "password1")

    def signup(self, request: Any, user: User) -> None:
        """Nothing to add: the adapter has saved the name."""


class NameForm(forms.Form):
    name = DisplayNameField()


class InvitationForm(forms.Form):
    name = DisplayNameField()
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("Ten characters or more."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self._email, name=self.cleaned_data.get("name", "")))
        return password
