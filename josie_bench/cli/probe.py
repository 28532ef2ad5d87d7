"""`josie-bench probe`: which phoneme each code of a codec tells, by itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from josie_bench.errors import WeightsError


@click.command("probe")
@click.argument("weights", type=click.Path(path_type=Path))
@click.option(
    "--corpus", "name", default="synthetic_speech", show_default=True, help="Speech whose phonemes are known."
)
@click.option("--items", default=400, show_default=True, type=click.IntRange(1), help="Of each split, at most.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("corpora"), show_default=True, help="Where corpora lie."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def command(weights: Path, name: str, items: int, folder: Path, *, as_json: bool) -> None:
    """Guess the phoneme of each frame from one code of the codec in WEIGHTS, a file of ours, level by level.

    Guesses come from the split valid and are tried on test. If the first codebook is semantic, its code tells more
    than the second's.
    """
    from josie_bench.bench.phoneme_probe import probe_codec
    from josie_bench.corpora import open_corpus
    from josie_bench.model.checkpoint import load_weights
    from josie_bench.model.label import file_preset
    from josie_bench.model.presets import find_any
    from josie_bench.model.weights import build_model
    from josie_bench.reports._words import with_interval

    model = build_model(find_any(file_preset(weights)))
    if "audio_encoder" not in load_weights(model, weights):
        raise WeightsError(f"{weights}: holds no audio_encoder, whose codes are asked: name another file")
    scores = probe_codec(model, open_corpus(name, folder), items=items, tell=lambda line: click.echo(line, err=True))
    if as_json:
        told = {key: asdict(score) for key, score in scores.items()}
        click.echo(json.dumps({"corpus": name, "scores": told}, indent=2))
        return
    for key, score in scores.items():
        if score.value is None:
            click.echo(f"{key}: n/a")
            continue
        method = "" if score.interval is None else f" ({score.interval.method})"
        click.echo(f"{key}: {with_interval(score.value, score.interval)}{method}")
