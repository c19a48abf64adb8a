"""The page and the OpenAPI document."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resight.service.terms.problem import Problem

router = APIRouter(include_in_schema=False)

KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
"""Kinds of the page's files by their endings."""


@cache
def _file(name: str) -> bytes:
    """A file of the page; raises FileNotFoundError for a name that none has, whatever path it spells."""
    folder = resources.files("resight.service") / "page"
    if name not in {one.name for one in folder.iterdir() if one.name.rpartition(".")[2] in KINDS}:
        raise FileNotFoundError(name)
    return (folder / name).read_bytes()


@router.get("/v1/openapi.json")
async def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    document: dict[str, Any] = request.app.openapi()
    return JSONResponse(document)


@router.get("/")
async def index() -> Response:
    """The page."""
    return Response(_file("index.html"), media_type=KINDS["html"])


@router.get("/page/{name}")
async def file(name: str) -> Response:
    """A file of the page."""
    try:
        return Response(_file(name), media_type=KINDS[name.rpartition(".")[2]])
    except FileNotFoundError:
        raise Problem(404, "there is no such page", found=name[:100]) from None
