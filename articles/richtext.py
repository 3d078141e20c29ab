"""The editor seam: the body field, how bodies are cleaned, and which widget an editor types into."""

from typing import Any

from django.db import models

from newsroom.lib.html import clean_article


class ArticleBodyField(models.TextField):
    """HTML that is sanitised on every save, whoever saves it. Migrations see a plain TextField."""

    @staticmethod
    def clean_html(html: str) -> str:
        return clean_article(html or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.clean_html(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
