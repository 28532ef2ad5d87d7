"""What can be heard and seen of the first items of each task: sounds and pictures, words with errors, and when."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from josie_bench.reports import RunData
from josie_bench.reports._time_line import YIELDS, TimeLine, time_line
from josie_bench.reports._words import case_words, counted
from josie_bench.statistics.word_errors import word_edits
from josie_bench.terms.judged import ENGINE, REFERENCE, WHOLE, Judged, JudgedItem
from josie_bench.terms.timebase import s_from_ms

TITLE = "To be heard and seen"
SCRIPT = "listening.js"
WORDS = (
    "The first items of each task, as they came and as they came out, without loss. [a → b] is a word that was "
    "exchanged, [− a] one that was left out, [+ b] one that was put in; texts as they are compared, without capitals "
    "and punctuation. On the line all sounds of an item have one scale; what the model gives stands where it is heard, "
    "from its window's close on, a word at its first token. A click on the line moves all sounds there. A few items "
    "show what a number means and are no sample: the figures are of all items."
)
MOST_EMBEDDED = 4 * 2**20  # bytes of sounds and pictures in one page
KINDS = {"flac": "audio/flac", "png": "image/png"}
SIDES = {ENGINE: "engines", REFERENCE: "eager FP32 reference", WHOLE: "engines, with everything"}
LOSSY = SIDES | {ENGINE: "engines, with what is missing"}  # where something is lost
COMPARED = {"before": "reference", "after": "reference", "written": "reference", "heard": "written"}  # words with whose
NAMES = {  # what media and texts of one name are
    "before": "as it came",
    "seen": "what is seen",
    YIELDS: YIELDS,
    "after": "as it came out",
    "written": "the model writes",
    "heard": "the model's voice",
}
GIVEN = ("before", "seen")  # to every side alike
FIGURES = {
    "before": {"p808.before": "P.808"},
    "after": {"p808.after": "P.808", "pesq": "PESQ", "stoi": "STOI", "psnr": "PSNR in dB"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, or an error with its sign."""

    text: str
    is_wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing of an item.

    Attributes:
        what: it is, and whose.
        kind: the media type of `uri`; empty where there is nothing to be heard or seen.
        uri: that holds it; empty where the page has no room.
        words: what is heard or written.
        note: what of it is wrong, and scores.
        begin_s: when it begins on the item's time line.
        has_input: whether it can be heard together with what came in.
    """

    what: str
    kind: str = ""
    uri: str = ""
    words: tuple[Word, ...] = ()
    note: str = ""
    begin_s: float = 0.0
    has_input: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item in a task: its name, what is said in it, its lines, and when; None where nothing has a time."""

    name: str
    said: str
    lines: tuple[Line, ...]
    when: TimeLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The items of a case in a task that can be heard and seen.

    Attributes:
        count: of how many.
    """

    case: str
    task: str
    count: str
    items: tuple[Shown, ...]


def listening(data: RunData) -> list[Group]:
    """Return what can be heard and seen, case by case and task by task."""
    names = {case.id: case_words(case) for case in data.result.cases}
    rooms = _rooms(data)
    return [
        Group(
            case=names.get(case, case),
            task=task,
            count=f"{len(items)} of {counted(len(judged.of(task)), 'item')}",
            items=tuple(
                _shown(rows, SIDES if judged.dropout is None else LOSSY, is_embedded=(case, task, item) in rooms)
                for item, rows in items.items()
            ),
        )
        for case, judged in data.judged.items()
        for task in judged.tasks
        if (items := _items(judged, task))
    ]


def _items(judged: Judged, task: str) -> dict[str, list[JudgedItem]]:
    """Return the rows of each item of a task of which something can be heard or seen."""
    found: dict[str, list[JudgedItem]] = {}
    for row in judged.rows:
        if row.task == task:
            found.setdefault(row.item, []).append(row)
    return {item: rows for item, rows in found.items() if any(row.media for row in rows)}


def _rooms(data: RunData) -> set[tuple[str, str, str]]:
    """Return the (case, task, item) that the page has room for: the first items of all cases, then the second."""
    waiting = [
        (place, (case, task, item), sum(len(part) for row in rows for part in row.media.values()))
        for case, judged in data.judged.items()
        for task in judged.tasks
        for place, (item, rows) in enumerate(_items(judged, task).items())
    ]
    found, left = set(), MOST_EMBEDDED
    for _, key, size in sorted(waiting, key=lambda one: one[0]):
        if size <= left:
            found.add(key)
            left -= size
    return found


def _shown(rows: Sequence[JudgedItem], sides: Mapping[str, str], *, is_embedded: bool) -> Shown:
    def called(side: str, name: str) -> str:
        return _called(name, side, sides)

    lines = [line for row in rows for line in _lines(row, sides, is_embedded=is_embedded)]
    when = time_line(rows, called)
    return Shown(name=rows[0].item, said=rows[0].texts.get("said", ""), lines=tuple(lines), when=when)


def _called(name: str, side: str, sides: Mapping[str, str]) -> str:
    return f"{NAMES.get(name, name)}{'' if name in GIVEN else f', {sides.get(side, side)}'}"


def _lines(row: JudgedItem, sides: Mapping[str, str], *, is_embedded: bool) -> Iterator[Line]:
    """Yield what a row holds, media and the texts of the same name together."""
    media = {name.partition(".")[0]: name for name in row.media}
    texts = [name for name in COMPARED if name in row.texts and (name != "before" or row.side == ENGINE)]
    for name in dict.fromkeys((*media, *texts)):
        words, wrong = _words(row, name)
        file = media.get(name)
        kind = "" if file is None else KINDS.get(file.partition(".")[2], "")
        yield Line(
            what=_called(name, row.side, sides),
            kind=kind,
            uri=_uri(row.media[file], kind) if file is not None and kind and is_embedded else "",
            words=words,
            note=" · ".join(filter(None, (wrong, *_figures(row, name)))),
            begin_s=s_from_ms(row.track.begins_ms.get(name, 0.0)) if row.track else 0.0,
            has_input=name == "heard",
        )


def _uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _words(row: JudgedItem, name: str) -> tuple[tuple[Word, ...], str]:
    """Return a text with its errors marked, and how many there are; nothing without the text."""
    is_question = name == "before" and "asked" in row.texts
    text, against = row.texts.get(name), row.texts.get("asked" if is_question else COMPARED.get(name, ""))
    if text is None or against is None:
        return (), ""
    edits = word_edits(against.split(), text.split())
    wrong = sum(said != heard for said, heard in edits)
    note = f"{counted(wrong, 'error')} in {counted(len(against.split()), 'word')}"
    return tuple(_word(said, heard) for said, heard in edits) or (Word(text="nothing"),), note


def _word(said: str, heard: str) -> Word:
    if said == heard:
        return Word(text=said)
    sign = f"{said} → {heard}" if said and heard else f"− {said}" if said else f"+ {heard}"
    return Word(text=f"[{sign}]", is_wrong=True)


def _figures(row: JudgedItem, name: str) -> Iterator[str]:
    for key, told in FIGURES.get(name, {}).items():
        if key in row.values:
            yield f"{told} {row.values[key]:.2f}"
