"""The page cache: a WSGI application in front of Django, so that a hit never enters Django.

A view says with `share()` that its page is the same for every reader. The cache then keeps the ready bytes (gzip and
brotli; identity is inflated from gzip), and answers from them until the site's stamp, a stamp named by the view or the
moment named by the view (`until`) says otherwise. Nothing is ever purged, and no reader's own data can get in: a shared
render sees neither Cookie nor Authorization, and a response that sets a cookie is refused.

sharing.py: what views say.  key.py: what a request may get.  page.py: one kept page.  shelf.py: many of them, bounded.  cache.py: the application.
"""

from newsroom.lib.pagecache.cache import PageCache
from newsroom.lib.pagecache.sharing import (
    asks_hidden,
    boundary,
    is_private,
    is_shared,
    means,
    private_unless_shared,
    share,
)

__all__ = ["PageCache", "asks_hidden", "boundary", "is_private", "is_shared", "means", "private_unless_shared", "share"]
