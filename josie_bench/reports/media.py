"""`media.zip`: what can be heard and seen of the first items of each task; empty where nothing was kept.

Plain FLAC and PNG files, not compressed again, in folders named after the cases: of which line of the case in
`items.jsonl`, of which item and side, and what it is.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.terms.judged import JudgedItem
from josie_bench.writing import write_whole

FILES = ("media.zip",)
LONGEST = 60  # letters of an item's id
_NAME = re.compile(r"(?P<case>.+)/(?P<at>\d{4,9})-[^/]*-(?P<name>[^/-]+)")


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `media.zip` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for case, judged in data.judged.items():
            for at, row in enumerate(judged.rows):
                for name, part in row.media.items():
                    archive.writestr(zipfile.ZipInfo(f"{case}/{_file(at, row, name)}"), part)
    return [write_whole(folder / FILES[0], content.getvalue())]


def _file(at: int, row: JudgedItem, name: str) -> str:
    item = re.sub(r"[^A-Za-z0-9_.]", "_", row.item)[:LONGEST]
    return f"{at:04d}-{row.task}-{item}-{row.side}-{name}"


def read(folder: Path) -> Mapping[str, Mapping[int, Mapping[str, bytes]]]:
    """Return what `write` wrote by case id, the row's place and name; nothing where there is no such file.

    Raises:
        UsageError: the file is broken.
    """
    file = folder / FILES[0]
    if not file.is_file():
        return {}
    found: dict[str, dict[int, dict[str, bytes]]] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if (told := _NAME.fullmatch(member.filename)) is not None:
                    rows = found.setdefault(told["case"], {})
                    rows.setdefault(int(told["at"]), {})[told["name"]] = _content(archive, member)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
        raise UsageError(f"{file} is broken: {error}") from error
    return found


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a file's bytes; what is compressed is not ours, and may be a thousand times as large as the archive."""
    if member.compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile("a file in it is compressed")
    return archive.read(member)
