"""Sheets on which people rate the sounds that a run kept, without knowing whose each is; and what filled ones say.

A sample's code is a digest of its sound, item and the seed, so that nobody needs a key: the run itself tells whose it
is. Sounds of one item that are alike to the bit are one sample, and what it gets counts for each whose it is.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports._template import asset, render
from josie_bench.statistics.opinion_scores import Rating, mean_opinion
from josie_bench.streams import reason
from josie_bench.terms.judged import ENGINE
from josie_bench.terms.score import Score
from josie_bench.writing import write_whole

SHEET, PAGE, SCRIPT = "sheet.csv", "rate.html", "rating.js"
COLUMNS = ("sheet", "item", "sample", "score")
SCORES = {"1": "bad", "2": "poor", "3": "fair", "4": "good", "5": "excellent"}
ENDING = ".flac"
MOST_DIGITS = 99  # of a seed
GIVEN = "before"  # to every side alike: the people's own measure
HEADS = ("case", "task", "side", "sound", "mean opinion", "95 % interval", "ratings", "raters", "items")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Whose:
    """What samples are pooled by: the same sound of one side in a task of a case."""

    case: str
    task: str
    side: str
    sound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sound to be rated: its code, its item and speaker, its file's bytes, and all whose it is."""

    code: str
    item: str
    cluster: str
    content: bytes
    whose: list[Whose] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What people gave the sounds of one kind, and to how many items."""

    whose: Whose
    score: Score
    items: int


def sheet_id(data: RunData, seed: int) -> str:
    """Return what a sheet is known by: the run, without its name, and the seed."""
    return f"{hashlib.sha256(data.result.run.id.encode()).hexdigest()[:8]}-{seed}"


def samples_of(data: RunData, seed: int) -> dict[str, Sample]:
    """Return the sounds that a run kept by their codes, in the order in which people are to hear them.

    Raises:
        UsageError: it kept none.
    """
    found: dict[str, Sample] = {}
    for case, judged in data.judged.items():
        for row in judged.rows:
            for name, content in row.media.items():
                sound = name.removesuffix(ENDING)
                if sound == name:
                    continue
                code = hashlib.sha256(f"{seed} {row.task} {row.item} ".encode() + content).hexdigest()[:10]
                sample = Sample(code=code, item=row.item, cluster=row.cluster, content=content)
                side = ENGINE if sound == GIVEN else row.side
                found.setdefault(code, sample).whose.append(Whose(case=case, task=row.task, side=side, sound=sound))
    if not found:
        raise UsageError("the run kept no sounds: run a case of scenario quality with listen above 0")
    codes = sorted(found)
    random.Random(seed).shuffle(codes)
    return {code: found[code] for code in codes}


def write_sheet(data: RunData, folder: Path, seed: int) -> list[Path]:
    """Write the sheet, a page that plays the samples, and their files; return their paths.

    Raises:
        UsageError: the run kept no sounds.
        OutputError: a file cannot be written.
    """
    samples, sheet = samples_of(data, seed), sheet_id(data, seed)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((sheet, sample.item, f"{code}{ENDING}", "") for code, sample in samples.items())
    shown = [
        {"item": one.item, "code": code, "uri": f"data:audio/flac;base64,{base64.b64encode(one.content).decode()}"}
        for code, one in samples.items()
    ]
    words = {"title": "Rating sheet", "sheet": sheet, "samples": shown, "scores": SCORES, "rating": asset(SCRIPT)}
    page = render("rating.html.j2", words, {})
    return [
        write_whole(folder / SHEET, table.getvalue().encode()),
        write_whole(folder / PAGE, page.encode()),
        *(write_whole(folder / f"{code}{ENDING}", sample.content) for code, sample in samples.items()),
    ]


def opinions(data: RunData, sheets: Sequence[Path]) -> list[Opinion]:
    """Return what people gave, pooled by whose the sounds are; a sheet is a person, known by its file's name.

    Raises:
        UsageError: a sheet cannot be read, is of another run, or says what it may not; or two have one name.
    """
    found: dict[Whose, list[Rating]] = {}
    raters = [sheet.stem for sheet in sheets]
    if twice := next((rater for rater in raters if raters.count(rater) > 1), None):
        raise UsageError(f"two sheets are called {twice}: a sheet is a person, give each file a name of its own")
    for path, rater in zip(sheets, raters, strict=True):
        for sample, score in _read(data, path):
            rating = Rating(rater=rater, item=sample.item, cluster=sample.cluster, score=score)
            for whose in dict.fromkeys(sample.whose):
                found.setdefault(whose, []).append(rating)
    return [
        Opinion(whose=whose, score=mean_opinion(ratings), items=len({rating.item for rating in ratings}))
        for whose, ratings in sorted(found.items())
    ]


def _read(data: RunData, path: Path) -> list[tuple[Sample, int]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        between = ";" if ";" in text.partition("\n")[0] else ","  # as spreadsheets save it where a comma is decimal
        lines = list(csv.DictReader(io.StringIO(text), delimiter=between))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        mend = f"name a {SHEET} of josie-bench rate export that somebody filled in, saved as CSV in UTF-8"
        raise UsageError(f"{path}: cannot be read as a sheet ({reason(error)}): {mend}") from error
    while lines and not any(lines[-1].values()):  # rows that a spreadsheet puts behind the last
        lines.pop()
    if not lines:
        raise UsageError(f"{path}: is empty: fill in the {SHEET} of josie-bench rate export")
    if lacks := next((column for column in COLUMNS if column not in lines[0]), None):
        raise UsageError(f"{path}: has no column {lacks}: keep {', '.join(COLUMNS)}, between commas or semicolons")
    samples = samples_of(data, _seed(data, path, lines))
    rated = dict(_rated(path, lines, samples))
    if not rated:
        raise UsageError(f"{path}: has no score: fill in 1 to 5")
    return [(samples[code], score) for code, score in rated.items()]


def _seed(data: RunData, path: Path, lines: Sequence[Mapping[str, str | None]]) -> int:
    """Return the seed that all lines of a sheet name."""
    named = {line["sheet"] or "" for line in lines}
    seed = next(iter(named)).rpartition("-")[2]
    if len(named) > 1 or not seed.isdecimal() or len(seed) > MOST_DIGITS or named != {sheet_id(data, int(seed))}:
        raise UsageError(f"{path}: is a sheet of another run: name the run that it was exported from")
    return int(seed)


def _rated(
    path: Path, lines: Sequence[Mapping[str, str | None]], samples: Mapping[str, Sample]
) -> Iterator[tuple[str, int]]:
    """Yield code and score of each line that has one; without a score it was not rated."""
    seen = set()
    for number, line in enumerate(lines, start=2):
        code, score = (line["sample"] or "").strip().removesuffix(ENDING), (line["score"] or "").strip()
        if code not in samples:
            raise UsageError(f"{path}:{number}: unknown sample {code!r}: keep the column sample as it was exported")
        if code in seen:
            raise UsageError(f"{path}:{number}: sample {code} stands there twice: keep one line of it")
        seen.add(code)
        if score and score not in SCORES:
            raise UsageError(f"{path}:{number}: score {score!r}: take a whole number from 1 to 5, or leave it empty")
        if score:
            yield code, int(score)


def opinion_rows(found: Sequence[Opinion]) -> list[tuple[str, ...]]:
    """Return opinions in words, under `HEADS`."""
    return [
        (
            one.whose.case,
            one.whose.task,
            "as it came" if one.whose.sound == GIVEN else one.whose.side,
            one.whose.sound,
            f"{one.score.value:.2f}",
            _interval_words(one.score),
            str(one.score.n),
            str(one.score.clusters),
            str(one.items),
        )
        for one in found
    ]


def _interval_words(score: Score) -> str:
    interval = score.interval
    if interval is None:
        return "none below 20 raters or items, or where all are alike"
    return f"{interval.low:.2f} to {interval.high:.2f}, {interval.method}"
