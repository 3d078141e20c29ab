"""An editor in a process of its own, who works on the site under measurement when told to.

`python -m tests.bench.newsdesk` reads a line of JSON for each thing to do and answers it with one.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests.bench.site import HOUSE, Site

Said = dict[str, Any]


class Newsdesk:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, what: str, **details: Any) -> Said:
        """Do it, and say what it says; `began` and `done` are its moments (Unix time) before the verb and after its commit."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"what": what, **details}) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))


@contextmanager
def newsdesk(site: Site) -> Iterator[Newsdesk]:
    command = [sys.executable, "-m", "tests.bench.newsdesk"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=site.env, cwd=HOUSE, stdin=pipe, stdout=pipe, text=True) as process:
        yield Newsdesk(process)
        assert process.stdin
        process.stdin.close()


def _change(path: str, words: str) -> Said:
    """The story's headline is `words` from now on."""
    from articles.models.snapshot import snapshot

    article = _story_at(path)
    article.keep_draft(snapshot(article) | {"headline": words}, base=article.version, by=None)
    return _timed(lambda: article.publish_update(base=article.version, by=None))


def _publish(words: str, seconds: float = 0) -> Said:
    """A new story, at once or in so many seconds."""
    from django.utils import timezone
    from django.utils.text import slugify

    from articles.models import Article

    newest = Article.objects.newest().filter(slug__startswith="load-")[0]
    article = Article(headline=words, slug=slugify(words), section=newest.section, body=newest.body)
    article.standfirst, article.lead_image = newest.standfirst, newest.lead_image
    article.save()
    moment = timezone.now() + timedelta(seconds=seconds)
    said = _timed(lambda: article.publish(by=None, at=moment))
    return said | {"at": moment.timestamp(), "path": article.get_absolute_url(), "pk": article.pk}


def _readers() -> Said:
    """Every story of the load has been opened by some, and rated by a few."""
    from django.utils import timezone

    from articles.models import Article, MostRead, Reading
    from articles.models.reading import hour_of
    from newsroom.accounts.models import Reader
    from newsroom.lib.models import Stamp
    from newsroom.lib.reads import Batch
    from ratings.models import Rating

    now = timezone.now()
    stories = list(Article.objects.live(now).newest()[:200])
    opened = {
        (story.pk, hour_of(now) - hour): 3 + (place * 7) % 50
        for place, story in enumerate(stories)
        for hour in range(5)
    }
    Reading.objects.add(Batch(Counter(opened), Counter()))
    for window in MostRead.Window:
        MostRead.objects.rank(window, now)
    raters = list(Reader.objects.all()[:20])
    for story in stories[:50]:
        for place, rater in enumerate(raters):
            Rating.objects.rate(story, rater, 1 + (story.pk + place) % 5)
    Stamp.objects.bump(Stamp.SITE)
    return {}


def _paths(number: int) -> Said:
    """Addresses of the newest stories."""
    from django.utils import timezone

    from articles.models import Article

    return {"paths": [story.get_absolute_url() for story in Article.objects.live(timezone.now()).newest()[:number]]}


def _story_at(path: str) -> Any:
    from articles.models import Article

    year, month, day, slug = path.strip("/").split("/")
    return Article.objects.get(dated=f"{year}-{month}-{day}", slug=slug)


def _timed(verb: Any) -> Said:
    began = time.time()
    verb()
    return {"began": began, "done": time.time()}


_DEEDS = {"change": _change, "publish": _publish, "readers": _readers, "paths": _paths}

if __name__ == "__main__":
    for line in sys.stdin:
        told = json.loads(line)
        print(json.dumps(_DEEDS[told.pop("what")](**told)), flush=True)
