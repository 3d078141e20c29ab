"""Form fields as the site's stylesheet knows them."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

from comments.forms import untouched_form

register = template.Library()
register.simple_tag(untouched_form, name="untouched_form")


@register.filter
def as_input(field: BoundField) -> SafeString:
    """The widget with the site's class; Django adds the references to its hint and its error."""
    attrs: dict[str, str | bool] = {} if field.widget_type in {"checkbox", "radioselect"} else {"class": "input"}
    if field.widget_type in {"email", "password"} or field.name in {"login", "code"}:
        attrs |= {"dir": "ltr", "placeholder": ""}
    return field.as_widget(attrs=attrs)
