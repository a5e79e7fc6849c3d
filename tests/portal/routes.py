"""Every address of the portal, made from the URLconf itself: a new one is tested the day it is written."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str

    def path(self, **values: Any) -> str:
        return reverse(self.name, kwargs={key: value for key, value in values.items() if f":{key}>" in self.pattern})


def every_route() -> list[Route]:
    return list(_routes(get_resolver().url_patterns, "", ""))


def _routes(patterns, prefix: str, namespace: str):
    for each in patterns:
        whole = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(
                each.url_patterns, whole, f"{namespace}{each.namespace}:" if each.namespace else namespace
            )
        elif isinstance(each, URLPattern):
            yield Route(f"{namespace}{each.name}", whole)


ANY_UUID = UUID(int=7)
