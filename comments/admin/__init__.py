"""Comments in the admin: to read, hold, approve and reject; what readers wrote is never rewritten."""

from comments.admin import comment, letters, passage, phrases, record

__all__ = ["comment", "letters", "passage", "phrases", "record"]
