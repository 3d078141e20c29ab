"""What editors work with: one module per group of nouns."""

from articles.admin import addresses, alerts, article, furniture, image, letterhead, live_list, public

__all__ = ["addresses", "alerts", "article", "furniture", "image", "letterhead", "live_list", "public"]
