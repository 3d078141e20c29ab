"""What every page of the admin says about the moderators' work."""

from typing import Any

from django import template

from comments.admin.queues import as_said, counts

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting(context: Any) -> dict[str, Any]:
    """How many comments wait for whoever is logged in, as it is said; {} for those who do not moderate. One query."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.has_perm("comments.moderate_comment"):
        return {}
    known = {tally["queue"].name: tally["n"] for tally in context.get("tallies", ())}
    if known:
        return {"pending": known["pending"], "reported": known["reported"]}
    return {name: as_said(n) for name, n in counts("pending", "reported").items()}
