"""`josie-bench judge`: what a codec's weights do to speech, by outside judges, with intervals."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from josie_bench.errors import UsageError, WeightsError

WORDS = {
    "wer_source": "word error rate of the recordings",
    "wer_decoded": "word error rate behind the codes",
    "wer_codec": "of that, by the codec",
}
CODEC = {"audio_encoder", "audio_decoder"}


@click.command("judge")
@click.argument("weights", type=click.Path(path_type=Path))
@click.option("--corpus", "name", default="prompts_en", show_default=True, help="Recordings with transcripts.")
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

    What the recogniser gets wrong in the recordings themselves stands beside what it gets wrong behind the codes.
    """
    from josie_bench.bench.resynthesis import Judges, Resynthesis, chosen_items, judge_codec, summary
    from josie_bench.corpora import open_corpus
    from josie_bench.evaluators import RECOGNISER
    from josie_bench.model.checkpoint import load_weights
    from josie_bench.model.label import file_preset
    from josie_bench.model.presets import find_any
    from josie_bench.model.weights import build_model
    from josie_bench.plugins import find_member
    from josie_bench.writing import write_whole

    model = build_model(find_any(file_preset(weights)))
    if (
        not load_weights(model, weights) >= CODEC
    ):  # what it has not is drawn from a seed, and would be judged as if trained
        raise WeightsError(f"{weights}: holds no whole codec: name a file with audio_encoder and audio_decoder")
    corpus = open_corpus(name, folder)
    members = {kind: find_member("evaluators", kind) for kind in (recogniser, "english_text", "dnsmos", "stoi")}
    if members[recogniser].KIND != RECOGNISER:
        raise UsageError(f"--recogniser {recogniser}: hears no words: name a recogniser of josie-bench list evaluators")
    judges = Judges(**_opened(members, recogniser))
    chosen = chosen_items(corpus, items, judges.normaliser)
    if not chosen:
        raise UsageError(f"corpus {name} has no item with a transcript to test with: take another --corpus")
    rows: list[Resynthesis] = []
    try:
        rows.extend(judge_codec(model, corpus, chosen, judges, lambda line: click.echo(line, err=True)))
    finally:
        if output is not None:
            lines = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
            write_whole(output, lines.encode())
    scores = summary(rows)
    identities = [member.identity().text for member in members.values()]
    if as_json:
        told = {key: asdict(score) for key, score in scores.items()}
        click.echo(json.dumps({"corpus": name, "items": len(rows), "judges": identities, "scores": told}, indent=2))
        return
    for key, score in scores.items():
        click.echo(f"{WORDS.get(key, key)}: {_shown(key, score)}")
    click.echo(f"{len(rows)} items of {name}; judges: {'; '.join(identities)}")


def _opened(members: dict[str, Any], recogniser: str) -> dict[str, Any]:
    for member in members.values():
        if (reason := member.unavailable()) is not None:
            raise reason
    return {
        "recogniser": members[recogniser].open_judge(),
        "normaliser": members["english_text"].open_judge(),
        "quality": members["dnsmos"].open_judge(),
        "fidelity": members["stoi"].open_judge(),
    }


def _shown(key: str, score: Any) -> str:
    if score.value is None:
        return f"n/a: {score.na.detail}"
    scale, unit, digits = (100.0, " %", 1) if key in WORDS else (1.0, "", 2)
    text = f"{score.value * scale:.{digits}f}{unit}"
    if score.interval is None:
        return f"{text} (n {score.n}, too few for an interval)"
    low, high = (side * scale for side in (score.interval.low, score.interval.high))
    return f"{text} [{low:.{digits}f}, {high:.{digits}f}] ({score.interval.method})"
