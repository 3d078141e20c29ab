"""Comments in the admin: to read, hold, approve and reject; what readers wrote is never rewritten."""

from comments.admin import comment, phrases, record

__all__ = ["comment", "phrases", "record"]
