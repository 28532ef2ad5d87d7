"""`items.jsonl`: what judges made of each item of a corpus, a JSON a line.

The first line names the format, and is alone where nothing was judged. The first line of a case says which tasks it had
and who judged; each other line is an item in a task on one side.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.terms.judged import Judged
from josie_bench.writing import write_whole

FILES = ("items.jsonl",)
HEAD = {"schema": "josie-bench/items.v1"}


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `items.jsonl` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    lines = [HEAD, *(line for name, judged in data.judged.items() for line in _lines(name, judged))]
    content = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    return [write_whole(folder / FILES[0], content.encode())]


def _lines(case: str, judged: Judged) -> Iterator[dict[str, Any]]:
    plain = judged.to_json()
    rows = plain.pop("rows")
    yield {"case": case, **plain}
    for row in rows:
        yield {"case": case, **row}


def read(folder: Path) -> Mapping[str, Judged]:
    """Return what was judged by case id, as `write` wrote it; nothing where there is no such file.

    Raises:
        UsageError: the file is broken.
    """
    file = folder / FILES[0]
    if not file.is_file():
        return {}
    cases: dict[str, dict[str, Any]] = {}
    try:
        text = file.read_bytes().decode()
        head, *lines = map(json.loads, text.removesuffix("\n").split("\n"))  # a text may hold other ends of lines
        if head != HEAD:
            raise UsageError(f"{file}: its first line is not {json.dumps(HEAD)}: update josie-bench to read it")
        for line in lines:
            name = line.pop("case")
            if name not in cases:
                cases[name] = line | {"rows": []}
            else:
                cases[name]["rows"].append(line)
        return {name: Judged.from_json(told) for name, told in cases.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{file} is broken: {error}") from error
