"""`suite.lock.yaml`: the resolved suite beside its results, readable as a suite again."""

from __future__ import annotations

import io
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from josie_bench.model.shipped import SHIPPED, is_shipped
from josie_bench.suites.faults import locked_fault
from josie_bench.suites.load import Suite
from josie_bench.suites.simulated import locked_law
from josie_bench.suites.sources import is_place
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.case import Case
from josie_bench.terms.comings import EXPONENTIAL
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.turns import Turns
from josie_bench.terms.visits import Visits
from josie_bench.writing import write_whole

LOCK = "suite.lock.yaml"


def lock(suite: Suite, cases: tuple[Case, ...], folder: Path) -> dict[str, Any]:
    """Return the resolved suite: one entry a case, every setting written out; reading it gives the same cases.

    Args:
        suite: that was read.
        cases: of it, expanded.
        folder: where the lock will lie. Paths are written from the home (`~`) or else from here, never whole: a lock
            lies beside results that are shown to others.
    """
    return {
        "schema": "josie-bench/suite.v1",
        "name": suite.name,
        "description": suite.description,
        "cases": [_locked(case, folder) for case in cases],
    }


def _locked(case: Case, folder: Path) -> dict[str, Any]:
    def ms(value: float) -> str:
        return f"{value!r} ms"

    told = partial(_told, folder)
    return {
        "name": case.id,
        "scenario": case.scenario,
        "preset": case.preset,
        "backend": case.backend,
        "precision": case.precision,
        "components": {name: f"{backend}-{precision}" for name, backend, precision in case.engines.apart},
        **({"tensorrt": options} if (options := case.engines.options.told()) else {}),
        **({"fused": True} if case.engines.fused else {}),
        **({} if (chosen := case.engines.calibration) is None else {"calibration": _calibrated_from(chosen, folder)}),
        "window": ms(case.window_ms),
        **({} if case.blocks.lengths_ms else {"hop": ms(case.hop_ms)}),
        "deadline": ms(case.deadline_ms),
        "windows": case.windows,
        **({} if case.sessions == Sessions() else _sessions(case.sessions, folder)),
        **({} if case.capacity is None else {"capacity": asdict(case.capacity)}),
        "rounds": case.rounds,
        "early_stop": case.early_stop,
        "warm_up": {
            "windows": case.warm_up.windows,
            "duration": f"{case.warm_up.seconds!r} s",
            "cap": f"{case.warm_up.cap_s!r} s",
        },
        "blocks": {
            "windows": case.blocks.windows,
            "lengths": [ms(length) for length in case.blocks.lengths_ms],
            "contents": list(case.blocks.contents),
            "pause": ms(case.blocks.pause_ms),
            "caches": case.blocks.caches,
        },
        **({} if case.dropout is None else {"dropout": _lost(case.dropout)}),
        **({"faults": [locked_fault(fault) for fault in case.faults]} if case.faults else {}),
        **({} if case.beside.is_nothing else {"beside": case.beside.settings()}),
        "idle": f"{case.idle_s!r} s",
        **({} if case.simulated is None else {"simulated": locked_law(case.simulated)}),
        "audit": case.audit,
        **({} if case.judged is None else _judged(case.judged, folder)),
        "weights": None if case.simulated is not None else [_told_file(file, folder) for file in case.model.weights],
        "ablate": list(case.model.ablate),
        "quantizer": case.model.quantizer,
        "context": case.model.context,
        "prune_to": case.model.prune_to,
        "allocation": case.allocation,
        **({} if case.gpu_memory == GpuReserve() else {"gpu_memory": _reserved(case.gpu_memory)}),
        "layers": dict(case.model.layers),
        "mode": case.conversation.mode,
        **({} if case.turns is None else {"turns": _typed(case.turns)}),
        "turn_taking": case.conversation.turn_taking,
        "silence": case.conversation.silence,
        "stream": {
            "speech": told("speech", case.stream.speech),
            "video": told("video", case.stream.video),
            "text": told("text", case.stream.text),
            **{name: told(name, choice) for name, choice in case.stream.guests},
        },
        "modalities": list(case.modalities),
        "temporal_patches": case.temporal_patches,
        "token_budget": case.token_budget,
        "temperature": case.temperature,
        "threads": case.threads,
        "seed": case.seed,
        "timeout": f"{case.timeout_s!r} s",
        "budgets": [{"assert": budget.expression, "severity": budget.severity} for budget in case.budgets],
    }


def _calibrated_from(chosen: CalibrationChoice, folder: Path) -> dict[str, Any]:
    streams = {name: _told(folder, name, choice) for name, choice in chosen.streams.items()}
    return {**streams, "windows": chosen.windows, "sha256": chosen.sha256}


def _reserved(reserve: GpuReserve) -> dict[str, Any]:
    context = None if reserve.context is None else f"{reserve.context} B"
    cap = {} if reserve.cap is None else {"cap": f"{reserve.cap} B"}
    return {**cap, "context": context, "fragments": reserve.fragments}


def _sessions(sessions: Sessions, folder: Path) -> dict[str, Any]:
    recorded, admission, eviction = sessions.visits, sessions.admission, sessions.eviction
    return {
        "sessions": sessions.count,
        "phase": sessions.phase,
        "shedding": sessions.shedding,
        "batching": sessions.batching,
        "stay": None if sessions.stay_ms is None else f"{sessions.stay_ms!r} ms",
        "away": f"{sessions.away_ms!r} ms",
        "grace": f"{sessions.grace_ms!r} ms",
        "admit": sessions.admit,
        **({} if sessions.variation == EXPONENTIAL else {"variation": sessions.variation}),
        **({} if recorded is None else {"visits": _replayed(recorded, folder)}),
        **({} if admission is None else {"admission": {"busy": admission.busy, "over": f"{admission.over_ms!r} ms"}}),
        **({} if eviction is None else {"eviction": {"missed": eviction.missed, "over": f"{eviction.over_ms!r} ms"}}),
    }


def _replayed(recorded: Visits, folder: Path) -> dict[str, str]:
    return {"file": _shortened(recorded.file, folder), "sha256": recorded.sha256}


def _lost(dropout: Dropout) -> dict[str, Any]:
    return {
        "of": list(dropout.of),
        "present": dropout.present,
        "absent": dropout.absent,
        "lost": dropout.lost,
        "burst": dropout.burst,
        "late": f"{dropout.late_ms!r} ms",
        **({} if dropout.snr_db is None else {"snr": f"{dropout.snr_db!r} dB"}),
    }


def _typed(turns: Turns) -> dict[str, Any]:
    return {"every": f"{turns.every_ms!r} ms", "variation": turns.variation}


def _judged(choice: JudgedChoice, folder: Path) -> dict[str, Any]:
    return {
        "tasks": list(choice.tasks),
        "corpus": _told(folder, "corpus", choice.corpus),
        "split": choice.split,
        "items": choice.items,
        "recogniser": choice.recogniser,
        "listen": choice.listen,
        "corpora": _shortened(choice.folder, folder),
    }


def _told(folder: Path, name: str, choice: str | None) -> str | None:
    """Return a choice of media as it is written, a path from the home or from `folder`."""
    return _shortened(choice, folder) if choice is not None and is_place(name, choice) else choice


def _told_file(file: str, folder: Path) -> str:
    return SHIPPED if is_shipped(file) else _shortened(file, folder)


def _shortened(path: str, folder: Path) -> str:
    """Return an absolute path from the home, or from `folder`."""
    for home in {Path.home(), Path.home().resolve()} - {Path("/")}:
        if Path(path).is_relative_to(home):
            return f"~/{Path(path).relative_to(home)}"
    relative = os.path.relpath(path, folder.resolve())
    return relative if "/" in relative else f"./{relative}"


def write_lock(locked: dict[str, Any], file: Path) -> None:
    """Write what `lock` returned.

    Raises:
        OutputError: the file cannot be written.
    """
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 120
    text = io.BytesIO()
    writer.dump(locked, text)
    write_whole(file, text.getvalue())
