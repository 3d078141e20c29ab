"""The library of pictures in the admin: found, brought in, described, replaced, credited and deleted."""

from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from selectolax.lexbor import LexborHTMLParser

from articles.intake import PictureRefused, replace, replacement, take_in
from articles.models import Article, Autosave, Image, Letterhead, Revision, SiteSettings
from newsroom.lib.models import Stamp
from tests.articles.test_images import photo, picture
from tests.articles.test_live_at_once import at_once
from tests.make import make_article, make_author, make_draft, make_due, make_image

pytestmark = pytest.mark.django_db
LIBRARY = "/admin/articles/image/"


def file(data: bytes, name: str) -> BytesIO:
    made = BytesIO(data)
    made.name = name
    return made


def names(page: str) -> list[str]:
    return [node.text(strip=True) for node in LexborHTMLParser(page).css(".tile__name")]


def test_the_library_is_a_grid_that_says_what_each_picture_lacks(
    client_of, reporter, django_assert_max_num_queries
) -> None:
    make_image(alt="A ferry", credit="Ines Halloran")
    for _n in range(20):
        make_image(alt="", credit="Archive")
    desk = client_of(reporter)
    desk.get(LIBRARY)  # what a process remembers from then on
    with django_assert_max_num_queries(12):
        page = desk.get(LIBRARY).text
    tiles = LexborHTMLParser(page).css(".tile")
    assert len(tiles) == 21
    assert tiles[0].css_first(".lacks").text(strip=True).startswith("Say what the picture shows")
    assert tiles[-1].css_first(".lacks") is None
    assert "1280w" in (tiles[0].css_first("source").attributes["srcset"] or "")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=BRIDGE", ["The bridge"]),
        ("q=solane+crack", ["The bridge"]),
        ("q=img_47", ["The bridge"]),
        ("q=halloran", ["A ferry"]),
        ("q=without+alt", ["Unnamed"]),
        ("q=unused+kestrel", ["The bridge"]),
        ("q=zebra", []),
        ("state=none", ["Unnamed"]),
        ("state=no-credit", ["A ferry"]),
        ("state=incomplete", ["Unnamed", "A ferry"]),
        ("state=unused", ["Unnamed", "The bridge"]),
        ("state=mine", ["The bridge"]),
        ("state=nonsense", ["Unnamed", "The bridge", "A ferry"]),
    ],
)
def test_pictures_are_found_by_what_is_known_of_them(client_of, editor, reporter, asked, found) -> None:
    ferry = make_image(alt="A ferry", uploaded_by=reporter)
    make_article(lead_image=ferry)
    words = {"caption": "The crack", "credit": "M. Solane / The Kestrel", "original_name": "IMG_4711.jpg"}
    make_image(alt="The bridge", uploaded_by=editor, **words)
    make_image(alt="", caption="Unnamed", credit="Archive")
    assert names(client_of(editor).get(f"{LIBRARY}?{asked}").text) == found


def test_several_files_at_once_without_script_and_each_refusal_is_said(client_of, editor) -> None:
    desk = client_of(editor)
    good = [file(picture(colour=colour), f"{colour}.png") for colour in ("red", "blue")]
    page = desk.post(
        f"{LIBRARY}add/", {"upload": [*good, file(b"II*\0", "scan.tif"), file(b"", "nothing.jpg")], "credit": "Archive"}
    ).text
    assert "scan.tif: This is a TIFF file" in page
    assert "nothing.jpg: The file is empty" in page
    assert "2 others are in the library" in page
    assert list(Image.objects.values_list("credit", "original_name", "alt")) == [
        ("Archive", "blue.png", ""),
        ("Archive", "red.png", ""),
    ]
    again = [file(picture(colour=colour), "x.png") for colour in ("red", "green")]
    page = desk.post(f"{LIBRARY}add/", {"upload": again}, follow=True).text
    assert f"You have this picture: it is number {Image.objects.get(original_name='red.png').pk}" in page
    assert "One new picture: describe it." in page
    assert Image.objects.count() == 3


def test_a_picture_that_is_there_already_leads_to_its_page(client_of, editor) -> None:
    known = take_in(picture(), alt="Teal")
    answer = client_of(editor).post(f"{LIBRARY}add/", {"upload": file(picture(), "again.png")})
    assert answer.url == f"{LIBRARY}{known.pk}/change/"


def test_a_credit_for_many_at_once(client_of, editor, moderator) -> None:
    chosen, other = [make_image().pk, make_image().pk], make_image(credit="Archive")
    posted = {"action": "set_credit", "_selected_action": chosen, "credit": "  Mira   Solane "}
    desk, before = client_of(editor), Stamp.objects.get_or_create(scope="site")[0].n
    assert "Write the credit" in desk.post(LIBRARY, {**posted, "credit": " "}, follow=True).text
    assert client_of(moderator).post(LIBRARY, posted).status_code == 403
    make_article(lead_image_id=chosen[0])
    said = desk.post(LIBRARY, posted, follow=True).text
    assert "2 pictures are credited “Mira Solane”. 1 story that readers see says so now." in said
    assert set(Image.objects.filter(credit="Mira Solane").values_list("pk", flat=True)) == set(chosen)
    assert Image.objects.get(pk=other.pk).credit == "Archive"
    assert Stamp.objects.get(scope="site").n > before
    assert LogEntry.objects.filter(object_id__in=chosen).count() == 2


def test_where_a_picture_is_used_is_said_without_telling_of_colleagues_drafts(
    client_of, reporter, editor, site
) -> None:
    image = make_image()
    make_article("The bridge is shut", lead_image=image)
    make_draft("Secret plans", body=f'<p><img src="/x.jpg" alt="" data-image="{image.pk}"></p>', created_by=editor)
    make_author("Mira Solane", photo=image)
    SiteSettings.objects.update(logo=image)
    Letterhead.objects.update_or_create(pk=1, defaults={"logo": image})
    said = [LexborHTMLParser(client_of(user).get(f"{LIBRARY}{image.pk}/change/").text) for user in (reporter, editor)]
    lines = [" | ".join(" ".join(li.text().split()) for li in page.css(".uses li")) for page in said]
    assert "a story of a colleague in the text" in lines[0]
    assert "Secret plans" not in lines[0]
    for words in ("The bridge is shut lead picture", "Secret plans in the text", "Mira Solane", "logo"):
        assert words in lines[1]
    assert "Nothing shows it" in client_of(editor).get(f"{LIBRARY}{make_image().pk}/change/").text


LEAD, TEXT = "As the lead picture", "Within the text"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"caption": "At dawn"}, {LEAD}),
        ({"credit": "Another"}, {LEAD}),
        ({"alt": "A gull"}, {LEAD, TEXT}),
        ({"source": "An agency"}, set()),
        ({"focal_x": 10}, set()),
    ],
)
def test_words_of_a_picture_that_readers_would_see_at_once_are_asked_about_story_by_story(
    client_of, editor, changed, told
) -> None:
    image = take_in(picture(), alt="Teal", caption="At dusk", credit="Archive")
    seen = {
        LEAD: make_article(LEAD, lead_image=image),
        TEXT: make_article(TEXT, body=f'<p><img data-image="{image.pk}" src="/x.jpg" alt=""></p>'),
    }
    make_article("In its own words", body=f'<p><img data-image="{image.pk}" src="/x.jpg" alt="A ferry"></p>')
    make_draft("Not out yet", lead_image=image)
    if "caption" in changed:
        make_article("With its own caption", lead_image=image, lead_caption="Seen from the pier")
    desk, url = client_of(editor), f"{LIBRARY}{image.pk}/change/"
    assert f"{5 - ('caption' not in changed) - 1} stories that readers see change" in desk.get(url).text
    posted = {"alt": image.alt, "caption": "At dusk", "credit": "Archive", "focal_x": 50, "focal_y": 50} | changed
    answer = desk.post(url, posted)
    image.refresh_from_db()
    assert all((getattr(image, name) == value) is not bool(told) for name, value in changed.items())
    if told:
        asked = LexborHTMLParser(answer.text).css(".uses__seen a")
        assert {link.text(): link.attributes["href"] for link in asked} == {
            name: f"/admin/articles/article/{seen[name].pk}/change/" for name in told
        }
        assert desk.post(url, posted | {"at_once": "on"}).status_code == 302
        image.refresh_from_db()
        assert all(getattr(image, name) == value for name, value in changed.items())


def test_another_file_for_a_picture_keeps_its_places_and_changes_its_addresses(
    client_of, editor, article, client, django_capture_on_commit_callbacks
) -> None:
    image = take_in(picture(), alt="Teal", credit="Archive")
    make_due()
    article.lead_image = image
    article.body += f'<p><img src="{image.file.url}" alt="Teal" data-image="{image.pk}"></p>'
    article.save()
    old = [image.file.name, *image.renditions.values_list("file", flat=True)]
    posted = {
        "alt": "Two halves",
        "credit": "Archive",
        "focal_x": 50,
        "focal_y": 50,
        "another": file(photo(), "new.jpg"),
        "at_once": "on",
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert client_of(editor).post(f"{LIBRARY}{image.pk}/change/", posted).status_code == 302
    storage = image.file.storage
    image.refresh_from_db()
    assert (image.width, image.alt, image.original_name, image.renditions_at) == (1800, "Two halves", "new.jpg", None)
    assert image.renditions.count() == 0
    assert not any(storage.exists(name) for name in old)
    for page in (client.get(article.get_absolute_url()).text, client.get("/rss.xml").text):
        assert image.file.url in page
        assert old[0] not in page
    article.refresh_from_db()
    assert image.file.url in article.body


def test_another_file_that_the_library_has_is_refused_and_the_words_stay(client_of, editor) -> None:
    image, other = take_in(picture(), alt="Teal"), take_in(photo(), alt="Halves")
    for data, sentence in (
        (picture(), "the file that the picture has already"),
        (photo(), f"picture number {other.pk}"),
    ):
        posted = {"alt": "Typed anew", "focal_x": 50, "focal_y": 50, "another": file(data, "x.png")}
        page = client_of(editor).post(f"{LIBRARY}{image.pk}/change/", posted).text
        assert sentence in page
        assert "Typed anew" in page
    image.refresh_from_db()
    assert image.alt == "Teal"


def test_a_file_that_was_brought_in_after_a_form_was_found_right_is_refused_and_leaves_nothing_behind() -> None:
    image, storage = take_in(picture(), alt="Teal"), default_storage
    chosen = replacement(image, file(photo(), "x.jpg"))
    take_in(photo(), alt="Halves")
    before = set(storage.listdir("images")[1])
    with pytest.raises(PictureRefused, match="just now"):
        replace(image, chosen)
    assert set(storage.listdir("images")[1]) == before
    assert Image.objects.get(pk=image.pk).file.name != image.file.name


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_editors_who_give_two_pictures_one_file_at_once_are_both_answered(client_of, editor, front_editor) -> None:
    for n in range(3):
        images = [take_in(picture(colour=f"#{n}0{side}0ff")) for side in range(2)]
        new = photo((900 + n, 600))

        def give(browser: Any, image: Image, new: bytes = new) -> Any:
            posted = {"alt": "Typed", "focal_x": 50, "focal_y": 50, "another": file(new, "x.jpg")}
            return browser.post(f"{LIBRARY}{image.pk}/change/", posted, follow=True)

        browsers = [client_of(editor), client_of(front_editor)]
        answers = at_once(*(partial(give, browser, image) for browser, image in zip(browsers, images, strict=True)))
        assert [answer.status_code for answer in answers] == [200, 200]
        refused = ["of the library: use that one" in a.text or "use that picture" in a.text for a in answers]
        assert sorted(refused) == [False, True]


def test_a_text_from_before_a_replacement_is_saved_with_the_file_of_today(client_of, editor, section) -> None:
    image, story = make_image(), make_draft(section=section)
    posted = {
        "headline": story.headline, "kind": "story", "section": section.pk, "comments_mode": "open", "slug": story.slug,
        "base_version": 0, "body": f'<p><img src="/media/images/older.jpg" alt="" data-image="{image.pk}"></p>',
    }  # fmt: skip
    client_of(editor).post(f"/admin/articles/article/{story.pk}/change/", posted)
    assert f'src="{image.file.url}"' in Article.objects.get().body


def test_what_an_older_version_shows_is_not_deleted(client_of, admin_user, editor, section) -> None:
    image, desk = make_image(), client_of(admin_user)
    posted = {
        "headline": "With a picture", "kind": "story", "section": section.pk, "comments_mode": "open", "base_version": 0,
        "body": f'<p><img src="{image.file.url}" alt="x" data-image="{image.pk}"></p>',
    }  # fmt: skip
    client_of(editor).post("/admin/articles/article/add/", posted)
    story = Article.objects.get()
    story.body = "<p>Without it.</p>"
    story.save()
    assert list(Image.objects.unused()) == [image]
    assert desk.post(f"{LIBRARY}{image.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_text_that_names_an_older_file_shows_the_file_of_today_in_feeds_too(client, article) -> None:
    image = make_image()
    article.body += f'<p><img src="/media/images/older.jpg" alt="" data-image="{image.pk}"></p>'
    article.save()
    feed = client.get("/rss.xml").text
    assert image.file.url in feed
    assert "older.jpg" not in feed


@pytest.mark.parametrize("where", ["lead_image_id", "lead_image", "body", "unsaved", "unsaved body"])
def test_what_a_draft_or_an_unsaved_text_shows_is_not_deleted(client_of, admin_user, editor, article, where) -> None:
    image = make_image()
    html = f'<p><img src="/x.jpg" alt="" data-image="{image.pk}"></p>'
    if where.startswith("unsaved"):
        data = {"body": [html]} if where == "unsaved body" else {"lead_image": [str(image.pk)]}
        Autosave.objects.create(article=article, user=editor, token="form", data=data)
    else:
        data = {where: html if where == "body" else image.pk}
        Revision.objects.create(article=article, number=1, live=False, data=data)
    url = f"{LIBRARY}{image.pk}/delete/"
    assert client_of(admin_user).post(url, {"post": "yes"}).status_code == 403
    assert (
        client_of(admin_user).post(url.replace(f"/{image.pk}/", f"/{make_image().pk}/"), {"post": "yes"}).status_code
        == 302
    )


def test_the_page_of_a_picture_holds_what_the_focal_point_needs_without_script(client_of, editor) -> None:
    image = make_image(focal_x=30)
    page = LexborHTMLParser(client_of(editor).get(f"{LIBRARY}{image.pk}/change/").text)
    assert [crop.attributes["data-ratio"] for crop in page.css(".focal__crop")] == ["16x9", "4x3", "1x1"]
    assert page.css_first("#id_focal_x").attributes["value"] == "30"
    bad = client_of(editor).post(f"{LIBRARY}{image.pk}/change/", {"alt": "x", "focal_x": 101, "focal_y": -1}).text
    assert "less than or equal to 100" in bad
    assert Image.objects.get(pk=image.pk).focal_x == 30


def test_the_dialog_is_for_those_who_may_see_the_library(client_of, reporter, moderator, client) -> None:
    url = f"{LIBRARY}pick/dialog/"
    assert "Bring a new one" in client_of(reporter).get(url).text
    assert client_of(moderator).get(url).status_code == 403
    assert client.get(url).status_code == 302
