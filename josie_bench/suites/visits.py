"""What a file of recorded sessions may say: a CSV with a row for each, read strictly."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from josie_bench.errors import SuiteError
from josie_bench.plugins import unknown_name
from josie_bench.terms.quantity import LONGEST_MS
from josie_bench.terms.timebase import ns_from_ms, ns_from_s
from josie_bench.terms.visits import Clips, Visits

COLUMNS = ("place", "start_s", "end_s")
NAMING = ("hears", "sees")  # columns that may follow, in this order
MOST_ROWS = 10_000
MOST_BYTES = 1 << 20
PLACE = re.compile(r"[0-9]{1,4}", re.ASCII)
SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?", re.ASCII)
LONGEST_NS = ns_from_ms(LONGEST_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    line: int
    place: int
    start_ns: int
    end_ns: int
    clips: Clips | None


def read_visits(file: Path, *, hop_ms: float, files: Mapping[str, Collection[str]]) -> Visits:
    """Return the sessions that a file tells of.

    Args:
        file: with a header of `COLUMNS` and some of `NAMING`, then a row for each session, in any order.
        hop_ms: time between windows; who stays for less has none.
        files: that can be heard and seen, by name, for each of `NAMING`.

    Raises:
        SuiteError: it cannot be read, or a row says what cannot be, which is named with its line.
    """
    data = _read(file)
    visits = _visits(data, file, ns_from_ms(hop_ms), files)
    count = 1 + max(visit.place for visit in visits)
    places: list[list[_Visit]] = [[] for _ in range(count)]
    for visit in sorted(visits, key=lambda visit: (visit.start_ns, visit.end_ns)):
        places[visit.place].append(visit)
    for place, found in enumerate(places):
        if not found:
            raise SuiteError(f"nobody comes to place {place}: number the places from 0 without a gap", path=file)
        for before, after in pairwise(found):
            if after.start_ns < before.end_ns:
                what = f"at place {place} there is somebody until then, who came by line {before.line}"
                raise SuiteError(f"{what}: mend the times, or take another place", path=file, line=after.line)
    return Visits(
        file=str(file),
        sha256=hashlib.sha256(data).hexdigest(),
        spans_ns=tuple(tuple((visit.start_ns, visit.end_ns) for visit in found) for found in places),
        clips=tuple(tuple(visit.clips for visit in found) for found in places)
        if any(visit.clips for visit in visits)
        else (),
    )


def _read(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise SuiteError("no such file: name a CSV of sessions", path=file)
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SuiteError(f"cannot be read ({reason}): name a CSV of sessions", path=file) from error
    if len(data) > MOST_BYTES:
        raise SuiteError(f"more than {MOST_BYTES:,} bytes are too many: replay a part of it", path=file)
    return data


def _visits(data: bytes, file: Path, hop_ns: int, files: Mapping[str, Collection[str]]) -> list[_Visit]:
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise SuiteError("is not UTF-8 text: save it as UTF-8", path=file) from error
    columns = lines[0].split(",")
    if columns != [*COLUMNS, *(name for name in NAMING if name in columns)]:
        what = f"the header is not {','.join(COLUMNS)}, with {' and '.join(NAMING)} behind it or not: write that"
        raise SuiteError(what, path=file, line=1)
    if not 1 < len(lines) <= MOST_ROWS + 1:
        what = f"{len(lines) - 1:,} sessions, and there have to be 1 to {MOST_ROWS:,}: replay another part"
        raise SuiteError(what, path=file)
    found = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            found.append(_visit(line, number, hop_ns, columns, files))
        except ValueError as error:
            raise SuiteError(str(error), path=file, line=number) from error
    return found


def _visit(line: str, number: int, hop_ns: int, columns: Sequence[str], files: Mapping[str, Collection[str]]) -> _Visit:
    fields = line.split(",")
    if len(fields) != len(columns):
        raise ValueError(f"{len(fields)} columns, not the {len(columns)} of the header: write {','.join(columns)}")
    if not PLACE.fullmatch(fields[0]):
        raise ValueError(f"place {fields[0]!r} is no number of a place: write 0, 1, …")
    start_ns, end_ns = (_ns(name, text) for name, text in zip(COLUMNS[1:], fields[1:3], strict=True))
    if end_ns - start_ns < hop_ns:
        raise ValueError("between start_s and end_s there is no time for a window: let the session stay longer")
    named = {name: text for name, text in zip(columns[3:], fields[3:], strict=True) if text}
    for name, text in named.items():
        if text not in files[name]:
            nothing = f"the case has none: add the modality, or leave {name} out"
            raise ValueError(f"{name}: {unknown_name('recording', text, files[name]) if files[name] else nothing}")
    clips = Clips(**named) if named else None
    return _Visit(line=number, place=int(fields[0]), start_ns=start_ns, end_ns=end_ns, clips=clips)


def _ns(name: str, text: str) -> int:
    if not SECONDS.fullmatch(text):
        raise ValueError(f"{name} {text!r} is no instant: write seconds from the trial's start, such as 12.5")
    if (found := ns_from_s(float(text))) > LONGEST_NS:
        raise ValueError(f"{name} {text} is later than a day: replay a part of it")
    return found
