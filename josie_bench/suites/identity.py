"""What a case is called, and the digest of all that decides what is measured."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from typing import Any

from josie_bench.suites.settings import Settings
from josie_bench.suites.sources import Sources
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import USUAL
from josie_bench.terms.precision import PRECISIONS
from josie_bench.terms.schedule import WARM
from josie_bench.terms.sessions import Sessions

# What `case_id` returns; a lock's cases bear it as their names.
ID = re.compile(
    rf"(?P<name>.+)/[^/]+-({'|'.join(PRECISIONS)})/w[\d.e+]+(/h[\d.e+]+)?(?P<varied>(/[a-z_.]+=[^/]*)*)", re.ASCII
)
IN_THE_ID = ("backend", "precision", "window", "hop", "blocks.lengths")
NOT_MEASURED = ("id", "sha", "budgets", "timeout_s", "audit", "gpu_memory")
# By group, settings that joined it later than the first digests were written, as they are by themselves.
JOINED: dict[str, dict[str, Any]] = {
    "sessions": {name: getattr(Sessions(), name) for name in ("variation", "visits", "admission", "eviction")},
    "engines": {"options": asdict(USUAL), "fused": False, "calibration": None},
    "blocks": {"caches": WARM},
    "dropout": {"snr_db": None},
}


def case_id(name: str, case: Case, varied: Settings, overrides: Settings) -> str:
    """Return `name/backend-precision/w300`, with the hop where it differs, what the matrix varies, and mixed engines.

    Args:
        name: as the suite writes it. If it is an id, as in a lock, what it says of the case is said anew.
        case: with its settings.
        varied: what its matrix varies, as it is in this case.
        overrides: what the command line set.
    """
    told = ID.fullmatch(name)
    said = dict(part.split("=", 1) for part in told["varied"].split("/")[1:]) if told else {}
    said |= {key: _in_id(mark.value) for key, mark in varied.items() if key not in IN_THE_ID}
    said |= {key: _in_id(mark.value) for key, mark in overrides.items() if key in said}
    said = {key: value for key, value in said.items() if not key.startswith("components.")}
    said |= {f"beside.{key}": text for key, text in case.beside.words().items() if f"beside.{key}" not in said}
    said |= {f"components.{name}": f"{backend}-{precision}" for name, backend, precision in case.engines.apart}
    parts = [told["name"] if told else name, f"{case.backend}-{case.precision}", _lengths(case)]
    if case.hop_ms != case.window_ms and not case.blocks.lengths_ms:
        parts.append(f"h{case.hop_ms:g}")
    return "/".join([*parts, *(f"{key}={value}" for key, value in said.items())])


def _lengths(case: Case) -> str:
    return "w" + "+".join(f"{length:g}" for length in case.blocks.lengths_ms or (case.window_ms,))


def on_engines(case: Case, engines: EngineChoice, name: str) -> Case:
    """Return the case on other engines, with the id and the hash that a suite would give it under `name`."""
    other = replace(case, engines=engines)
    return replace(other, id=case_id(name, other, {}, {}), sha=case_sha(other, Sources()))


def _in_id(value: object) -> str:
    """Return a value as an id may hold it, so that a lock file's names can be read again."""
    if isinstance(value, bool):
        return str(value).lower()
    text = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.replace(f"{Path.home()}/", "~/")
    return "none" if value in (None, []) else re.sub(r"[^A-Za-z0-9 _.,=+-]|\.\.", "_", text)


def case_sha(case: Case, sources: Sources) -> str:
    """Return the digest of what is measured; media and weights count by their content, wherever they lie.

    A setting at its default is left out, so that one that joins later changes no digest of before. One that joins a
    group, such as `faults`, changes those of cases that say something of the group.
    """
    settings = _told(case, NOT_MEASURED) | {"model": _told(case.model)}
    if case.gpu_memory.cap is not None:  # what else a case says of a GPU's memory decides only whether it is run
        settings["gpu_memory"] = {"cap": case.gpu_memory.cap}
    _forget_what_joined(settings)
    if (calibration := case.engines.calibration) is not None:
        settings["engines"]["calibration"] = {"windows": calibration.windows, "recordings": calibration.sha256}
    if case.sessions.visits is not None:
        settings["sessions"]["visits"] = case.sessions.visits.sha256
    stream = settings["stream"]
    for name in ("speech", "video", "text"):
        stream[name] = None if stream[name] is None else sources.digest(name, stream[name])
    stream["guests"] = [(name, sources.digest(name, choice)) for name, choice in case.stream.guests]
    settings["model"]["weights"] = [sources.digest("weights", file) for file in case.model.weights]
    if case.judged is not None:
        if case.judged.corpus is not None:  # ours are frozen: their names say what they hold
            settings["judged"]["corpus"] = sources.digest("corpus", case.judged.corpus)
        del settings["judged"]["folder"]
        del settings["judged"]["listen"]  # what is kept to be heard changes no number
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _forget_what_joined(settings: Mapping[str, Any]) -> None:
    """Take out of their groups the settings that joined these later and are as they are by themselves."""
    for group, usual in JOINED.items():
        told = settings.get(group, {})
        for name in [name for name in usual if name in told and told[name] == usual[name]]:
            del told[name]


def _told(chosen: Case | ModelChoice, left_out: Collection[str] = ()) -> dict[str, Any]:
    """Return what was chosen otherwise than it would be by itself."""
    usual = {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(chosen)
    }
    values = asdict(chosen).items()
    return {key: value for key, value in values if key not in left_out and getattr(chosen, key) != usual[key]}
