"""Comments in the admin: to read, hold, approve and reject; what readers wrote is never rewritten."""

from comments.admin import comment, passage, phrases, record

__all__ = ["comment", "passage", "phrases", "record"]
