"""Is this machine ready for `make run`? One sentence if it is not. Runs on any Python, so that an old one can be told so."""

import os
import socket
import sys


def stop(sentence):
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def python():
    if sys.version_info < (3, 11):
        stop(
            "Newsroom needs Python 3.11 or newer, and this is %d.%d.%d (%s). Name another one: make %s PYTHON=python3.12"
            % (sys.version_info[:3] + (sys.executable, os.environ.get("GOAL", "run")))
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            "This Python (%s) cannot make virtual environments: its venv or ensurepip is missing. "
            "On Debian and Ubuntu: apt-get install python3-venv" % sys.executable
        )


def port(text):
    number = int(text) if text.isdigit() else 0
    if not 0 < number < 65536:
        stop("PORT is '%s'. It must be a number between 1 and 65535, like: make run PORT=8001" % text)
    other = "Choose another: make run PORT=%d" % (number + 1 if 1024 <= number < 65535 else 8001)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", number)) == 0:
            stop("Port %d is taken: something answers there already. %s" % (number, other))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            stop("Port %d cannot be used (%s). %s" % (number, error.strerror, other))


if __name__ == "__main__":
    python()
    if len(sys.argv) > 1:
        port(sys.argv[1])
