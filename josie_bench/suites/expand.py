"""A suite's matrix → cases, with stable ids and a hash of all that decides what is measured."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from josie_bench.errors import MediaError, SuiteError, UsageError
from josie_bench.model.presets import find_preset, find_sizes
from josie_bench.plugins import find_member
from josie_bench.suites.document import complaint
from josie_bench.suites.load import Suite
from josie_bench.suites.schema import CaseKeys
from josie_bench.suites.settings import NESTED, Placed, RawCase
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.quantity import duration_ms
from josie_bench.terms.timebase import s_from_ms, whole_frames

BUNDLED = "bundled"
STREAM_OF = {"audio": "speech", "vision": "video", "text": "text"}  # a guest's stream bears its own name
IN_THE_ID = ("backend", "precision", "window", "hop")
NOT_MEASURED = ("id", "sha", "budgets", "timeout_s")


def expand(suite: Suite) -> tuple[Case, ...]:
    """Return the suite's cases, in order.

    Raises:
        SuiteError: a setting may not be what it is, two cases have one id, or a matrix leaves nothing.
    """
    cases: list[Case] = []
    owners: dict[str, RawCase] = {}
    for raw in suite.cases:
        rows = list(_rows(raw))
        if not rows:
            raise SuiteError(f"the matrix of {raw.name} leaves no case: exclude less", path=raw.path, line=raw.line)
        for row in rows:
            case = _case(raw, row, rows)
            if case.id in owners:
                first = owners[case.id].line
                what = f"case {case.id} stands here and at line {first}: rename one"
                raise SuiteError(what, path=raw.path, line=raw.line)
            owners[case.id] = raw
            cases.append(case)
    return tuple(cases)


def _rows(raw: RawCase) -> Iterator[dict[str, Any]]:
    """Yield the matrix's combinations; a case without a matrix is one empty combination."""
    grid, zipped = raw.matrix.get("grid") or {}, raw.matrix.get("zip") or {}
    rows: list[dict[str, Any]] = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    if zipped:
        columns = [dict(zip(zipped, values, strict=True)) for values in zip(*zipped.values(), strict=True)]
        rows = [row | column for row in rows for column in columns]
    if not grid and not zipped and raw.matrix.get("include"):
        rows = []
    excluded = [_comparable(row) for row in raw.matrix.get("exclude") or [] if row]
    rows = [row for row in rows if not any(_comparable(row).items() >= out.items() for out in excluded)]
    yield from rows
    yield from raw.matrix.get("include") or []


def _comparable(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a combination whose durations are equal if they last as long: `0.2 s` is `200 ms`."""

    def value(given: object) -> str:
        try:
            return f"{duration_ms(given)!r} ms" if isinstance(given, str) else json.dumps(given, sort_keys=True)
        except ValueError:
            return json.dumps(given)

    return {key: value(given) for key, given in row.items()}


def _case(raw: RawCase, row: Mapping[str, Any], rows: list[dict[str, Any]]) -> Case:
    placed = raw.settings | {key: Placed(value=value, path=raw.path, line=raw.line) for key, value in row.items()}
    keys = _validated(raw, placed)
    hop = keys.hop if keys.hop is not None else keys.window
    _check_times(keys, hop, placed, raw)
    stream = _stream(keys, placed, raw)
    case = Case(
        id="",
        sha="",
        scenario=keys.scenario,
        model=_model(keys, stream, placed, raw),
        backend=keys.backend,
        precision=keys.precision,
        window_ms=keys.window,
        hop_ms=hop,
        deadline_ms=keys.deadline,
        windows=keys.windows,
        warm_up=WarmUp(
            windows=keys.warm_up.windows,
            seconds=s_from_ms(keys.warm_up.duration),
            cap_s=s_from_ms(keys.warm_up.cap),
        ),
        stream=stream,
        modalities=keys.modalities,
        temporal_patches=keys.temporal_patches,
        token_budget=keys.token_budget,
        conversation=Conversation(mode=keys.mode, turn_taking=keys.turn_taking, silence=keys.silence),
        temperature=keys.temperature,
        threads=keys.threads,
        timeout_s=s_from_ms(keys.timeout),
        budgets=raw.budgets,
    )
    return replace(case, id=_id(raw, case, row, rows), sha=_sha(case))


def _validated(raw: RawCase, placed: Mapping[str, Placed]) -> CaseKeys:
    nested: dict[str, Any] = {}
    for key, mark in placed.items():
        outer, _, inner = key.partition(".")
        if outer in NESTED and inner:
            nested.setdefault(outer, {})[inner] = mark.value
        else:
            nested[key] = tuple(mark.value) if isinstance(mark.value, list) else mark.value
    try:
        return CaseKeys.model_validate(nested)
    except ValidationError as error:
        loc = ".".join(str(part) for part in error.errors()[0]["loc"] if not isinstance(part, int))
        culprit = placed[loc] if loc in placed else placed.get(loc.partition(".")[0])
        path, line = (raw.path, raw.line) if culprit is None else (culprit.path, culprit.line)
        told = complaint(error, {}, path)
        raise SuiteError(told.what, path=path, line=line) from error


def _model(keys: CaseKeys, stream: StreamChoice, placed: Mapping[str, Placed], raw: RawCase) -> ModelChoice:
    """Return the model of a case, its files of weights made absolute, after looking whether it can be put together."""
    mark = placed.get("weights")
    base = mark.path.parent if mark is not None and mark.line is not None else Path()
    model = ModelChoice(
        preset=keys.preset,
        seed=keys.seed,
        weights=tuple(str((base / file).resolve()) for file in keys.weights),
        ablate=keys.ablate,
        quantizer=keys.quantizer,
        guests=tuple(name for name, _ in stream.guests),
    )
    for file in model.weights:
        if not Path(file).is_file():
            raise _at(mark, raw, f"weights: {file}: no such file: bring one in with josie-bench weights import")
    try:
        find_sizes(model)
    except UsageError as error:
        raise _at(placed.get("quantizer", placed.get("ablate")), raw, str(error)) from error
    return model


def _check_times(keys: CaseKeys, hop_ms: float, placed: Mapping[str, Placed], raw: RawCase) -> None:
    frame_ms = find_preset(keys.preset).frame_ms
    for name, value in (("window", keys.window), ("hop", hop_ms)):
        if whole_frames(value, frame_ms) is None:
            low = max(int(value // frame_ms), 1) * frame_ms
            near = f"{low:g} ms" if value < low else f"{low:g} ms or {low + frame_ms:g} ms"
            what = f"{name} {value:g} ms is not a whole number of {frame_ms:g} ms frames: write {near}"
            raise _at(placed.get(name), raw, what)
    if hop_ms > keys.window:
        what = f"hop {hop_ms:g} ms is longer than the window of {keys.window:g} ms: media would be lost; shorten it"
        raise _at(placed.get("hop"), raw, what)
    for modality in keys.modalities:
        name = STREAM_OF.get(modality, modality)
        if getattr(keys.stream, name, None) is None:
            place = placed.get(f"stream.{name}", placed.get("modalities"))
            raise _at(place, raw, f"modality {modality} has no source: set stream.{name} or leave it out of modalities")


def _stream(keys: CaseKeys, placed: Mapping[str, Placed], raw: RawCase) -> StreamChoice:
    """Return the streams with paths made absolute, after looking whether they can be decoded."""
    given = keys.stream
    return StreamChoice(
        speech=_media(given.speech, "stream.speech", placed, raw) if "audio" in keys.modalities else None,
        video=_media(given.video, "stream.video", placed, raw) if "vision" in keys.modalities else None,
        text=given.text if "text" in keys.modalities else None,
        guests=tuple(
            (name, str(_media(getattr(given, name), f"stream.{name}", placed, raw)))
            for name in keys.modalities
            if name not in STREAM_OF
        ),
    )


def _media(choice: str | None, key: str, placed: Mapping[str, Placed], raw: RawCase) -> str | None:
    if choice is None:
        return None
    mark = placed.get(key)
    base = mark.path.parent if mark is not None and mark.line is not None else Path()
    found = choice if choice == BUNDLED else str((base / choice).resolve())
    try:
        find_member("streams", key.removeprefix("stream.")).probe(found)
    except MediaError as error:
        raise _at(mark, raw, f"{key}: {error}") from error
    return found


def _at(mark: Placed | None, raw: RawCase, what: str) -> SuiteError:
    path, line = (mark.path, mark.line) if mark is not None else (raw.path, raw.line)
    return SuiteError(what, path=path, line=line)


def _id(raw: RawCase, case: Case, row: Mapping[str, Any], rows: list[dict[str, Any]]) -> str:
    """Return `name/backend-precision/w300`, with the hop and whatever else the matrix varies where it matters."""
    if not raw.matrix and "/" in raw.name:
        return raw.name  # a lock file's cases carry their full ids
    parts = [raw.name, f"{case.backend}-{case.precision}", f"w{case.window_ms:g}"]
    if case.hop_ms != case.window_ms:
        parts.append(f"h{case.hop_ms:g}")
    for key in row:
        varies = len({json.dumps(other.get(key), default=str) for other in rows}) > 1
        if key not in IN_THE_ID and varies:
            parts.append(f"{key}={_in_id(row[key])}")
    return "/".join(parts)


def _in_id(value: object) -> str:
    """Return a value as an id may hold it, so that a lock file's names can be read again."""
    text = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"[^A-Za-z0-9 _.,=+-]|\.\.", "_", text)


def _sha(case: Case) -> str:
    """Return the digest of what is measured; media count by their content, wherever they lie."""
    settings = {key: value for key, value in asdict(case).items() if key not in NOT_MEASURED}
    stream = settings["stream"]
    for key in ("speech", "video"):
        if stream[key] not in (None, BUNDLED):
            stream[key] = _content(Path(stream[key]))
    stream["guests"] = [(name, _content(Path(choice))) for name, choice in stream["guests"]]
    settings["model"]["weights"] = [_content(Path(file)) for file in settings["model"]["weights"]]
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _content(place: Path) -> list[str]:
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()]
