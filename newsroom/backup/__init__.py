"""A site in one file, and back: the database and the pictures, taken while readers write, with proof of what is in it.

archive.py: the file, what it says of itself, and why it is believed.  database.py: a consistent copy of SQLite or
PostgreSQL, and a whole database replaced in one transaction.  making.py and restoring.py: the two ways.
"""


class Refused(Exception):
    """Nothing was done (or nothing that counts), and why: a sentence for the person who runs the site."""
