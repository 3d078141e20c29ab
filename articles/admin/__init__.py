"""What editors work with: one module per group of nouns."""

from articles.admin import article, furniture, image, public

__all__ = ["article", "furniture", "image", "public"]
