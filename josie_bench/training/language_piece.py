"""The language part's piece: temporal and depth transformer, which learn from tapes of lessons."""

from __future__ import annotations

import bisect
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from josie_bench.errors import UsageError
from josie_bench.model.checkpoint import load_weights
from josie_bench.model.presets import find_preset
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.model.weights import Model, weights_digest
from josie_bench.plugins import find_member
from josie_bench.training.device import CPU
from josie_bench.training.language import LanguageLearner
from josie_bench.training.lessons import Writing
from josie_bench.training.loop import Draws
from josie_bench.training.sections.language import LESSONS, Keys, Stage
from josie_bench.training.sequences import Batch, Tape, batch_of
from josie_bench.training.tapes import Recorder, Reel

LONG_EVERY, LONG_TIMES = 4, 4  # every fourth step's crops are four times as long and a quarter as many
HELD_OUT = 8  # crops of each lesson that are looked at and never learnt from
HELD_OUT_SEED = 1
LEARNING = frozenset({"temporal_transformer", "depth_transformer"})
SEER = "vision_encoder"
NEEDED = {"audio_encoder": ("codec", "codec"), SEER: ("vision encoder", "vision")}  # what each is, and its section


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the piece begins with: a model, and the names of its components that were trained before."""

    model: Model
    trained: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """Lessons of a stage whose crops make a batch together: those that see would be waited for by all others.

    Attributes:
        reels: of each lesson.
        chances: of a crop being of each.
        share: of the stage's steps.
        frames: of a crop.
        hidden: share of the crops in which the model's own voice is kept from it.
        misled: share of those in which another's stands there.
        noisy: share of the crops in which all is heard in noise.
    """

    reels: Sequence[Reel]
    chances: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    share: float
    frames: int
    hidden: float
    misled: float
    noisy: float


class LanguagePiece:
    """Temporal and depth transformer over a codec, and a vision encoder, that stay.

    Args:
        keys: of the recipe.
        before: whose model's two transformers learn in place.
        reels: by lesson, the tapes to learn from.
        held_out: by lesson, tapes of which some crops are looked at.
        seed: of the recipe.
        device: where it learns.
    """

    def __init__(
        self,
        keys: Keys,
        before: Before,
        reels: Mapping[str, Reel],
        held_out: Mapping[str, Reel],
        *,
        seed: int,
        device: torch.device = CPU,
    ) -> None:
        self.keys, self.before = keys, before
        model = before.model
        assert isinstance(model.sizes, ModelSizes)
        self.sizes = model.sizes
        told = keys.model_dump(exclude={"lr", "weights"}) | {"seed": seed, "before": weights_digest(model)}
        if self.sizes != find_preset(keys.preset):
            told["sizes"] = repr(self.sizes)
        self.identity = json.dumps(told, sort_keys=True)
        stages = (*keys.ahead.values(), keys)
        self.stages = [_decks(stage, reels) for stage in stages]
        self.ends = list(itertools.accumulate(stage.steps for stage in keys.ahead.values()))
        begins = LEARNING.isdisjoint(before.trained)
        self.learner = LanguageLearner(model, begins=begins, sees_anew=keys.anew == "sight").to(device)
        self.module: nn.Module = self.learner
        self.lr, self.steps = keys.lr, keys.steps
        draw = np.random.default_rng(HELD_OUT_SEED)
        self.held_out = {
            f"{name}_in_noise" if is_noisy else name: self._batch(
                [reel.draw(draw, keys.frames, is_noisy=is_noisy) for _ in range(HELD_OUT)], draw
            )
            for is_noisy in (False, True)
            for name, reel in held_out.items()
            if reel.noisy or not is_noisy
        }

    def losses(self, step: int, draws: Draws) -> dict[str, Tensor]:
        """Return the parts of the loss of a batch."""
        times = LONG_TIMES if step % LONG_EVERY == LONG_EVERY - 1 else 1
        decks = self.stages[bisect.bisect_right(self.ends, step)]
        deck = decks[draws.numpy.choice(len(decks), p=[deck.share for deck in decks])]
        chosen = draws.numpy.choice(len(deck.reels), max(1, self.keys.batch // times), p=deck.chances)
        are_noisy = draws.numpy.random(len(chosen)) < deck.noisy if deck.noisy else np.zeros(len(chosen), np.bool_)
        tapes = [
            deck.reels[index].draw(draws.numpy, times * deck.frames, is_noisy=bool(is_noisy))
            for index, is_noisy in zip(chosen, are_noisy, strict=True)
        ]
        batch = self._batch(tapes, draws.numpy, deck=deck)
        found: dict[str, Tensor] = self.learner(batch, draws.torch)
        return found

    def look(self) -> dict[str, float]:
        """Return how good it is at what was held out, by lesson."""
        return {
            f"{name}_{key}": value
            for name, batch in self.held_out.items()
            for key, value in self.learner.look(batch).items()
        }

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return what is learnt by."""
        return self.learner.total(losses)

    def trained(self) -> dict[str, Tensor]:
        """Return all of the model's parameters that are no longer as they were seeded, by name, on the CPU."""
        parts = LEARNING | self.before.trained
        named = self.before.model.named_parameters()
        return {name: parameter.detach().cpu() for name, parameter in named if name.partition(".")[0] in parts}

    def _batch(self, tapes: list[Tape], draw: np.random.Generator, deck: Deck | None = None) -> Batch:
        """Return tapes as a batch, with what a deck does to them; without one nothing is done to them."""
        are_gated = (draw.random(len(tapes)) < 0.5).tolist()
        if deck is None:
            return batch_of(tapes, self.sizes, are_gated=are_gated)
        are_hidden, are_misled = (
            (draw.random(len(tapes)) < share).tolist() if share else None for share in (deck.hidden, deck.misled)
        )
        return batch_of(
            tapes, self.sizes, are_gated=are_gated, are_hidden=are_hidden, are_misled=are_misled, slips=draw
        )


def _decks(stage: Stage, reels: Mapping[str, Reel]) -> list[Deck]:
    """Return the lessons of a stage, those that see apart."""
    parts = [{name: share for name, share in stage.lessons.items() if _sees(name) is sees} for sees in (False, True)]
    total = sum(stage.lessons.values())
    return [
        Deck(
            reels=[reels[name] for name in part],
            chances=np.array(list(part.values())) / sum(part.values()),
            share=sum(part.values()) / total,
            frames=stage.frames // 2 if sees else stage.frames,
            hidden=stage.hidden,
            misled=stage.misled,
            noisy=stage.noisy,
        )
        for sees, part in enumerate(parts)
        if part
    ]


def model_before(
    keys: Keys, sizes: ModelSizes, before: Mapping[str, Tensor], files: Sequence[Path], *, seed: int
) -> Before:
    """Return what the piece begins with: a seeded model, but for what was trained before.

    Args:
        keys: of the recipe.
        sizes: of the model.
        before: what the recipe trained before, by the names of parameters.
        files: of weights that were trained before.
        seed: of the recipe.

    Raises:
        UsageError: no codec was trained before, or no vision encoder where a lesson sees.
        WeightsError: a file of weights does not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(sizes, seed=seed).train()
    parameters = dict(model.named_parameters())
    leave = LEARNING if keys.anew == "language" else frozenset()
    filled = set[str]().union(*(load_weights(model, file, leave=leave) for file in files))
    with torch.no_grad():  # what this recipe trained is newer than what its files hold
        for name, tensor in before.items():
            parameters[name].copy_(tensor)
    trained = frozenset(filled | {name.partition(".")[0] for name in before})
    for part, (what, section) in NEEDED.items():
        if part not in trained and (part != SEER or any(map(_sees, keys.lessons))):
            raise UsageError(
                f"language: no {what} of {keys.preset} is trained: "
                f"add a section {section}, or its file under language.weights"
            )
    return Before(model=model, trained=trained)


def _sees(lesson: str) -> bool:
    found: bool = find_member(LESSONS, lesson).SEES
    return found


def language_piece(
    keys: Keys,
    before: Before,
    cache: Path,
    corpora: Path,
    tell: Callable[[str], None],
    *,
    seed: int,
    device: torch.device = CPU,
) -> LanguagePiece:
    """Return the piece at its begin.

    Args:
        keys: of the recipe.
        before: what it begins with.
        cache: where tapes are kept.
        corpora: where fetched corpora lie.
        tell: is told what takes long.
        seed: of the recipe.
        device: where it learns, and where tapes are encoded.

    Raises:
        UnavailableError: a corpus is not here.
        OutputError: the cache cannot be written.
    """
    model = before.model
    sizes = model.sizes
    assert isinstance(sizes, ModelSizes)
    recorder = Recorder(
        encoder=model.audio_encoder.eval().to(device),
        seer=model.vision_encoder.eval().to(device),
        write=Writing(
            tokenizer=find_tokenizer(sizes.text.tokenizer), text=sizes.text, frame_samples=sizes.audio.frame_samples
        ),
        rate_hz=sizes.audio.sample_rate_hz,
        corpora=corpora,
        cache=cache,
        tell=tell,
    )
    is_noisy = any(stage.noisy for stage in (keys, *keys.ahead.values()))
    reels = {
        split: {
            name: recorder.reel(name, find_member(LESSONS, name), split, is_noisy=is_noisy) for name in keys.lessons
        }
        for split in ("train", "valid")
    }
    return LanguagePiece(keys, before, reels["train"], reels["valid"], seed=seed, device=device)
