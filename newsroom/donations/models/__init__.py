from newsroom.donations.models.campaign import Campaign, CampaignChange, CampaignSlot, Exclusion, SlotName
from newsroom.donations.models.count import DailyCount
from newsroom.donations.models.donation import Donation
from newsroom.donations.models.goal import Goal
from newsroom.donations.models.provider import Provider
from newsroom.donations.models.variant import AmountOption, Variant

__all__ = [
    "AmountOption",
    "Campaign",
    "CampaignChange",
    "CampaignSlot",
    "DailyCount",
    "Donation",
    "Exclusion",
    "Goal",
    "Provider",
    "SlotName",
    "Variant",
]
