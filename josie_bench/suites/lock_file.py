"""`suite.lock.yaml`: the resolved suite beside its results, readable as a suite again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from josie_bench.errors import OutputError
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case


def lock(suite: Suite, cases: tuple[Case, ...]) -> dict[str, Any]:
    """Return the resolved suite: one entry a case, every setting written out; reading it gives the same cases."""
    return {
        "schema": "josie-bench/suite.v1",
        "name": suite.name,
        "description": suite.description,
        "cases": [_locked(case) for case in cases],
    }


def _locked(case: Case) -> dict[str, Any]:
    def ms(value: float) -> str:
        return f"{value!r} ms"

    return {
        "name": case.id,
        "scenario": case.scenario,
        "preset": case.preset,
        "backend": case.backend,
        "precision": case.precision,
        "components": {name: f"{backend}-{precision}" for name, backend, precision in case.engines.apart},
        "window": ms(case.window_ms),
        **({} if case.blocks.lengths_ms else {"hop": ms(case.hop_ms)}),
        "deadline": ms(case.deadline_ms),
        "windows": case.windows,
        "rounds": case.rounds,
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
        },
        "busy": case.busy,
        "audit": case.audit,
        "weights": list(case.model.weights),
        "ablate": list(case.model.ablate),
        "quantizer": case.model.quantizer,
        "mode": case.conversation.mode,
        "turn_taking": case.conversation.turn_taking,
        "silence": case.conversation.silence,
        "stream": {
            "speech": case.stream.speech,
            "video": case.stream.video,
            "text": case.stream.text,
            **dict(case.stream.guests),
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


def write_lock(locked: dict[str, Any], file: Path) -> None:
    """Write what `lock` returned.

    Raises:
        OutputError: the file cannot be written.
    """
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 120
    try:
        with file.open("w", encoding="utf-8") as stream:
            writer.dump(locked, stream)
    except OSError as error:
        raise OutputError(f"{file}: cannot be written: {error.strerror}") from error
