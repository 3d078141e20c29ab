"""How much memory two web processes and the worker take, and whether it grows; needs `wrk` and nginx.

    .venv/bin/python -m tests.bench.memory [--requests 100000] [--pages 10000]     (DATABASE_URL names another database)

PSS, in which what several processes share is counted once, of all that docs/deploy/newsroom-web.service starts: at the start,
at a quarter, at half, at three quarters and at the end. What they share with other programs of the machine (libraries) is
counted in part: 15 MiB more where no other Python runs. Every request is for another page by chance, so most are rendered:
100,000 take ten to twenty minutes, filling one, and before that the sizes of the demo's pictures are made.
"""

import argparse
import sys
import tempfile
import urllib.request
from pathlib import Path

from rich.progress import Progress

from tests.bench.load import load
from tests.bench.newsdesk import newsdesk
from tests.bench.processes import shares
from tests.bench.site import Site, served
from tests.bench.turns import BROWSER, MANY

#: MiB, all together.
MOST = 185
#: The end beside half of the way: more than this is growing.
GROWN = 1.03
_SCRIPT = """
local paths = {{}}
for path in io.lines("{paths}") do paths[#paths + 1] = path end
function init(arguments) math.randomseed(os.time() + tonumber(tostring(paths):sub(8), 16) % 100000) end
function request() return wrk.format("GET", paths[math.random(#paths)]) end
"""


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.memory")
    options.add_argument("--requests", type=int, default=100_000)
    options.add_argument("--pages", type=int, default=10_000)
    chosen = options.parse_args()
    sizes = {"articles": chosen.pages, "comments": chosen.pages * 5, "largest": chosen.pages // 10}
    with served(**sizes, demo=True, unit=True) as site:
        read = _read_all(site, chosen.pages, chosen.requests)
        whose = shares(site.pids)
    for name, mib in read.items():
        print(f"{name}: {mib:.0f} MiB")
    print("of which " + ", ".join(f"{name}: {mib:.0f}" for name, mib in whose))
    grown = read["at the end"] / read["at half"]
    print(f"at most {MOST} MiB: {max(read.values()):.0f}; the end is {grown:.3f} x the half (growing above {GROWN})")


def _read_all(site: Site, pages: int, requests: int) -> dict[str, float]:
    read = {"at the start": site.memory}
    with tempfile.TemporaryDirectory() as folder, newsdesk(site) as desk:
        paths, script = Path(folder) / "paths", Path(folder) / "any.lua"
        paths.write_text("\n".join(desk.tell("paths", number=pages)["paths"]) + "\n")
        script.write_text(_SCRIPT.format(paths=paths))
        for path in desk.tell("paths", number=20)["paths"]:  # a process reads much the first time
            urllib.request.urlopen(site.url + path).close()
        done = 0
        with Progress(disable=not sys.stderr.isatty(), transient=True) as progress:
            task = progress.add_task("Loading", total=requests)
            for quarter, name in enumerate(("at a quarter", "at half", "at three quarters", "at the end"), 1):
                while done < requests * quarter / 4:
                    found = load(site.url, BROWSER, seconds=10, connections=MANY, script=str(script))
                    done += found.requests
                    progress.update(task, completed=done)
                read[name] = site.memory
    return read


if __name__ == "__main__":
    main()
