"""Problems as clients get them: what is wrong, what was found, what is wanted and what to do (RFC 9457)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from resight.errors import GalleryError, PhotoError

MEDIA_TYPE: Final = "application/problem+json"

_TOLD: Final = re.compile(r"(?P<what>.*?): found (?P<found>.*); wanted (?P<wanted>.*?); (?P<remedy>.*)", re.DOTALL)
"""The one form of a photo's error, see ``resight.io.decoding.decoder.refusal``."""


class Problem(Exception):
    """A request that is refused.

    Parameters
    ----------
    status : of the response.
    what : is wrong, in a sentence.
    found, wanted, remedy : what there was, what there ought to be, and what to do; "" where that is no question.
    retry_after : seconds after which the same request may be answered, or None.
    """

    def __init__(
        self,
        status: int,
        what: str,
        *,
        found: str = "",
        wanted: str = "",
        remedy: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.found = found
        self.wanted = wanted
        self.remedy = remedy
        self.retry_after = retry_after

    @classmethod
    def of(cls, error: Exception) -> Problem:
        """The problem that an error of the library is to a client; raises one that is the fault of no request."""
        match error:
            case Problem():
                return error
            case PhotoError():
                return cls.of_photo(str(error))
            case GalleryError():
                return cls(503, "the gallery cannot answer", remedy="`resight gallery check` tells its owner why")
            case _:
                raise error

    @classmethod
    def of_photo(cls, message: str, *, status: int = 422) -> Problem:
        """The problem of a photo that cannot be read, of the message of its PhotoError."""
        told = _TOLD.fullmatch(message)
        if told is None:
            return cls(status, message)
        what, found, wanted, remedy = told.groups()
        return cls(status, what, found=found, wanted=wanted, remedy=remedy)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        parts = (self.found and f"found {self.found}", self.wanted and f"wanted {self.wanted}", self.remedy)
        told = {"found": self.found, "wanted": self.wanted, "remedy": self.remedy}
        about = {"type": "about:blank", "title": HTTPStatus(self.status).phrase, "status": self.status}
        return {**about, "detail": "; ".join(filter(None, (self.what, *parts))), "what": self.what, **told}

    def response(self) -> JSONResponse:
        """The response that tells it."""
        headers = {} if self.retry_after is None else {"Retry-After": str(max(1, math.ceil(self.retry_after)))}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.to_dict(), self.status, headers, MEDIA_TYPE)


def of_validation(error: RequestValidationError) -> Problem:
    """The problem of parameters or a body that are not of the documented form."""
    faults = [fault for fault in error.errors() if isinstance(fault, Mapping)]
    first: Mapping[str, Any] = faults[0] if faults else {}
    place = " ".join(str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path"))
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    what = f"{place or 'the request'} is not what it is to be{more}"
    found = repr(first.get("input"))[:80]
    return Problem(422, what, found=found, wanted=str(first.get("msg", "")), remedy="/v1/openapi.json says what is")


def of_http(error: HTTPException) -> Problem:
    """The problem of an address or a method that there is not."""
    found = str(error.detail)
    return Problem(error.status_code, found.lower(), remedy="/v1/openapi.json lists what can be asked")
