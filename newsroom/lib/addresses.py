"""Addresses by the name of their view, each built once by a process."""

import functools

from django.urls import reverse


@functools.lru_cache(maxsize=8192)
def address(name: str, *arguments: int | str) -> str:
    """`reverse(name, args=arguments)`, which looks through every pattern of the site that has the name, each time."""
    return reverse(name, args=arguments)
