"""Access: who may ask what, from where, and how often."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request

from resight.service.terms.problem import Problem
from resight.service.terms.settings import Settings, is_loopback

from .keys import Key, Keys

LOCAL: Final = Key("local", "this machine", "admin", "")
"""The key of whoever asks on the loopback address, where nobody needs one."""

SAFE: Final = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""

_SEEN: Final = 10_000
"""Keys and addresses whose requests are counted, at most."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@final
class Rates:
    """Rates of requests, each a bucket that fills by the second and empties by the request."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str) -> None:
        """Count a request; raises Problem for one too many."""
        now = self._clock()
        bucket = self._buckets.setdefault(who, _Bucket(self._burst, now))
        self._buckets.move_to_end(who)
        if len(self._buckets) > _SEEN:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + self._rate * max(0.0, now - bucket.at))
        bucket.at = now
        if bucket.tokens < 1:
            raise Problem(
                429,
                "too many requests",
                found=f"more than {self._burst} at once",
                wanted=f"at most {self._rate:g} a second",
                remedy="ask again after Retry-After seconds",
                retry_after=(1 - bucket.tokens) / self._rate if self._rate else 60,
            )
        bucket.tokens -= 1


@final
class Access:
    """The doorkeeper of a service: raises Problem for a request that may not be answered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys = None if settings.keys is None else Keys.open(settings.keys)
        self._rates = Rates(settings.rate, settings.burst)
        self._strangers = Rates(settings.rate, settings.burst)

    def require_own_page(self, request: Request) -> None:
        """Raises Problem for a request that another site's page has a browser send, or that came by a foreign name.

        Without a key, whoever reaches this machine's browser could ask; names are checked because a page of a site may
        have its own name lead to this machine.
        """
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        name = name.strip("[]").lower()
        is_checked = self._settings.is_local or self._settings.hosts
        if is_checked and name not in (*self._settings.hosts, self._settings.host) and not is_loopback(name):
            raise Problem(
                421,
                "this service is not called so",
                found=name[:100],
                wanted="the name of its own address",
                remedy="open it by that, or name it with --host-name",
            )
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not _is_visit(request):
            raise _foreign(request.headers["sec-fetch-site"])
        origin = request.headers.get("origin")
        if request.method not in SAFE and origin is not None and origin.partition("://")[2].lower() != host.lower():
            raise _foreign(origin)

    def key(self, request: Request, scope: str) -> Key:
        """The key of a request that may do what a scope is for; raises Problem without one."""
        if self._keys is None:
            return LOCAL
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        address = request.client.host if request.client else ""
        key = self._keys.find(token.strip()) if kind.lower() == "bearer" else None
        if key is None:
            self._strangers.take(address)
            found = "one that is not known" if token else "none"
            raise Problem(401, "a key is needed", found=found, remedy="send `Authorization: Bearer KEY`")
        self._rates.take(key.id)
        if not key.may(scope):
            raise Problem(
                403, "the key may not do that", found=f"the scope {key.scope}", wanted=scope, remedy="ask for another"
            )
        return key


def _is_visit(request: Request) -> bool:
    """Whether a person follows a link to the page."""
    return request.method in SAFE and request.headers.get("sec-fetch-mode") == "navigate"


def _foreign(found: str) -> Problem:
    wanted = "this service's own page, or a program"
    return Problem(403, "a page of another site asks", found=found[:100], wanted=wanted, remedy="open the page here")
