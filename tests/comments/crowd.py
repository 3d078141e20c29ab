"""Thirty-two readers of one process who post, press twice, vote and decide at the same moment, through the WSGI application.

python -m tests.comments.crowd NAME ARTICLE ROOT TURNS   (DATABASE_URL names the database; prints one line of JSON)
"""

import io
import json
import os
import random
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

READERS, MODERATORS = 32, 2


def main(name: str, article: int, root: int, turns: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    import django

    django.setup()
    from newsroom.wsgi import application

    answers: Counter[str] = Counter()
    together, lock = threading.Barrier(READERS), threading.Lock()

    def post(path: str, cookie: str, **sent: Any) -> str:
        """The cookie that the answer sets, if any."""
        body, told = urlencode(sent).encode(), list[Any]()
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_COOKIE": cookie, "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }  # fmt: skip
        result = application(environ, lambda status, headers, info=None: told.extend([status, headers]))
        b"".join(result)
        if hasattr(result, "close"):
            result.close()
        with lock:
            answers[told[0][:3]] += 1
        cookies = [value.split(";")[0].strip() for header, value in told[1] if header.lower() == "set-cookie"]
        return "; ".join(c for c in cookies if c.startswith("device=")) or cookie

    def take_turns(number: int) -> None:
        from django.db import connections

        try:
            chance, cookie, who = random.Random(f"{name} {number}"), "", f"{name} {number}"
            together.wait()
            for turn in range(turns):
                said = {"text": f"What {who} says in turn {turn}.", "name": who, "email": f"{name}{number}@example.com"}
                path = f"/comments/{root}/reply/" if chance.random() < 0.7 else f"/comments/on/{article}/post/"
                cookie = post(path, cookie, **said)
                if chance.random() < 0.4:
                    post(path, cookie, **said)
                post(f"/comments/{root}/vote/", cookie, vote=chance.choice("0111"))
                if number < MODERATORS:
                    decide(chance)
        finally:
            connections.close_all()

    def decide(chance: random.Random) -> None:
        from comments.models import Comment, StepRefused

        comment = Comment.objects.filter(article=article).exclude(pk=root).order_by("?").first()
        if comment is None:
            return
        try:
            getattr(comment, chance.choice(["hold", "approve", "reject", "approve"]))(by=None)
        except StepRefused:
            with lock:
                answers["too late"] += 1

    with ThreadPoolExecutor(READERS) as pool:
        for done in [pool.submit(take_turns, number) for number in range(READERS)]:
            done.result()
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
