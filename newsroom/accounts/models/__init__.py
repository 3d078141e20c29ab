from newsroom.accounts.models.erasure import Erasure
from newsroom.accounts.models.letter import Invitation, Letter
from newsroom.accounts.models.reader import Reader, Suppression
from newsroom.accounts.models.user import User

__all__ = ["Erasure", "Invitation", "Letter", "Reader", "Suppression", "User"]
