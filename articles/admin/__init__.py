"""What editors work with: one module per group of nouns."""

from articles.admin import article, furniture, image, letterhead, live_list, public

__all__ = ["article", "furniture", "image", "letterhead", "live_list", "public"]
