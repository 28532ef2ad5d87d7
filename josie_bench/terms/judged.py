"""What judges made of items of a corpus: one row for each item, task and side; a corpus figure is made of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.dropout import Dropout
from josie_bench.terms.timeline import Timeline
from josie_bench.terms.track import Track
from josie_bench.terms.word_onset import WordOnset

ENGINE, REFERENCE, WHOLE = "engine", "reference", "whole"
SIDES = (ENGINE, REFERENCE, WHOLE)
PIXEL_DECODER = "pixel_decoder"  # the one judge that comes with the weights


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedChoice:
    """What a case is judged by.

    Attributes:
        tasks: what is done with each item, names of `josie_bench.tasks`.
        corpus: that the items are of; None takes that of each task.
        split: of it.
        items: at most so many of those that a task can use, evenly over them.
        recogniser: the evaluator that hears what was said.
        folder: that fetched corpora lie in.
        listen: of so many items of each task what was heard and seen is kept, to be heard and seen by people.
    """

    tasks: tuple[str, ...]
    corpus: str | None = None
    split: str = "test"
    items: int = 40
    recogniser: str = "whisper_base"
    folder: str = "corpora"
    listen: int = 4

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> JudgedChoice:
        """Return the choice whose fields were written as JSON."""
        return cls(**{**data, "tasks": tuple(data["tasks"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeUse:
    """A judge that was asked for.

    Attributes:
        role: what metrics know it by: `recogniser` and `normaliser`, of which there are several, else its own name.
        identity: all that decides its numbers, in one word (`evaluators.Identity.text`); empty where it is not here.
        reason: why it judged nothing, with the mend; None where it did.
    """

    role: str
    identity: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedItem:
    """One item in one task.

    Attributes:
        item: its id, once for each task and side; where one recording has several, an id of each.
        cluster: the speaker or dialogue it belongs to; items of one are drawn together.
        task: what was done with it.
        side: one of `SIDES`: the case's engines, the eager FP32 reference beside them, or where something is lost the
            case's engines with everything.
        values: numbers by name, e.g. `p808.after`; one that could not be told is left out.
        texts: by name: what was said, what was heard, what the model wrote.
        timeline: who spoke when, of a conversation.
        track: what its sounds are drawn with on one time line; None where none are kept.
        onsets: by the sound's name: when words that it was to say begin in it.
        features: by name: what a judge of pictures made of one, `[features]`; no part of JSON.
        media: by name with its ending, e.g. `after.flac`: what people can hear and see of it; no part of JSON.
    """

    item: str
    cluster: str
    task: str
    side: str = ENGINE
    values: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    timeline: Timeline | None = None
    track: Track | None = None
    onsets: Mapping[str, tuple[WordOnset, ...]] = field(default_factory=dict)
    features: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, compare=False)
    media: Mapping[str, bytes] = field(default_factory=dict, compare=False)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> JudgedItem:
        """Return the row whose fields were written as JSON."""
        held, track = data.get("timeline"), data.get("track")
        return cls(
            **{
                **data,
                "timeline": None if held is None else Timeline.from_json(held),
                "track": None if track is None else Track.from_json(track),
                "onsets": {
                    name: tuple(WordOnset(**word) for word in words) for name, words in data.get("onsets", {}).items()
                },
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All rows of one trial, and who judged.

    Attributes:
        tasks: that were asked for, also those that found no item.
        dropout: what did not arrive, or late, but on side `whole`; None where everything did.
    """

    tasks: tuple[str, ...]
    rows: tuple[JudgedItem, ...] = ()
    judges: tuple[JudgeUse, ...] = ()
    dropout: Dropout | None = None

    def of(self, task: str, side: str = ENGINE) -> tuple[JudgedItem, ...]:
        """Return the rows of a task on one side, in order."""
        return tuple(row for row in self.rows if row.task == task and row.side == side)

    def judge(self, role: str) -> JudgeUse | None:
        """Return the judge of a role, or None where none was asked for."""
        return next((judge for judge in self.judges if judge.role == role), None)

    def absent(self, *roles: str) -> JudgeUse | None:
        """Return the first judge of some roles that judged nothing, or None."""
        found = (self.judge(role) or JudgeUse(role=role, reason=f"no {role} was asked for") for role in roles)
        return next((judge for judge in found if judge.reason is not None), None)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it; features are arrays of their own, and media are files."""
        plain = asdict(replace(self, rows=tuple(replace(row, features={}, media={}) for row in self.rows)))
        for row in plain["rows"]:
            del row["features"], row["media"]
        return plain

    def features(self) -> dict[str, NDArray[Any]]:
        """Return the features of all rows as a table: of which `row` and what `name` each `vector` is."""
        found = [(at, name, vector) for at, row in enumerate(self.rows) for name, vector in row.features.items()]
        if not found:
            return {}
        at, names, vectors = zip(*found, strict=True)
        return {"row": np.array(at), "name": np.array(names), "vector": np.stack(vectors).astype(np.float32)}

    def with_features(self, table: Mapping[str, NDArray[Any]]) -> Judged:
        """Return it with the features that a table from `features` holds."""
        found: dict[int, dict[str, NDArray[np.float32]]] = {}
        for at, name, vector in zip(table["row"], table["name"], table["vector"], strict=True):
            found.setdefault(int(at), {})[str(name)] = vector
        rows = tuple(replace(row, features=found.get(at, {})) for at, row in enumerate(self.rows))
        return replace(self, rows=rows)

    def media(self) -> dict[int, Mapping[str, bytes]]:
        """Return the media of the rows that have some, by the row's place."""
        return {at: row.media for at, row in enumerate(self.rows) if row.media}

    def with_media(self, media: Mapping[int, Mapping[str, bytes]]) -> Judged:
        """Return it with these media and no others, by the row's place."""
        return replace(self, rows=tuple(replace(row, media=media.get(at, {})) for at, row in enumerate(self.rows)))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Judged:
        """Return what `to_json` wrote."""
        return cls(
            tasks=tuple(data["tasks"]),
            rows=tuple(JudgedItem.from_json(row) for row in data["rows"]),
            judges=tuple(JudgeUse(**judge) for judge in data["judges"]),
            dropout=None if data.get("dropout") is None else Dropout.from_json(data["dropout"]),
        )
