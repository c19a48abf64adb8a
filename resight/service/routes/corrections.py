"""Routes by which people say what a photo shows: corrections, and photos that got no name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from resight.gallery.protocol import Gallery
from resight.service.galleries.corrections import EXAMPLE, NOTHING, PHOTO
from resight.service.galleries.editor import required_name
from resight.service.galleries.unknown_photos import Retention
from resight.service.terms.problem import Problem
from resight.service.work.service import Place, editable, kept

from .parts import Admin, Enroller, GalleryName, Served, Strict, photo_body, refusals
from .records import ChangedBody, CorrectedBody, CorrectionBody, KeepingBody, UnknownBody

router = APIRouter(tags=["corrections"])


class Saying(Strict):
    """A person's word about a photo."""

    gallery: str | None = Field(None, max_length=100, description="Which gallery; without, the first that is served.")
    instance: str | None = Field(
        None,
        min_length=1,
        max_length=300,
        description="What it shows, known or new; without, none of the known things.",
    )
    instead_of: str | None = Field(
        None, min_length=1, max_length=300, description="The wrong name that it got, which does not come back."
    )
    learn: Literal["example", "photo", "nothing"] = Field(
        "example",
        description="example: the photo teaches how sure the gallery may be. photo: it becomes a known photo of the "
        "thing, as the first of a new one has to. nothing: it is only remembered.",
    )


@router.post(
    "/v1/corrections",
    response_model=CorrectedBody,
    status_code=201,
    responses=refusals(404, 408, 409, 413, 415, 503),
    openapi_extra=photo_body(),
    summary="Say what a photo shows",
)
async def correct(
    request: Request, key: Enroller, service: Served, saying: Annotated[Saying, Query()]
) -> Mapping[str, Any]:
    """Heeded at once: the same picture, also saved anew, gets the right name, and never again the wrong one."""
    place = editable(service, saying.gallery)
    recogniser = service.ready(place)
    instance = None if saying.instance is None else required_name(saying.instance)
    async with service.uploads.receiving(request) as upload:
        photo = await service.desk.ask(partial(kept, upload.photo()))

    def work(opened: Gallery) -> dict[str, Any]:
        is_new = instance is not None and instance not in opened.instances()
        learned = PHOTO if is_new and saying.learn != NOTHING else saying.learn
        if learned == PHOTO and instance is None:
            raise Problem(
                422, "a photo of no known thing cannot become one of a thing", wanted="an instance, or learn=example"
            )
        if is_new and learned == NOTHING:
            raise Problem(404, "there is no such known thing", found=saying.instance or "", remedy="learn the photo")
        digests = []
        if learned == PHOTO and instance is not None:
            digests = place.editor.add(opened, recogniser.encoders, [photo], instance)["digests"]
        made = place.corrections.add(photo, key.id, instance=instance, instead_of=saying.instead_of, learned=learned)
        change = place.editor.tell(
            key.id,
            "correct",
            correction=made.id,
            digests=digests,
            instance=instance,
            instead_of=saying.instead_of,
            learned=learned,
        )
        if learned == EXAMPLE:
            place.editor.calibrate_soon()
        return {"change": change, "correction": made.to_dict()}

    return {"gallery": place.gallery.name, **await place.editor.change(work)}


@router.get(
    "/v1/corrections", response_model=list[CorrectionBody], responses=refusals(404), summary="What was corrected"
)
async def corrections(key: Enroller, service: Served, gallery: GalleryName = None) -> list[dict[str, Any]]:
    """The newest first. `POST /v1/changes/{id}/undo` and `DELETE /v1/corrections/{id}` take one back."""
    return [one.to_dict() for one in service.place(gallery).corrections.all()]


@router.delete(
    "/v1/corrections/{id}", response_model=ChangedBody, responses=refusals(404, 409, 503), summary="Take one back"
)
async def undo(id: str, key: Enroller, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """Forget what was learned of it."""
    place = editable(service, gallery)

    def work(opened: Gallery) -> dict[str, Any]:
        found = next((one for one in place.editor.log.last(10_000) if one.get("correction") == id), None)
        if found is None:
            raise Problem(404, "there is no such correction", found=id[:40], remedy="/v1/corrections lists them")
        place.editor.undo(opened, found["id"])
        return {"change": place.editor.tell(key.id, "undo", of=found["id"], undid="correct")}

    return {"gallery": place.gallery.name, **await place.editor.change(work)}


@router.get("/v1/unknown", response_model=UnknownBody, responses=refusals(404), summary="Photos that got no name")
async def unknown(key: Enroller, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """In groups that show the same thing, the largest first. Nothing is kept unless the owner wants that."""
    place = service.place(gallery)

    def told() -> Mapping[str, Any]:
        groups = place.unknown.groups()
        rows = [
            {"id": one[0].group, "photos": [{"id": photo.id, "time": photo.time} for photo in one]} for one in groups
        ]
        return {"gallery": place.gallery.name, "keeping": _keeping(place), "groups": rows}

    return await service.look(told)


def _keeping(place: Place) -> dict[str, Any]:
    keeping = place.unknown.retention
    return {"keep": keeping.keep, "limit": keeping.limit, "days": keeping.days}


@router.put("/v1/unknown", response_model=KeepingBody, responses=refusals(404), summary="Keep such photos, or not")
async def keep(body: KeepingBody, key: Admin, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """Whether photos without a name are kept, how many, and how many days. What is beyond goes at once."""
    place = editable(service, gallery)

    def set_() -> None:
        place.gallery.folder.mkdir(mode=0o700, exist_ok=True)
        place.unknown.set(Retention(body.keep, body.limit, body.days))
        place.editor.tell(key.id, "keep unknown photos", **body.model_dump())

    await service.look(set_)
    return _keeping(place)


@router.get(
    "/v1/unknown/{id}/image",
    response_class=Response,
    responses=refusals(404) | {200: {"content": {"image/jpeg": {}}}},
    summary="A photo that got no name",
)
async def image(id: str, key: Enroller, service: Served, gallery: GalleryName = None) -> Response:
    """An upright JPEG."""
    place = service.place(gallery)
    if not place.unknown.has(id):
        raise Problem(404, "there is no such photo", found=id[:40], remedy="/v1/unknown lists them")
    return Response(await service.look(place.unknown.path(id).read_bytes), media_type="image/jpeg")


@router.post(
    "/v1/unknown/{group}/known",
    response_model=ChangedBody,
    status_code=201,
    responses=refusals(404, 409, 503),
    summary="Make a group of photos known",
)
async def make_known(
    group: str,
    name: Annotated[str, Query(min_length=1, max_length=300, description="What they show.")],
    key: Enroller,
    service: Served,
    gallery: GalleryName = None,
) -> Mapping[str, Any]:
    """All photos of the group become known ones of that thing, and are no unknown ones any more."""
    place, spelled = editable(service, gallery), required_name(name)
    recogniser = service.ready(place)

    def work(opened: Gallery) -> dict[str, Any]:
        ids = [one.id for one in _group(place, group)]
        photos = [place.unknown.path(id).read_bytes() for id in ids]
        done = place.editor.add(opened, recogniser.encoders, photos, spelled)
        change = place.editor.tell(key.id, "add", instance=spelled, digests=done["digests"])
        place.unknown.remove(ids)
        return {"change": change, "ids": done["ids"], "added": done["added"], "instance": spelled}

    return {"gallery": place.gallery.name, **await place.editor.change(work)}


@router.delete(
    "/v1/unknown/{group}", response_model=ChangedBody, responses=refusals(404, 503), summary="Delete a group of photos"
)
async def forget(group: str, key: Enroller, service: Served, gallery: GalleryName = None) -> Mapping[str, Any]:
    """They cannot be had back."""
    place = editable(service, gallery)

    def work() -> dict[str, Any]:
        removed = place.unknown.remove([one.id for one in _group(place, group)])
        change = place.editor.tell(key.id, "forget unknown photos", removed=removed)
        return {"gallery": place.gallery.name, "change": change, "removed": removed}

    return await service.look(work)


def _group(place: Place, id: str) -> list[Any]:
    found = next((one for one in place.unknown.groups() if one[0].group == id), None)
    if found is None:
        raise Problem(404, "there is no such group of photos", found=id[:40], remedy="/v1/unknown lists them")
    return found
