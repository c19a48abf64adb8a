"""Routes by which a photo is asked about: recognise, find and explain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field
from starlette.requests import Request

from resight.explain.catalogue import OF_MATCHES, require
from resight.service.galleries import answers

from .parts import TWO_PHOTOS, Reader, Served, Strict, photo_body, refusals
from .records import DetectionsBody, ExplanationBody, RecognitionBody, VerificationBody

router = APIRouter(tags=["asking"])


class Asking(Strict):
    """Options with which a photo is asked about."""

    gallery: str | None = Field(None, max_length=100, description="Which gallery; without, the first that is served.")
    upright: bool = Field(False, description="Send the photo back as an upright JPEG of pixels alone.")


class Deciding(Asking):
    """Options that decide whether a photo gets a name."""

    false_accept_rate: float | None = Field(
        None, ge=0, le=1, description="The largest share of unknown photos that may get a name."
    )
    false_discovery_rate: float | None = Field(
        None, ge=0, le=1, description="The largest share of names that may be wrong."
    )
    unknown_share: float = Field(0.5, gt=0, lt=1, description="Share of unknown photos to expect.")


class Recognising(Deciding):
    """Options of :meth:`resight.Recogniser.recognise`."""

    k: int = Field(5, ge=1, le=50, description="Candidates that are told, at most.")
    mirrored: bool = Field(False, description="Ask about the mirror image as well.")


class Finding(Deciding):
    """Options of :meth:`resight.Recogniser.find`."""

    method: Literal["geometry", "heat", "both"] = Field("both", description="How things are looked for.")


def _method(name: str) -> str:
    require(name, OF_MATCHES)
    return name


class Explaining(Asking):
    """Options of :meth:`resight.Recogniser.explain`."""

    reference: str | None = Field(
        None,
        max_length=200,
        description="A known thing by its name or id, or a known photo by its id; without, what is nearest.",
    )
    method: Annotated[str, AfterValidator(_method), Field(json_schema_extra={"enum": list(OF_MATCHES)})] | None = Field(
        None, description="How the maps are made, docs/explaining.md; by default by what suits."
    )
    test_faithfulness: bool = Field(True, description="Whether it is measured how far the maps can be believed.")
    mirrored: bool = Field(False, description="Ask about the mirror image as well.")


@router.post(
    "/v1/recognise",
    response_model=RecognitionBody,
    responses=refusals(408, 413, 415, 404, 503),
    openapi_extra=photo_body(),
    summary="Which known thing a photo shows, or none of them",
)
async def recognise(
    request: Request, key: Reader, service: Served, options: Annotated[Recognising, Query()]
) -> Mapping[str, Any]:
    """The body is the photo, of any kind that resight reads, or a form whose field `photo` is."""
    wanted = options.model_dump(exclude={"gallery", "upright"})
    place = service.place(options.gallery)
    answer = partial(answers.recognised, corrections=place.corrections, unknown=place.unknown, **wanted)
    return await service.ask(request, options.gallery, answer, upright=options.upright)


@router.post(
    "/v1/find",
    response_model=DetectionsBody,
    responses=refusals(408, 413, 415, 404, 503),
    openapi_extra=photo_body(),
    summary="Every known thing in a photo, with its outline",
)
async def find(
    request: Request, key: Reader, service: Served, options: Annotated[Finding, Query()]
) -> Mapping[str, Any]:
    """Outlines are in pixels of the upright photo, which `upright` sends back."""
    wanted = options.model_dump(exclude={"gallery", "upright"})
    answer = partial(answers.found, **wanted)
    return await service.ask(request, options.gallery, answer, upright=options.upright, closely=True)


class Verifying(Asking):
    """Options of :meth:`resight.Verifier.verify`."""

    share: float = Field(0.5, gt=0, lt=1, description="Share of pairs to expect that show one thing.")
    explain: bool = Field(False, description="Whether heat maps over both photos are sent.")


@router.post(
    "/v1/verify",
    response_model=VerificationBody,
    responses=refusals(408, 413, 415, 404, 503),
    openapi_extra=photo_body(TWO_PHOTOS),
    summary="Whether two photos show one thing",
)
async def verify(
    request: Request, key: Reader, service: Served, options: Annotated[Verifying, Query()]
) -> Mapping[str, Any]:
    """The body is a form with two fields `photo`; neither thing has to be known."""
    answer = partial(answers.verified, share=options.share, explain=options.explain)
    return await service.ask(request, options.gallery, answer, photos=2, upright=options.upright)


@router.post(
    "/v1/explain",
    response_model=ExplanationBody,
    responses=refusals(408, 409, 413, 415, 404, 503),
    openapi_extra=photo_body(),
    summary="Why a photo is, or is not, what a known photo shows",
)
async def explain(
    request: Request, key: Reader, service: Served, options: Annotated[Explaining, Query()]
) -> Mapping[str, Any]:
    """A map over either photo as a grey PNG in Base64, white where it is brightest, and the points that agree."""
    wanted = options.model_dump(exclude={"gallery", "upright"})
    answer = partial(answers.explained, **wanted)
    return await service.ask(request, options.gallery, answer, upright=options.upright, closely=True)
