"""The demo's one campaign: a line, a goal and one button."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from newsroom.donations.models import Campaign, CampaignSlot, Goal, Provider, SlotName, Variant

if TYPE_CHECKING:
    from newsroom.demo.seed import Demo


def make_campaign(demo: "Demo") -> None:
    said, now = demo.site["campaign"], demo.clock.now
    if Campaign.objects.filter(slug="local-reporting").exists():
        return
    provider = Provider.objects.create(kind=Provider.Kind.PATREON, title="Patreon", base_url=said["url"])
    goal = Goal.objects.create(
        name="for a year of local reporting", target=Decimal(said["goal"]), currency=said["currency"],
        baseline=Decimal(said["reached"]), baseline_source=said["source"], as_of=now - timedelta(hours=3),
        starts_at=now - timedelta(days=48), ends_at=now + timedelta(days=12),
    )  # fmt: skip
    campaign = Campaign.objects.create(
        name=said["name"], slug="local-reporting", status=Campaign.Status.LIVE, goal=goal,
        starts_at=now - timedelta(days=48), ends_at=now + timedelta(days=12),
    )  # fmt: skip
    for slot in (SlotName.TOP, SlotName.IN_ARTICLE, SlotName.ARTICLE_END, SlotName.FRONT, SlotName.SUPPORT):
        paragraph = 5 if slot == SlotName.IN_ARTICLE else None
        CampaignSlot.objects.create(campaign=campaign, slot=slot, paragraph=paragraph)
    variant = Variant.objects.create(
        campaign=campaign, heading=said["heading"], body=said["body"], cta=said["button"], provider=provider
    )
    demo.note([campaign, variant, goal, provider])
