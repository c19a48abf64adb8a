"""Routes by which known things and their photos come, go and get other names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.service.galleries.answers import address, facts
from resight.service.galleries.editor import labels, required_name
from resight.service.galleries.served_gallery import ServedGallery, instance_id
from resight.service.galleries.troubles import Trouble, troubles
from resight.service.terms.problem import Problem
from resight.service.work.service import Place, editable, kept

from .parts import PHOTOS, Enroller, GalleryName, Reader, Served, Strict, photo_body, refusals
from .records import ChangedBody, InstanceListBody, PhotoBody, WholeInstanceBody

router = APIRouter(tags=["instances"])

Name = Annotated[str, Query(min_length=1, max_length=300, description="What the photos show.")]


class Listing(Strict):
    """The known things that are listed, and how."""

    gallery: str | None = Field(None, max_length=100, description="Which gallery; without, the first that is served.")
    search: str = Field("", max_length=200, description="A part of the name, whatever its case.")
    sort: Literal["name", "trouble", "photos"] = Field("name", description="What comes first.")
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


class NewName(Strict):
    """Another name for a known thing."""

    name: str = Field(max_length=300)
    merge: bool = Field(False, description="Whether it may be the name of a known thing, which both are then.")


class NewInstance(Strict):
    """The thing that a known photo shows after all."""

    instance: str = Field(max_length=300)


@router.get("/v1/instances", response_model=InstanceListBody, responses=refusals(404, 503), summary="The known things")
async def instances(key: Reader, service: Served, listing: Annotated[Listing, Query()]) -> dict[str, Any]:
    """Known things with what there is to look at in each: few photos, look-alikes, one picture under two names."""
    place = service.place(listing.gallery)
    opened = service.ready(place).gallery
    return await service.look(partial(_listed, place.gallery, opened, listing))


def _listed(gallery: ServedGallery, opened: Gallery, listing: Listing) -> dict[str, Any]:
    with opened.snapshot():
        known, told = opened.instances(), troubles(opened)
        first: dict[str, int] = {}
        for item in opened.items():
            first.setdefault(item.instance, item.id)
    wanted = listing.search.casefold().strip()
    names = [name for name in known if wanted in name.casefold()]
    order: dict[str, Callable[[str], tuple[float, str]]] = {
        "name": lambda name: (0.0, name.casefold()),
        "trouble": lambda name: (-told[name].weight, name.casefold()),
        "photos": lambda name: (known[name], name.casefold()),
    }
    names.sort(key=order[listing.sort])
    page = names[listing.offset : listing.offset + listing.limit]
    rows = [_instance(gallery, name, known[name], first[name], told[name]) for name in page]
    return {"gallery": gallery.name, "total": len(names), "instances": rows}


def _instance(gallery: ServedGallery, name: str, photos: int, first: int, trouble: Trouble) -> dict[str, Any]:
    return {
        "id": instance_id(name),
        "name": name,
        "photos": photos,
        "cover": address(gallery, first),
        "trouble": trouble.weight,
        "remarks": [asdict(remark) for remark in trouble.remarks],
    }


@router.get(
    "/v1/instances/{id}", response_model=WholeInstanceBody, responses=refusals(404, 503), summary="One known thing"
)
async def instance(id: str, key: Reader, service: Served, gallery: GalleryName = None) -> dict[str, Any]:
    """Photos of the thing, and what there is to look at."""
    place = service.place(gallery)
    opened = service.ready(place).gallery

    def told() -> dict[str, Any]:
        with opened.snapshot():
            items = items_of(opened, id)
            about = troubles(opened)[items[0].instance]
        rows = [_photo(place.gallery, item) for item in items]
        body = _instance(place.gallery, items[0].instance, len(items), items[0].id, about)
        return {"gallery": place.gallery.name, **body, "items": rows}

    return await service.look(told)


def items_of(opened: Gallery, id: str) -> list[Item]:
    """The photos of the instance of an id, or of that name; raises Problem where there is none."""
    name = next((name for name in opened.instances() if id in (instance_id(name), name)), None)
    if name is None:
        raise Problem(404, "there is no such known thing", found=id[:100], remedy="/v1/instances lists them")
    return opened.items(name)


def item_of(opened: Gallery, id: int) -> Item:
    """The photo of an id; raises Problem where there is none."""
    found = opened.items(ids=[id]) if id < 1 << 62 else []
    if not found:
        raise Problem(404, "there is no such known photo", found=str(id)[:40], remedy="/v1/instances/{id} lists them")
    return found[0]


def _photo(gallery: ServedGallery, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "photo": address(gallery, item.id),
        "instance": item.instance,
        "instance_id": instance_id(item.instance),
        "width": item.width,
        "height": item.height,
        "about": facts(item),
    }


@router.get("/v1/photos/{id}", response_model=PhotoBody, responses=refusals(404, 503), summary="One known photo")
async def photo(id: int, key: Reader, service: Served, gallery: GalleryName = None) -> dict[str, Any]:
    """The thing that it shows, and its size in pixels."""
    place = service.place(gallery)
    opened = service.ready(place).gallery
    return await service.look(lambda: _photo(place.gallery, item_of(opened, id)))


@router.get(
    "/v1/photos/{id}/image",
    response_class=Response,
    responses=refusals(404, 503) | {200: {"content": {"image/jpeg": {}}}},
    summary="The small image of a known photo",
)
async def image(id: int, key: Reader, service: Served, gallery: GalleryName = None) -> Response:
    """A JPEG of at most 320 pixels, upright."""
    opened = service.ready(service.place(gallery)).gallery
    jpeg = await service.look(lambda: opened.thumbnail(item_of(opened, id).id))
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.post(
    "/v1/instances",
    response_model=ChangedBody,
    status_code=201,
    responses=refusals(404, 408, 409, 413, 415, 503),
    openapi_extra=photo_body(PHOTOS),
    summary="Make a thing known by a photo, or several",
)
async def add(
    request: Request, name: Name, key: Enroller, service: Served, gallery: GalleryName = None
) -> Mapping[str, Any]:
    """A thing that is known already gets more photos. When it is answered, they are on the disk.

    What is kept of a photo are its pixels, as an upright JPEG: neither its name nor anything else that its file said.
    """
    place = editable(service, gallery)
    spelled = required_name(name)
    recogniser = service.ready(place)
    async with service.uploads.receiving(request) as upload:
        if not upload.photos:
            upload.photo()
        photos = [await service.desk.ask(partial(kept, data)) for data in upload.photos]

    def work(opened: Gallery) -> dict[str, Any]:
        done = place.editor.add(opened, recogniser.encoders, photos, spelled)
        added = done["added"]
        change = place.editor.tell(key.id, "add", instance=spelled, digests=done["digests"]) if added else ""
        return {"change": change, "ids": done["ids"], "added": added, "remark": done["remark"]}

    return _changed(place, spelled, await place.editor.change(work))


def _changed(place: Place, instance: str | None, done: Mapping[str, Any]) -> dict[str, Any]:
    id = None if instance is None else instance_id(instance)
    return {"gallery": place.gallery.name, "instance": instance, "instance_id": id, **done}


@router.patch(
    "/v1/instances/{id}",
    response_model=ChangedBody,
    responses=refusals(404, 409, 503),
    summary="Give a known thing another name, or merge it with another",
)
async def rename(
    id: str, body: NewName, key: Enroller, service: Served, gallery: GalleryName = None
) -> Mapping[str, Any]:
    """An id follows its name."""
    place, new = editable(service, gallery), required_name(body.name)

    def work(opened: Gallery) -> dict[str, Any]:
        items = items_of(opened, id)
        old = items[0].instance
        known = opened.instances()
        if new in known and new != old and not body.merge:
            raise Problem(
                409, "another thing is called so", found=new, wanted="another name", remedy="or say merge: both are one"
            )
        before = labels(items)
        opened.rename(old, new, merge=body.merge)
        names = place.corrections.rename(old, new)
        action = "merge" if new in known else "rename"
        change = place.editor.tell(key.id, action, instance=new, before=before, corrections=names)
        return {"change": change, "ids": [item.id for item in items]}

    return _changed(place, new, await place.editor.change(work))


@router.delete(
    "/v1/instances/{id}", response_model=ChangedBody, responses=refusals(404, 503), summary="Remove a known thing"
)
async def remove(id: str, key: Enroller, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """All its photos go; the change can be undone."""
    place = editable(service, gallery)

    def work(opened: Gallery) -> dict[str, Any]:
        items = items_of(opened, id)
        return _removed(place, opened, key.id, items)

    return _changed(place, None, await place.editor.change(work))


def _removed(place: Place, opened: Gallery, who: str, items: list[Item]) -> dict[str, Any]:
    change = place.editor.new_id()
    gone = place.editor.remove(opened, [item.id for item in items], change)
    place.editor.tell(who, "remove", id=change, before=labels(items))
    return {"change": change, "ids": gone, "removed": len(gone)}


@router.post(
    "/v1/instances/{id}/photos",
    response_model=ChangedBody,
    status_code=201,
    responses=refusals(404, 408, 409, 413, 415, 503),
    openapi_extra=photo_body(PHOTOS),
    summary="Add photos to a known thing",
)
async def add_photos(
    request: Request, id: str, key: Enroller, service: Served, gallery: GalleryName = None
) -> Mapping[str, Any]:
    """Make photos known of a thing that is known already."""
    place = editable(service, gallery)
    opened = service.ready(place).gallery
    name = await service.look(lambda: items_of(opened, id)[0].instance)
    return await add(request, name, key, service, gallery)


@router.patch(
    "/v1/photos/{id}",
    response_model=ChangedBody,
    responses=refusals(404, 503),
    summary="Say that a known photo shows another thing",
)
async def relabel(
    id: int, body: NewInstance, key: Enroller, service: Served, gallery: GalleryName = None
) -> Mapping[str, Any]:
    """A known thing, or a new one."""
    place, new = editable(service, gallery), required_name(body.instance)

    def work(opened: Gallery) -> dict[str, Any]:
        item = item_of(opened, id)
        opened.relabel([item.id], new)
        change = place.editor.tell(key.id, "move", instance=new, before=labels([item]))
        return {"change": change, "ids": [item.id]}

    return _changed(place, new, await place.editor.change(work))


@router.delete(
    "/v1/photos/{id}", response_model=ChangedBody, responses=refusals(404, 503), summary="Remove a known photo"
)
async def remove_photo(id: int, key: Enroller, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """The change can be undone."""
    place = editable(service, gallery)
    done = await place.editor.change(lambda opened: _removed(place, opened, key.id, [item_of(opened, id)]))
    return _changed(place, None, done)


@router.get("/v1/changes", responses=refusals(404), summary="What was changed, the newest first")
async def changes(
    key: Enroller,
    service: Served,
    gallery: GalleryName = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> list[dict[str, Any]]:
    """List who did what and when; with the id that undoes it, and whether that was done."""
    place = service.place(gallery)

    def told() -> list[dict[str, Any]]:
        entries = place.editor.log.last(10_000)
        undone = {entry.get("of") for entry in entries}
        return [
            {key: value for key, value in entry.items() if key not in ("digests", "before", "corrections")}
            | {"undone": entry.get("id") in undone}
            for entry in entries[:limit]
        ]

    return await service.look(told)


@router.post(
    "/v1/changes/{id}/undo", response_model=ChangedBody, responses=refusals(404, 409, 503), summary="Undo a change"
)
async def undo(id: str, key: Enroller, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """Photos come back as they were, and names too."""
    place = editable(service, gallery)

    def work(opened: Gallery) -> dict[str, Any]:
        found = place.editor.undo(opened, id)
        change = place.editor.tell(key.id, "undo", of=id, undid=found["action"])
        return {"change": change}

    return _changed(place, None, await place.editor.change(work))
