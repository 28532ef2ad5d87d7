"""Items that a trial has judged, a file each as soon as it is, so that the next trial goes on where one was cut off.

A file's name tells all that an item's rows hang on beside the case and its engines, which the folder is of: its place,
the task, what the corpus says of it, and who judged. Where one of these is another now, the item is done anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from zipfile import BadZipFile

from josie_bench.bench.recording_file import judged_arrays, judged_of, read_archive, write_archive
from josie_bench.corpora._manifests import items_sha256
from josie_bench.terms.corpus import Item
from josie_bench.terms.judged import Judged, JudgedItem, JudgeUse


class KeptItems:
    """The items in a folder.

    Args:
        folder: of the case on its engines; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def key_of(self, place: int, task: str, item: Item, judges: Sequence[JudgeUse]) -> str:
        """Return what an item is kept under.

        Args:
            place: among all items of all tasks; sessions that lose windows at random are numbered by it.
            task: what is done with it.
            item: of a corpus.
            judges: who was asked, those that are not here too.
        """
        told = json.dumps([task, items_sha256([item]), [asdict(judge) for judge in judges]], sort_keys=True)
        return f"{place:05d}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def find(self, key: str) -> tuple[JudgedItem, ...] | None:
        """Return the rows that are kept under a key; None where there are none, or their file is damaged."""
        if self._folder is None:
            return None
        try:
            told, arrays = read_archive(self._folder / f"{key}.npz")
            return judged_of(told, arrays).rows
        except (OSError, EOFError, ValueError, KeyError, BadZipFile):
            return None

    def keep(self, key: str, rows: Sequence[JudgedItem]) -> None:
        """Write an item's rows; they are on the disk then.

        Raises:
            OutputError: they cannot be written.
        """
        if self._folder is not None:
            judged = Judged(tasks=(), rows=tuple(rows))
            write_archive(self._folder / f"{key}.npz", judged.to_json(), judged_arrays(judged))
