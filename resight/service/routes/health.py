"""Routes that tell how healthy a gallery is, and what a false-accept rate costs on it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from resight.calibration.health.gallery_health import curve, health
from resight.gallery.records import Item
from resight.service.galleries.answers import address
from resight.service.galleries.served_gallery import ServedGallery, instance_id

from .parts import GalleryName, Reader, Served, refusals
from .records import CurveBody, HealthBody, MapBody

router = APIRouter(tags=["health"])


@router.get("/v1/doctor", response_model=HealthBody, responses=refusals(404, 503), summary="How healthy a gallery is")
async def doctor(key: Reader, service: Served, gallery: GalleryName = None) -> dict[str, Any]:
    """Tell how often it is right, what it confuses, which photos hurt, and which are worth taking: `resight doctor`."""
    place = service.place(gallery)
    opened = service.ready(place).gallery

    def told() -> dict[str, Any]:
        found = health(opened)
        about = place.gallery
        return found.to_dict() | {
            "gallery": about.name,
            "confusable": [_pair(about, (one.first, one.second)) for one in found.confusable],
            "near_duplicates": [_pair(about, (one.first, one.second)) for one in found.near_duplicates],
            "harmful": [one.to_dict() | {"photo": address(about, one.item.id)} for one in found.harmful],
        }

    return await service.look(told)


def _pair(gallery: ServedGallery, both: tuple[Item, Item]) -> dict[str, Any]:
    return {"instances": [one.instance for one in both], "photos": [address(gallery, one.id) for one in both]}


@router.get("/v1/map", response_model=MapBody, responses=refusals(404, 409, 503), summary="A map of the known things")
async def map_(key: Reader, service: Served, gallery: GalleryName = None) -> dict[str, Any]:
    """Tell where each thing lies in a square, near those that look like it (t-SNE of their descriptors)."""
    place = service.place(gallery)
    recogniser = service.ready(place)
    points = await service.look(lambda: place.map.of(recogniser))
    rows = [
        {
            "id": instance_id(point.instance),
            "name": point.instance,
            "photo": address(place.gallery, point.id),
            "x": point.x,
            "y": point.y,
        }
        for point in points
    ]
    return {"gallery": place.gallery.name, "things": rows}


@router.get(
    "/v1/curve", response_model=CurveBody, responses=refusals(404, 503), summary="What a false-accept rate costs"
)
async def cost(key: Reader, service: Served, gallery: GalleryName = None) -> dict[str, Any]:
    """Tell, by the gallery's own questions, the share of known photos that get their right name at each rate."""
    place = service.place(gallery)
    opened = service.ready(place).gallery
    points = await service.look(lambda: [point.to_dict() for point in curve(opened)])
    return {"gallery": place.gallery.name, "points": points}
