"""`python -m tests.browser.commands`: runs commands of manage.py one after the other, each in a fresh process that need not
load Django first. A line of stdin is [where its words go, where its errors go, command, arguments...] as JSON; the answer
is its exit code."""

import json
import os
import sys
from typing import NoReturn

import django
from django.core.management import ManagementUtility


def main() -> None:
    django.setup()
    for line in sys.stdin:
        words, errors, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(words, errors, arguments)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - the answer


def _run(words: str, errors: str, arguments: list[str]) -> NoReturn:
    code = 1
    for stream, name in ((1, words), (2, errors)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    try:
        ManagementUtility(["manage.py", *arguments]).execute()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
