"""The site: settings, URLs and the pages that show several apps at once."""
