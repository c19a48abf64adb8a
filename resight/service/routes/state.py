"""Routes that tell how the service is: health, ready, metrics, galleries and jobs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from resight.service.work.service import Place, Service, editable

from .parts import Enroller, GalleryName, Reader, Served, refusals
from .records import GalleryBody, JobBody, StateBody, StatusBody

router = APIRouter(tags=["state"])


@router.get("/v1/health", response_model=StatusBody, summary="Whether the service lives")
async def health(service: Served) -> dict[str, Any]:
    """Answered without a key, while galleries load as well."""
    return {"status": "alive"}


@router.get(
    "/v1/ready",
    response_model=StatusBody,
    responses={503: {"model": StatusBody, "description": "A gallery is being loaded, or cannot be."}},
    summary="Whether every gallery answers",
)
async def ready(service: Served) -> Response:
    """Answered without a key, and without the galleries' names."""
    is_ready = all(place.gallery.is_ready for place in service.places.values())
    told = {"status": "ready" if is_ready else "not ready"}
    return JSONResponse(told, 200 if is_ready else 503)


@router.get(
    "/v1/metrics",
    responses=refusals() | {200: {"content": {"text/plain": {}}}},
    response_class=Response,
    summary="Metrics for Prometheus",
)
async def metrics(key: Reader, service: Served) -> Response:
    """Length of the queue, waits, requests by route and status, and of the process."""
    return Response(await service.look(service.metrics.text), media_type="text/plain; version=0.0.4")


@router.get("/v1/galleries", response_model=StateBody, responses=refusals(), summary="The galleries that are served")
async def galleries(key: Reader, service: Served) -> dict[str, Any]:
    """Each by the name that the parameter `gallery` takes."""
    told = await service.look(lambda: [_gallery(service, place) for place in service.places.values()])
    return {"status": "ready" if all(one.ready for one in told) else "not ready", "galleries": told}


def _gallery(service: Service, place: Place) -> GalleryBody:
    about = place.gallery
    photos = instances = 0
    if about.is_ready:
        known = service.ready(place).gallery.instances()
        photos, instances = sum(known.values()), len(known)
    return GalleryBody(
        name=about.name,
        ready=about.is_ready,
        fault=about.fault,
        photos=photos,
        instances=instances,
        keeps=place.unknown.retention.keep,
    )


@router.get("/v1/jobs", response_model=list[JobBody], responses=refusals(), summary="Long work, the newest first")
async def jobs(key: Reader, service: Served) -> list[dict[str, Any]]:
    """Calibrations that follow changes."""
    return [job.to_dict() for job in service.jobs.all()]


@router.get("/v1/jobs/{id}", response_model=JobBody, responses=refusals(404), summary="Where long work stands")
async def job(id: int, key: Reader, service: Served) -> dict[str, Any]:
    """One job."""
    return service.jobs.get(id).to_dict()


@router.post("/v1/jobs", response_model=JobBody, responses=refusals(404), summary="Calibrate a gallery anew")
async def calibrate(key: Enroller, service: Served, gallery: GalleryName = None) -> dict[str, Any]:
    """Fit the calibration to what the gallery holds and what corrections teach; every change is followed by that."""
    return editable(service, gallery).editor.calibrate().to_dict()


@router.delete("/v1/jobs/{id}", response_model=JobBody, responses=refusals(404), summary="Stop long work")
async def stop(id: int, key: Enroller, service: Served) -> dict[str, Any]:
    """It ends after the step that it is at; what is on the disk stays."""
    found = service.jobs.get(id)
    found.stopping.set()
    return found.to_dict()
