"""Uploads: counted as they come, whatever their headers promise, and held in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, final

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from resight.service.terms.problem import Problem

FIELD_BYTES: Final = 4096
"""Largest form field that is no photo."""

PARTS: Final = 40
"""Most parts of a form."""

PART_HEADERS: Final = 8192
"""Bytes of the headers of all parts."""


@dataclass(slots=True)
class Upload:
    """An upload.

    Attributes
    ----------
    photos : the bytes of each photo.
    fields : form fields by name.
    """

    photos: list[bytes] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def photo(self) -> bytes:
        """The one photo; raises Problem where there is none, or several."""
        return self.exactly(1)[0]

    def exactly(self, count: int) -> list[bytes]:
        """The photos, so many; raises Problem for another number, and for one without content."""
        if len(self.photos) != count or not all(self.photos):
            wanted = "one" if count == 1 else f"{count}"
            raise Problem(
                422,
                "there is not one photo" if count == 1 else f"there are not {count} photos",
                found=("one photo" if len(self.photos) == 1 else f"{len(self.photos)} photos")
                if any(self.photos)
                else "an empty body",
                wanted=wanted,
                remedy="send it as the body, or as the form field `photo`"
                if count == 1
                else f"send a form with {count} fields `photo`",
            )
        return self.photos


@final
class Uploads:
    """Uploads that are being received, or wait for their answers.

    Parameters
    ----------
    most : bytes of one upload.
    total : bytes of all that are held at a time.
    seconds : that one may take to come.
    """

    def __init__(self, most: int, total: int, seconds: float) -> None:
        self._most = most
        self._total = total
        self._seconds = seconds
        self.held = 0

    @asynccontextmanager
    async def receiving(self, request: Request) -> AsyncIterator[Upload]:
        """The photos of a request, as its raw body or as parts of a form; they are let go of at the end of the block.

        What the parts are called and say of their kind counts for nothing: those with a file name, or called ``photo``,
        are photos. Raises Problem for too many bytes, as soon as one too many has come.
        """
        count = [0]
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    upload = await self._received(request, count)
            except TimeoutError as late:
                found = f"{count[0]:,} bytes in {self._seconds:g} s"
                raise Problem(408, "the photo took too long to come", found=found, remedy="send it again") from late
            except ClientDisconnect as gone:
                raise Problem(400, "the photo did not arrive whole", remedy="send it again") from gone
            yield upload
        finally:
            self.held -= count[0]

    async def _received(self, request: Request, count: list[int]) -> Upload:
        promised = request.headers.get("content-length", "")
        if promised.isdigit() and int(promised) > self._most:
            raise _too_large(f"{int(promised):,} bytes promised", self._most)
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        body = self._counted(request, count)
        if kind == b"multipart/form-data":
            return await _form(body, options)
        data = bytearray()
        async for chunk in body:
            data += chunk
        return Upload([bytes(data)] if data else [])

    async def _counted(self, request: Request, count: list[int]) -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            count[0] += len(chunk)
            self.held += len(chunk)
            if count[0] > self._most:
                raise _too_large(f"more than {self._most:,} bytes", self._most)
            if self.held > self._total:
                found = f"{self.held:,} bytes of uploads"
                raise Problem(429, "too many uploads wait", found=found, remedy="send it again", retry_after=2)
            if chunk:
                yield chunk


def _too_large(found: str, most: int) -> Problem:
    remedy = "save the photo smaller"
    return Problem(413, "the upload is too large", found=found, wanted=f"at most {most:,} bytes", remedy=remedy)


class _Form:
    """A form as its parts come: what the parser calls back."""

    def __init__(self) -> None:
        self.upload = Upload()
        self._parts = self._held = 0
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._data = bytearray()
        self._is_photo = False
        self.is_whole = False

    def begin(self) -> None:
        self._parts += 1
        if self._parts > PARTS:
            raise _bad_form(f"more than {PARTS} parts", f"at most {PARTS}")
        self._headers, self._data = {}, bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += self._counted(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._counted(data[start:end])

    def header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_photo = b"filename" in options or self._name == "photo"

    def data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        if not self._is_photo and len(self._data) > FIELD_BYTES:
            raise _bad_form(f"a field of more than {FIELD_BYTES} bytes", f"at most {FIELD_BYTES}")

    def end(self) -> None:
        if self._is_photo:
            self.upload.photos.append(bytes(self._data))
        else:
            self.upload.fields[self._name] = self._data.decode("utf-8", "replace")

    def finish(self) -> None:
        self.is_whole = True

    def _counted(self, data: bytes) -> bytes:
        self._held += len(data)
        if self._held > PART_HEADERS:
            raise _bad_form(f"more than {PART_HEADERS} bytes of headers of parts", f"at most {PART_HEADERS}")
        return data


async def _form(body: AsyncIterator[bytes], options: Mapping[bytes, bytes]) -> Upload:
    form = _Form()
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise _bad_form("no boundary", "the boundary of its parts in the Content-Type")
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": form.begin,
            "on_part_data": form.data,
            "on_part_end": form.end,
            "on_header_field": form.header_name,
            "on_header_value": form.header_value,
            "on_header_end": form.header_end,
            "on_headers_finished": form.headers_finished,
            "on_end": form.finish,
        },
    )
    try:
        async for chunk in body:
            parser.write(chunk)
    except ValueError as error:  # python-multipart's own errors are such
        raise _bad_form(str(error), "multipart/form-data as RFC 7578 has it") from error
    if not form.is_whole:
        raise _bad_form("no end of it", "the boundary and -- at its end")
    return form.upload


def _bad_form(found: str, wanted: str) -> Problem:
    return Problem(422, "the form cannot be read", found=found, wanted=wanted, remedy="send the photo as the raw body")
