"""What things cost, printed as ratios; not part of `make test`. `python -m tests.bench` measures the pages of a site beside
two floors; each module says how it is run.

Needs the packages of requirements-dev.txt, and a database of its own (NEWSROOM_VAR or DATABASE_URL).
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
django.setup()
