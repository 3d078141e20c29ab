"""A flash crowd: 64 connections on a story just published, while 20 comments and 50 ratings a second arrive; needs `wrk`.

    .venv/bin/python -m tests.bench.crowd [--seconds 20]     (DATABASE_URL names another database)

Takes so many seconds, and before that some minutes for the sizes of the demo's pictures. Comments and ratings come from
guests whom nobody knows, each on a connection of its own, at their pace however long the ones before take; their times count
from when they were due.
"""

import argparse
import statistics
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from tests.bench.lines import Answer, at_a_pace, post
from tests.bench.load import loading
from tests.bench.newsdesk import newsdesk
from tests.bench.site import served
from tests.bench.turns import BROWSER

CONNECTIONS, COMMENTS, RATINGS = 64, 20, 50
#: Milliseconds of the slowest in a hundred: a comment's answer, and the page's.
POSTED, PAGE = 500, 50
_TEXT = "I was at the harbour at {n} minutes past, and would like to read the annex before judging number {n}."


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.crowd")
    options.add_argument("--seconds", type=int, default=20)
    seconds = options.parse_args().seconds
    with served(articles=100, comments=2000, largest=1000, demo=True, worker=True) as site, newsdesk(site) as desk:
        said = desk.tell("publish", words="The bridge is closed")
        pk = said["pk"]

        def comment(n: int) -> int:
            form = {"name": f"Reader {n}", "email": f"reader{n}@example.com", "text": _TEXT.format(n=n)}
            return post(site.url, f"/comments/on/{pk}/post/", urlencode(form))

        def rate(n: int) -> int:
            return post(site.url, f"/ratings/on/{pk}/", urlencode({"stars": 1 + n % 5}))

        with loading(site.url + said["path"], BROWSER, connections=CONNECTIONS) as page, ThreadPoolExecutor(2) as pool:
            comments = pool.submit(at_a_pace, comment, per_second=COMMENTS, seconds=seconds)
            ratings = pool.submit(at_a_pace, rate, per_second=RATINGS, seconds=seconds)
            posted, rated = comments.result(), ratings.result()
    print(
        f"page: {page[0].per_second:,.0f} a second, median {page[0].median:.1f} ms, p99 {page[0].p99:.1f} ms (at most {PAGE})"
    )
    _say("comments", posted, f" (at most {POSTED})")
    _say("ratings", rated, "")


def _say(name: str, answers: list[Answer], meant: str) -> None:
    wrong = [answer.status for answer in answers if answer.status != 303]
    took = [answer.took for answer in answers]
    slowest = statistics.quantiles(took, n=100)[98]
    refused = f"; statuses {sorted(set(wrong))}" if wrong else ""
    print(
        f"{name}: {len(answers)} sent, {len(wrong)} not taken (none may be){refused};"
        f" median {statistics.median(took):.0f} ms, p99 {slowest:.0f} ms{meant}"
    )


if __name__ == "__main__":
    main()
