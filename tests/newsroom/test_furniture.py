"""What stands around every page, and the small parts that any page may place."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from articles.models import Article, Image, MenuItem, Page, Rendition, SiteSettings
from newsroom.accounts.models import User
from newsroom.lib import stamps
from tests.make import make_section


def rendered(source: str, **context: Any) -> str:
    return Template("{% load furniture %}" + source).render(Context(context))


def make_image(**over: Any) -> Image:
    image = Image(**{"alt": "A bridge", "sha256": "0" * 64} | over)
    image.file.save("bridge.jpeg", ContentFile(b"not read"), save=False)
    image.width, image.height = 1200, 800
    image.save()
    return image


def make_rendition(image: Image, crop: str, form: str, width: int) -> Rendition:
    rendition = Rendition(image=image, crop=crop, format=form, width=width, height=width // 2)
    rendition.file.name = f"renditions/{crop}-{width}.{form}"
    rendition.save()
    return rendition


def test_menu_and_footer_hold_sections_pages_and_items(client: Client, site: SiteSettings) -> None:
    make_section("Science", slug="science")
    make_section("Hidden", slug="hidden", in_menu=False)
    Page.objects.create(title="About us", slug="about", is_live=True, in_menu=True)
    MenuItem.objects.create(label="Shop", url="https://example.com/shop", place="menu")
    MenuItem.objects.create(label="Jobs", url="/jobs/", place="footer")
    stamps.drop_kept()
    text = client.get("/latest/").content.decode()
    for words in ("/section/science/", "/about/", "https://example.com/shop", "/jobs/"):
        assert f'href="{words}"' in text
    assert "/section/hidden/" not in text


def test_the_page_speaks_the_language_of_the_site(client: Client, site: SiteSettings) -> None:
    site.language = "ar"
    site.save()
    stamps.drop_kept()
    assert '<html lang="ar" dir="rtl">' in client.get("/latest/").content.decode()


def test_the_pages_of_accounts_bear_the_name_of_the_site(client: Client, site: SiteSettings) -> None:
    text = client.get("/account/login/").content.decode()
    assert '<p class="nameplate"><a href="/">The Kestrel<' in text
    assert "| The Kestrel</title>" in text


def test_support_us_appears_once_it_leads_somewhere(client: Client, site: SiteSettings) -> None:
    assert "Support us" not in client.get("/latest/").content.decode()
    site.support_url = "https://example.com/give"
    site.save()
    stamps.drop_kept()
    assert 'href="https://example.com/give">Support us' in client.get("/latest/").content.decode()


def test_a_shared_page_depends_on_no_cookie(client: Client, article: Article) -> None:
    for path in ("/", "/latest/", "/section/transport/"):
        response = client.get(path)
        assert "Cookie" not in response.get("Vary", "")
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()


def test_whoever_is_logged_in_finds_their_account(client_of: Any, member: User, site: SiteSettings) -> None:
    text = client_of(member).get("/latest/").content.decode()
    assert "Log in" not in text
    assert "/account/" in text


def test_no_page_carries_inline_style_or_script(client: Client, article: Article, breaking: Article) -> None:
    for path in ("/", "/latest/", "/search/", "/section/transport/", "/none/"):
        text = client.get(path).content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert text.count("<script") == text.count("<script src=") + text.count('<script type="module" src=')


def test_a_time_is_short_today_and_says_the_day_otherwise() -> None:
    noon = timezone.localtime().replace(hour=12, minute=5, second=0, microsecond=0)
    assert rendered("{% when moment %}", moment=noon, now=noon).endswith(">12:05</time>")
    assert rendered("{% when moment %}", moment=noon - timedelta(days=400), now=noon).count(str(noon.year - 1)) >= 2
    assert f'datetime="{noon.isoformat()}"' in rendered("{% when moment %}", moment=noon)
    assert rendered("{% when moment %}", moment=None) == ""


def test_the_same_name_has_the_same_avatar() -> None:
    assert rendered('{% avatar "Noor Bell" %}') == rendered('{% avatar "Noor Bell" %}')
    assert ">NB</span>" in rendered('{% avatar "Noor Bell" %}')
    assert "&lt;" in rendered('{% avatar "<b>" %}') or ">?<" in rendered('{% avatar "<b>" %}')


@pytest.mark.django_db
def test_a_picture_lists_the_sizes_that_exist_and_no_other() -> None:
    image = make_image()
    for width in (320, 640):
        make_rendition(image, "16x9", "jpeg", width)
        make_rendition(image, "16x9", "webp", width)
    html = rendered('{% picture image crop="16x9" sizes="50vw" %}', image=image)
    assert html.count("320w") == html.count("640w") == 2
    assert '<source type="image/webp"' in html
    assert 'width="640" height="320"' in html
    assert 'loading="lazy"' in html
    assert 'alt="A bridge"' in html


@pytest.mark.django_db
def test_a_picture_whose_sizes_are_not_made_yet_is_shown_whole() -> None:
    image = make_image()
    html = rendered("{% picture image eager=True %}", image=image)
    assert "srcset" not in html
    assert 'width="1200" height="800"' in html
    assert 'fetchpriority="high"' in html
    assert rendered("{% picture image %}", image=None) == ""


@pytest.mark.django_db
def test_a_decorative_picture_is_silent() -> None:
    assert 'alt=""' in rendered("{% picture image %}", image=make_image(alt="x", decorative=True))


def test_a_duration_reads_like_a_clock() -> None:
    assert rendered("{{ a|duration }} {{ b|duration }}", a=374, b=3725) == "6:14 1:02:05"


def test_machines_are_told_what_to_leave_alone(client: Client, site: SiteSettings, settings: Any) -> None:
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /admin/" in robots
    assert f"Sitemap: {settings.NEWSROOM_URL}/sitemap.xml" in robots
    site.robots_allowed = False
    site.save()
    stamps.drop_kept()
    assert client.get("/robots.txt").content.decode() == "User-agent: *\nDisallow: /\n"


def test_the_manifest_names_the_site(client: Client, site: SiteSettings) -> None:
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    assert response.json()["name"] == "The Kestrel"


def test_the_process_says_that_it_is_alive_and_ready(client: Client, site: SiteSettings) -> None:
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").status_code == 200
