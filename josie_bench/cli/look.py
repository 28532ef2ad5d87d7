"""`josie-bench look`: what a vision encoder's tokens hold, drawn and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from josie_bench.errors import UnavailableError, WeightsError

HOP_MS = 300.0
ENCODER = ("vision_encoder",)


@click.command("look")
@click.argument("weights", type=click.Path(path_type=Path))
@click.option("--corpus", "name", default="shapes", show_default=True, help="Clips.")
@click.option("--items", default=200, show_default=True, type=click.IntRange(2), help="Drawn; evenly over the corpus.")
@click.option(
    "--fitted", default=1000, show_default=True, type=click.IntRange(20), help="Clips that reading is fitted to."
)
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("corpora"), show_default=True, help="Where corpora lie."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def command(weights: Path, name: str, items: int, fitted: int, folder: Path, *, as_json: bool) -> None:
    """Say what the vision tokens of WEIGHTS, a file of ours, hold of clips that were not trained on.

    Clips are drawn from their tokens by the pixel decoder beside WEIGHTS and held against what they were; a judge that
    is not here leaves its figures out, with the reason. What is seen is read from the codes by a linear map, beside
    the codes of a seeded encoder and the commonest answer. To judge engines, give a suite the task `look`.
    """
    from josie_bench.bench.judge import metric_scores
    from josie_bench.bench.quality import cannot_judge, choose, judge_items, model_sides, open_judges
    from josie_bench.terms.judged import Judged, JudgedChoice
    from josie_bench.terms.model_choice import ModelChoice
    from josie_bench.terms.recording import untimed

    model, seeded = _models_of(weights)
    choice = JudgedChoice(tasks=("look",), corpus=name, items=items, folder=str(folder))
    trained = ModelChoice(preset=model.sizes.name, weights=(str(weights),))
    if (reason := cannot_judge(choice, trained)) is not None:
        raise UnavailableError(reason)
    (chosen,), judges = choose(choice), open_judges(choice, trained)
    sides = model_sides(model, ENCODER)
    rows = tuple(judge_items(HOP_MS, model.sizes, sides, [chosen], judges, tell=_telling("drawn")))
    judged = Judged(tasks=choice.tasks, rows=rows, judges=judges.uses)
    found = metric_scores(untimed(sample_rate_hz=model.sizes.audio.sample_rate_hz, window_ms=HOP_MS, judged=judged))
    scores = {key: score for key, score in found.items() if not key.startswith("task_parity")}
    read = _read({"trained": model, "seeded": seeded}, chosen.corpus, fitted)
    identities = [use.identity or f"no {use.role} ({use.reason})" for use in judges.uses]
    if as_json:
        told = {key: asdict(score) for key, score in scores.items()}
        click.echo(json.dumps({"corpus": name, "items": len(rows), "judges": identities, "scores": told, "read": read}))
        return
    for key, score in scores.items():
        click.echo(f"{key}: {_shown(score)}")
    for label, each in read.items():
        click.echo(f"{label}: " + ", ".join(f"{who} {share:.1%}" for who, share in each.items()))
    click.echo(f"{len(rows)} clips of {name}; judges: {'; '.join(identities)}")


def _models_of(weights: Path) -> tuple[Any, Any]:
    """Return a model with the vision encoder of a file, and a seeded one.

    Raises:
        WeightsError: the file holds no vision encoder.
    """
    from josie_bench.model.checkpoint import load_weights
    from josie_bench.model.label import file_preset
    from josie_bench.model.presets import find_any
    from josie_bench.model.weights import build_model

    sizes = find_any(file_preset(weights))
    model = build_model(sizes)
    if not set(ENCODER) <= load_weights(model, weights):
        raise WeightsError(f"{weights}: holds no vision encoder: train one with: josie-bench train train_vision")
    return model, build_model(sizes)


def _read(models: dict[str, Any], corpus: Any, fitted: int) -> dict[str, dict[str, float]]:
    """Return the share of clips whose label is read, by label: of each model's codes, and of always the commonest."""
    from josie_bench.bench.quality import model_sides
    from josie_bench.bench.reading import read_labels
    from josie_bench.terms.judged import ENGINE

    if corpus.corpus.labels is None:
        return {}
    found: dict[str, dict[str, float]] = {}
    for who, model in models.items():
        encoder = model_sides(model, ENCODER)[ENGINE].executables["vision_encoder"]
        read = read_labels(encoder, model.sizes.vision, corpus, HOP_MS, fitted=fitted, tell=_telling(f"read, {who}"))
        for label, part in read.items():
            found.setdefault(label, {})[who] = part.right / part.n
    for label, part in read.items():
        found[label]["commonest"] = part.commonest / part.n
    return found


def _telling(what: str) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        if done == of or not done % 50:
            click.echo(f"{what}: {done} of {of}", err=True)

    return tell


def _shown(score: Any) -> str:
    if score.value is None:
        return f"n/a: {score.na.detail}"
    text = f"{score.value:.4g}"
    if score.ci is None:
        return f"{text} (n {score.n})"
    return f"{text} [{score.ci.low:.4g}, {score.ci.high:.4g}] ({score.ci.method})"
