"""The demo newsroom: an invented region with its stories, pictures and readers, and what writes them into a database."""
