"""Parts that routes share: who asks, the photo of a body in the OpenAPI document, and its examples."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from resight.service.safety.keys import Key
from resight.service.terms.problem import MEDIA_TYPE
from resight.service.work.service import Service

from .body_examples import REFUSAL

PHOTO: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"photo": {"type": "string", "format": "binary"}},
                "required": ["photo"],
            }
        },
    },
}
"""A photo as the body: any kind that resight reads, told by its content."""

PHOTOS: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "image/jpeg": PHOTO["content"]["image/jpeg"],
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"photo": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                "required": ["photo"],
            }
        },
    },
}
"""One photo as the body, or several in a form."""


TWO_PHOTOS: Final[dict[str, Any]] = {
    "required": True,
    "content": {"multipart/form-data": PHOTOS["content"]["multipart/form-data"]},
}
"""Two photos, both in the form field `photo`."""


class Refusal(BaseModel):
    """Why a request is refused (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"examples": [REFUSAL]})

    type: str
    title: str
    status: int
    detail: str = Field(description="All of it in a sentence.")
    what: str = Field(description="What is wrong.")
    found: str
    wanted: str
    remedy: str = Field(description="What to do.")


class Strict(BaseModel):
    """Parameters or a body of which nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid")


_WORDS: Final = {
    400: "It did not arrive whole.",
    401: "A key is needed.",
    403: "The key may not do that, or another site's page asks.",
    404: "There is no such thing.",
    408: "The photo took too long to come.",
    409: "What is there speaks against it.",
    413: "The upload is too large.",
    415: "No kind of photo that is read.",
    421: "The service is not called so.",
    422: "A photo or a parameter that is not as it is to be.",
    429: "Too many requests; Retry-After says when.",
    503: "It cannot be answered now; Retry-After says when.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of these refusals, and of those that any request may meet."""
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {
        status: {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": schema}}, "model": None}
        for status in sorted({400, 401, 403, 421, 422, 429, *statuses})
    }


def photo_body(body: Mapping[str, Any] = PHOTO) -> dict[str, Any]:
    """The OpenAPI part of a route that reads a photo from the body by itself."""
    return {"requestBody": body}


def service_of(request: Request) -> Service:
    """The service that a request is made to."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]


def _allowed(scope: str) -> Callable[[Request], Coroutine[None, None, Key]]:
    async def allowed(request: Request) -> Key:
        return service_of(request).access.key(request, scope)

    return allowed


Reader = Annotated[Key, Depends(_allowed("read"))]
Enroller = Annotated[Key, Depends(_allowed("enrol"))]
Admin = Annotated[Key, Depends(_allowed("admin"))]
"""The key of a request, which must be one that may do this."""

GalleryName = Annotated[
    str | None, Query(max_length=100, description="Which gallery; without, the first that is served.")
]
