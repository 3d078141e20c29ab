"""Asks in the admin: campaigns with their slots and words, providers, goals and what came of it."""

from newsroom.donations.admin import campaign, money

__all__ = ["campaign", "money"]
