"""`josie-bench train`: a recipe to a file of weights; goes on where it was cut off."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click


@click.command("train")
@click.argument("recipe")
@click.option("--output", type=click.Path(path_type=Path), help="Its folder.  [default: training/NAME]")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("corpora"), show_default=True, help="Where corpora lie."
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="That PyTorch computes with.")
@click.option(
    "--device",
    "kind",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Where it learns; on a GPU it was never run by its authors.",
)
def command(recipe: str, output: Path | None, folder: Path, threads: int, kind: str) -> None:
    """Train what RECIPE (a name such as `train_nano`, or a file) says, from where its folder stands.

    A cut costs a minute at most: called again, it goes on. In the end weights.safetensors lies there, which a suite can
    name under `weights` where the preset converses, and what may be done with it is told; curves.html draws how it
    learnt.

    Exit codes: 0 trained, 2 a recipe, folder or checkpoint that cannot be used, 3 a corpus, program or GPU is not here
    or a loss is no number, 130 or 143 interrupted.
    """
    from josie_bench.suites.load import find_recipe
    from josie_bench.training.recipe import load_recipe
    from josie_bench.writing import check_folder

    read = load_recipe(find_recipe(recipe))
    place = output or Path("training") / read.keys.name
    check_folder(place)

    import torch

    from josie_bench.training.device import open_device
    from josie_bench.training.run import WEIGHTS, train_recipe
    from josie_bench.training.scoring import SUITE

    torch.set_num_threads(threads)
    device = open_device(kind)
    try:
        for line in train_recipe(read, place, folder, lambda text: click.echo(text, err=True), device):
            now = line.progress
            told = "  ".join(f"{name} {value:.4f}" for name, value in (now.losses | now.held_out).items())
            at = f"{' '.join(filter(None, (line.variant, line.section)))}: step {now.step} of {line.steps}"
            click.echo(f"{at}  {now.elapsed_s:.0f} s  lr {now.lr:.1e}  {told}")
    except KeyboardInterrupt:
        click.echo(f"go on with: josie-bench {shlex.join(sys.argv[1:])}", err=True)
        raise
    finally:
        _draw(place, read.keys.name)
    for name in read.corpora:
        click.echo(_told(name), err=True)
    if read.keys.variants:
        click.echo(f"score them with: josie-bench run {shlex.quote(str(place / SUITE))}")
    else:
        click.echo(str(place / WEIGHTS))


def _draw(place: Path, name: str) -> None:
    """Write `curves.html`: how the training went so far."""
    import josie_bench
    from josie_bench.reports._learning_page import to_html
    from josie_bench.terms.progress import CURVE, read_curve
    from josie_bench.writing import write_whole

    curves = {file.parent.relative_to(place).as_posix(): read_curve(file) for file in sorted(place.rglob(CURVE))}
    if any(curves.values()):
        write_whole(place / "curves.html", to_html(curves, name, josie_bench.__version__).encode())


def _told(name: str) -> str:
    """Return what is to be known of weights that were trained on a corpus."""
    from josie_bench.corpora import find_corpus

    corpus = find_corpus(name)
    told = "weights trained on it may be shipped" if corpus.ships_weights else "weights trained on it stay here"
    return f"{name} ({corpus.license}): {told}{'' if corpus.credit is None else f'; credit {corpus.credit}'}"
