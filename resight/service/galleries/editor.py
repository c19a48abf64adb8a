"""Changes of a served gallery: one at a time, each on the disk before it is told, and calibrated when nobody waits."""

from __future__ import annotations

import asyncio
import csv
import io
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar, final

from resight.errors import GalleryError, ResightError
from resight.features.encoder import Encoder
from resight.gallery.copied_items import copied, load, save
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.gallery.stores.opening import open_gallery
from resight.indexing.calibrate import iter_calibrate
from resight.indexing.enrolment import Memory, enrol
from resight.indexing.examples import CalibrationReport
from resight.indexing.index_report import IndexReport
from resight.io import images
from resight.io.datasets.entries import Entry
from resight.io.datasets.place import Place, resolved
from resight.io.files import write_whole
from resight.names import canonical
from resight.service.safety.audit import AuditLog
from resight.service.terms.problem import Problem

from .corrections import Corrections
from .jobs import DONE, FAILED, RUNNING, STOPPED, WAITING, Job, Jobs
from .served_gallery import ServedGallery

Result = TypeVar("Result")

WAIT: Final = 10.0
"""Seconds that a change waits for another writer, such as `resight index`."""

MOST: Final = 32
"""Changes that may wait."""

NAME_LENGTH: Final = 200
"""Characters of a name, at most."""


@final
class Editor:
    """Changes of one gallery.

    Parameters
    ----------
    gallery : that is changed.
    jobs : among which its calibration is told.
    corrections : of it, whose examples its calibration is taught.
    deadline : seconds after which a change that was not begun is given up.
    """

    def __init__(self, gallery: ServedGallery, jobs: Jobs, corrections: Corrections, deadline: float = 30.0) -> None:
        self.gallery = gallery
        self.log = AuditLog(gallery.folder / "log.jsonl")
        self._jobs = jobs
        self._corrections = corrections
        self._deadline = deadline
        self._is_due = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"editor of {gallery.name}")
        self._lock = threading.Lock()
        self._waiting = 0
        self._calibration: Job | None = None

    async def change(self, work: Callable[[Gallery], Result]) -> Result:
        """Do a change when those before it are done; the calibration makes room for it, and follows it.

        Raises Problem where too many wait, where its turn does not come by the deadline, and where the gallery, another
        writer or the disk is against it. What was begun is ended, also where whoever wanted it has left.
        """
        with self._lock:
            if self._waiting >= MOST:
                raise Problem(
                    429,
                    "too many changes wait",
                    found=str(self._waiting),
                    wanted=f"fewer than {MOST}",
                    remedy="send it again after Retry-After seconds",
                    retry_after=5,
                )
            self._waiting += 1
        begun = self._thread.submit(self._changed, work)
        done = asyncio.wrap_future(begun)
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.shield(done)
        except TimeoutError as late:
            if begun.cancel():
                self._left()
                found = f"no turn in {self._deadline:g} s"
                remedy = "send it again after Retry-After seconds"
                raise Problem(503, "changes take too long", found=found, remedy=remedy, retry_after=5) from late
            return await asyncio.shield(done)

    def _left(self) -> None:
        with self._lock:
            self._waiting -= 1

    def _changed(self, work: Callable[[Gallery], Result]) -> Result:
        is_changed = False
        try:
            self.gallery.folder.mkdir(mode=0o700, exist_ok=True)
            with open_gallery(self.gallery.path, write=True, wait=WAIT) as opened:
                before = opened.revision
                self._is_due = False
                try:
                    result = work(opened)
                finally:
                    is_changed = self._is_due or opened.revision != before
                self._list(opened)
        except (GalleryError, OSError) as error:
            found = self.gallery.spoken(error)
            remedy = "send it again when another writer has ended, or the disk has room"
            told = "the change was made, but not written down: it cannot be undone"
            what = told if is_changed else "the gallery cannot be changed now; nothing was"
            raise Problem(503, what, found=found, remedy=remedy, retry_after=10) from error
        finally:
            self._left()
            if is_changed:
                self.calibrate()
        return result

    def tell(self, who: str, action: str, *, id: str = "", **about: Any) -> str:
        """Write a change down; the id by which it is undone, a new one where none is given."""
        id = id or self.new_id()
        self.log.tell(who, action, {"id": id, **about})
        return id

    @staticmethod
    def new_id() -> str:
        """An id for a change."""
        return secrets.token_hex(8)

    def calibrate_soon(self) -> None:
        """Inside a change: have it followed by a calibration, also where no photo came or went."""
        self._is_due = True

    def calibrate(self) -> Job:
        """Fit the calibration to what the gallery holds and what corrections teach, as soon as no change waits."""
        with self._lock:
            if self._calibration is None or self._calibration.state != WAITING:
                self._calibration = self._jobs.new("calibrate", self.gallery.name)
                self._thread.submit(self._calibrate, self._calibration)
            return self._calibration

    def _calibrate(self, job: Job) -> None:
        """Calibrate until it is done, somebody stops it, or a change wants the gallery; then it is begun again."""
        job.state = RUNNING
        try:
            examples, forgotten = self._corrections.taught()
            steps = iter_calibrate(self.gallery.path, examples=examples, forget=forgotten)
            while not job.stopping.is_set() and not self._waiting:
                step = next(steps)
                job.stage, job.done, job.total = step.stage, step.done, step.total
            steps.close()
        except StopIteration as end:
            report: CalibrationReport = end.value
            job.told, job.state = report.sentence, DONE
        except (ResightError, OSError) as error:
            job.told, job.state = self.gallery.spoken(error), FAILED
        else:
            job.state = STOPPED
            if not job.stopping.is_set():
                job.told = "begun again after a change"
                self.calibrate()

    def close(self) -> None:
        """Finish the changes that wait; a calibration goes on when the service does."""
        with self._lock:
            if self._calibration is not None:
                self._calibration.stopping.set()
        self._thread.shutdown()

    # What changes do, inside `change`.

    def add(self, opened: Gallery, encoders: tuple[Encoder, ...], photos: list[bytes], instance: str) -> dict[str, Any]:
        """Make photos known, each kept as a file of its own name; raises Problem for one that is another thing."""
        name = required_name(instance)
        known = {item.digest: item for item in opened.items()}
        for photo in photos:
            there = known.get(images.digest(photo))
            if there is not None and there.instance != name:
                raise Problem(
                    409,
                    "the photo is known as another thing",
                    found=there.instance,
                    wanted=name,
                    remedy=f"PATCH /v1/photos/{there.id} gives it another name",
                )
        entries = [self._kept(photo, name) for photo in photos]
        places = {entry.name: Place(resolved(self._photos), entry.name) for entry in entries}
        report = [IndexReport(len(entries)), *enrol(opened, entries, encoders, Memory(places))][-1]
        if report.unreadable:
            raise Problem.of_photo(report.unreadable[0].reason)
        digests = [images.digest(photo) for photo in photos]
        ids = [item.id for item in opened.items() if item.digest in digests]
        shown = "" if not report.empty else "nothing can be recognised by it: it shows nothing that is found again"
        return {"added": report.added, "ids": ids, "digests": [one.hex() for one in digests], "remark": shown}

    def remove(self, opened: Gallery, ids: Iterable[int], change: str) -> list[int]:
        """Remove photos, kept aside under the id of the change until it is undone."""
        items = copied(opened, ids)
        aside = self._aside(change)
        aside.parent.mkdir(mode=0o700, exist_ok=True)
        save(items, aside)
        return list(opened.remove(ids=ids))

    def undo(self, opened: Gallery, id: str) -> dict[str, Any]:
        """Take a change back; raises Problem where that cannot be, or is done."""
        entries = self.log.last(10_000)
        found = next((entry for entry in entries if entry.get("id") == id), None)
        if found is None or any(entry.get("of") == id for entry in entries):
            what = "there is no such change" if found is None else "the change is undone already"
            raise Problem(404 if found is None else 409, what, found=id[:40], remedy="/v1/changes lists them")
        by_digest = {item.digest.hex(): item.id for item in opened.items()}
        match found:
            case {"action": "add", "digests": digests}:
                opened.remove(ids=[by_digest[one] for one in digests if one in by_digest])
            case {"action": "correct", "correction": correction, "digests": digests}:
                opened.remove(ids=[by_digest[one] for one in digests if one in by_digest])
                if (said := self._corrections.get(correction)) is not None:
                    self._corrections.undo(said)
                self.calibrate_soon()
            case {"action": "remove"}:
                opened.add(load(self._aside(id)))
                with suppress(OSError):
                    self._aside(id).unlink()
            case {"action": "rename" | "merge" | "move", "before": before}:
                for old, digests in before.items():
                    opened.relabel([by_digest[one] for one in digests if one in by_digest], old)
                self._corrections.restore(found.get("corrections", {}))
            case _:
                raise Problem(409, "that cannot be undone", found=found["action"])
        return found

    def _list(self, opened: Gallery) -> None:
        """Write down what the kept photos show now, so that `resight index --rebuild` reads them as they are known."""
        if not self._photos.exists():
            return
        kept = {path.name for path in self._photos.iterdir()}
        table = io.StringIO()
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(("file_name", "label"))
        known = ((f"{item.digest.hex()}.jpg", item.instance) for item in opened.items())
        rows.writerows(row for row in known if row[0] in kept)
        text = table.getvalue()
        write_whole(self._photos / "metadata.csv", lambda unfinished: unfinished.write_text(text, encoding="utf-8"))

    def _aside(self, change: str) -> Path:
        return self.gallery.folder / "removed" / f"{change}.npz"

    @property
    def _photos(self) -> Path:
        return self.gallery.folder / "photos"

    def _kept(self, photo: bytes, instance: str) -> Entry:
        """A photo as a file under a name of its own."""
        self._photos.mkdir(mode=0o700, exist_ok=True)
        name = f"{images.digest(photo).hex()}.jpg"
        path = self._photos / name
        if not path.exists():
            write_whole(path, lambda unfinished: unfinished.write_bytes(photo))
        return Entry(name, photo, (instance,))


def labels(items: Iterable[Item]) -> dict[str, list[str]]:
    """Digests of photos by what they show now, as a change remembers them."""
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item.instance, []).append(item.digest.hex())
    return found


def required_name(name: str) -> str:
    """A thing's name in its one spelling; raises Problem for none, and for one that is too long or no text."""
    spelled = canonical(name)
    is_text = all(char.isprintable() or char in "\u200c\u200d" for char in spelled)
    if not spelled or len(spelled) > NAME_LENGTH or not is_text:
        raise Problem(
            422,
            "that is no name",
            found=repr(name[:60]),
            wanted=f"1 to {NAME_LENGTH} characters that can be seen",
            remedy="give the thing a name",
        )
    return spelled
