"""`josie-bench judge`: what a codec's weights do to speech, by outside judges, with intervals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from josie_bench.errors import UnavailableError, UsageError, WeightsError

WORDS = {
    "wer_codec.source": "word errors, source rate: of the recordings",
    "wer_codec.decoded": "word errors, decoded rate: behind the codes",
    "wer_codec.difference": "word errors, difference: what the codec costs",
    "wer_codec.empty": "word errors of hearing nothing",
}
CODEC = {"audio_encoder", "audio_decoder"}
HOP_MS = 300.0


@click.command("judge")
@click.argument("weights", type=click.Path(path_type=Path))
@click.option(
    "--corpus",
    "name",
    default="prompts_en",
    show_default=True,
    help="Recordings with transcripts: a corpus, or a folder of your own.",
)
@click.option("--items", default=40, show_default=True, type=click.IntRange(1), help="At most; evenly over the corpus.")
@click.option("--recogniser", default="whisper_base", show_default=True, help="Who hears.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("corpora"), show_default=True, help="Where corpora lie."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write every item's row there, a JSON a line.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(  # noqa: PLR0917  each is a word of the command line
    weights: Path, name: str, items: int, recogniser: str, folder: Path, output: Path | None, *, as_json: bool
) -> None:
    """Encode and decode recordings with the codec of WEIGHTS, a file of ours, and say what judges make of it.

    What the recogniser gets wrong in the recordings themselves stands beside what it gets wrong behind the codes. A
    judge that is not here leaves its figures out, with the reason. To judge engines, run the suite `quality`.
    """
    from josie_bench.bench.judge import metric_scores
    from josie_bench.bench.quality import cannot_judge, choose, open_judges
    from josie_bench.evaluators import RECOGNISER
    from josie_bench.plugins import find_member
    from josie_bench.terms.judged import Judged, JudgedChoice, JudgedItem
    from josie_bench.terms.model_choice import ModelChoice
    from josie_bench.terms.recording import untimed

    model = _codec_of(weights)
    if find_member("evaluators", recogniser).KIND != RECOGNISER:
        raise UsageError(f"--recogniser {recogniser}: hears no words: name a recogniser of josie-bench list evaluators")
    choice = JudgedChoice(tasks=("codec",), corpus=name, items=items, recogniser=recogniser, folder=str(folder))
    trained = ModelChoice(preset=model.sizes.name, weights=(str(weights),))
    if (reason := cannot_judge(choice, trained)) is not None:
        raise UnavailableError(reason)
    chosen, judges = choose(choice), open_judges(choice, trained)
    rows: list[JudgedItem] = []
    try:
        rows.extend(_judged(model, chosen, judges))
    finally:
        if output is not None:
            _write(rows, output)
    judged = Judged(tasks=choice.tasks, rows=tuple(rows), judges=judges.uses)
    rate_hz = model.sizes.audio.sample_rate_hz
    found = metric_scores(untimed(sample_rate_hz=rate_hz, window_ms=HOP_MS, judged=judged))
    scores = {key: score for key, score in found.items() if not key.startswith("task_parity")}
    identities = [use.identity or f"no {use.role} ({use.reason})" for use in judges.uses]
    if as_json:
        told = {key: asdict(score) for key, score in scores.items()}
        click.echo(json.dumps({"corpus": name, "items": len(rows), "judges": identities, "scores": told}, indent=2))
        return
    for key, score in scores.items():
        click.echo(f"{WORDS.get(key, key)}: {_shown(key, score)}")
    click.echo(f"{len(rows)} items of {name}; judges: {'; '.join(identities)}")


def _codec_of(weights: Path) -> Any:
    """Return a model with the codec of a file.

    Raises:
        WeightsError: the file holds none, or not all of one.
    """
    from josie_bench.model.checkpoint import load_weights
    from josie_bench.model.label import file_preset
    from josie_bench.model.presets import find_any
    from josie_bench.model.weights import build_model

    model = build_model(find_any(file_preset(weights)))
    if (
        not load_weights(model, weights) >= CODEC
    ):  # what it has not is drawn from a seed, and would be judged as if trained
        raise WeightsError(f"{weights}: holds no whole codec: name a file with audio_encoder and audio_decoder")
    return model


def _judged(model: Any, chosen: Any, judges: Any) -> Iterator[Any]:
    """Yield each item before and behind its codes, and say how far it is."""
    from josie_bench.bench.quality import judge_items, model_sides

    def tell(done: int, of: int) -> None:
        click.echo(f"{done} of {of}", err=True)

    yield from judge_items(HOP_MS, model.sizes, model_sides(model), chosen, judges, tell=tell)


def _write(rows: list[Any], output: Path) -> None:
    from josie_bench.writing import write_whole

    lines = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
    write_whole(output, lines.encode())


def _shown(key: str, score: Any) -> str:
    if score.value is None:
        return f"n/a: {score.na.detail}"
    scale, unit, digits = (100.0, " %", 1) if key in WORDS else (1.0, "", 2)
    text = f"{score.value * scale:.{digits}f}{unit}"
    if score.ci is None:
        return f"{text} (n {score.n}, no interval: too few, or all alike)"
    low, high = (side * scale for side in (score.ci.low, score.ci.high))
    return f"{text} [{low:.{digits}f}, {high:.{digits}f}] ({score.ci.method})"
