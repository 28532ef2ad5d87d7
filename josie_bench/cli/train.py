"""`josie-bench train`: a recipe to a file of weights; goes on where it was cut off."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("train")
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Its folder.  [default: training/NAME]")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("corpora"), show_default=True, help="Where corpora lie."
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="That PyTorch computes with.")
def command(recipe: Path, output: Path | None, folder: Path, threads: int) -> None:
    """Train what RECIPE says, from where its folder stands; a cut costs a minute at most.

    In the end weights.safetensors in that folder is what a suite can name under `weights`.
    """
    import torch

    from josie_bench.training.recipe import load_recipe
    from josie_bench.training.run import train_recipe

    read = load_recipe(recipe)
    torch.set_num_threads(threads)
    place = output or Path("training") / read.keys.name
    for line in train_recipe(read, place, folder, lambda text: click.echo(text, err=True)):
        losses = "  ".join(f"{name} {value:.4f}" for name, value in line.losses.items())
        click.echo(f"step {line.step} of {read.keys.codec.steps}  {line.elapsed_s:.0f} s  lr {line.lr:.1e}  {losses}")
    click.echo(str(place / "weights.safetensors"))
