"""How many comments a second a story takes, with `wrk` (in Debian's package of that name), and how that compares.

    .venv/bin/python -m tests.bench.posting [NAME=URL,lua=SCRIPT ...]   (SQLite; DATABASE_URL names another database)

Sixteen connections post a fresh text each, as guests whom nobody knows: the dearest kind of post. Other systems, given as
wrk scripts of their own, are measured in turn with this one; what is printed is the median of the ratios of each round, and
the processor time that our server's processes took for a post, which hardly depends on what else the machine does.
"""

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.site import served

CONNECTIONS, SECONDS, ROUNDS = 16, 4, 5

SCRIPT = """
local n = 0
local tag = tostring(os.time()) .. tostring({{}}):gsub("[^%w]", "")
function request()
  n = n + 1
  local body = "{form}&text=New+comment+" .. tag .. "-" .. n .. "+I+would+like+to+read+the+annex+before+judging."
  return wrk.format("POST", "{path}", {{["Content-Type"] = "application/x-www-form-urlencoded", ["Sec-Fetch-Site"] = "same-origin"}}, body)
end
"""


def main(others: list[str]) -> None:
    with served() as site, tempfile.TemporaryDirectory() as folder:
        script, pk = Path(folder) / "ours.lua", _number_of(f"{site.url}{site.typical}")
        form = urlencode({"name": "Reader", "email": "reader@example.com"})
        script.write_text(SCRIPT.format(form=form, path=f"/comments/on/{pk}/post/"))
        targets = {"newsroom": (site.url, str(script))}
        for line in others:
            name, _, rest = line.partition("=")
            url, *options = rest.split(",")
            targets[name] = (url, next(option.removeprefix("lua=") for option in options if option.startswith("lua=")))
        rounds, cost = [], []
        for _round in range(ROUNDS):
            used = site.cpu_seconds
            rounds.append({name: _posts(*target) for name, target in targets.items()})
            cost.append(1000 * (site.cpu_seconds - used) / (rounds[-1]["newsroom"] * SECONDS))
    for name in targets:
        rates = [measured[name] for measured in rounds]
        ratios = [measured["newsroom"] / measured[name] for measured in rounds if measured[name]]
        print(f"{name}: {statistics.median(rates):.0f} posts/s; newsroom / {name} = {statistics.median(ratios):.2f}")
    print(
        f"newsroom: {statistics.median(cost):.2f} ms of processor time a post, between {min(cost):.2f} and {max(cost):.2f}"
    )


def _number_of(url: str) -> int:
    import urllib.request

    with urllib.request.urlopen(url) as page:
        found = re.search(rb"/comments/on/(\d+)/post/", page.read())
    assert found
    return int(found[1])


def _posts(url: str, script: str) -> float:
    """Posts a second that were taken; refused ones fail the measurement."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, url]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(found[1]) if found else 0.0


if __name__ == "__main__":
    main(sys.argv[1:])
