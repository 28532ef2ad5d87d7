"""What is read from codes: a linear map against a plain one, and codes that say it or do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from josie_bench.bench.reading import Read, read_labels, ridge
from josie_bench.model.presets import TINY
from josie_bench.terms.corpus import Corpus, Item, OpenCorpus

SIZES = TINY.vision
COLOURS = ("black", "grey", "white")


def corpus_of(counts):
    """Return clips of one grey each, of one colour of three: the commonest is black, of two in five."""
    items = tuple(
        Item(id=f"{split}{index}", split=split, recipe=(0, 1, 2, 0, 1)[index % 5])
        for split, count in counts.items()
        for index in range(count)
    )
    corpus = Corpus(
        summary="",
        kind="made",
        license="CC0-1.0",
        splits=tuple(counts),
        ships_weights=True,
        read_items=lambda _: items,
        frames=lambda _, item: np.full((6, 32, 32, 3), 100 * item.recipe, dtype=np.uint8),
        frames_per_s=10.0,
        labels=lambda item: {"colour": COLOURS[item.recipe]},
    )
    return OpenCorpus(name="greys", corpus=corpus, root=Path(), items=items)


class Told:
    """An encoder whose first code is the grey that it sees, or always the same."""

    def __init__(self, *, sees):
        self.sees, self.resets = sees, 0

    def reset(self):
        self.resets += 1

    def step(self, inputs):
        patches = inputs["patches"]
        grey = np.rint((patches.mean() + 1) * 127.5 / 100) if self.sees else 0
        codes = np.zeros((1, patches.shape[1], patches.shape[2] // SIZES.merge**2, SIZES.codebooks), dtype=np.int64)
        codes[..., 0] = int(grey)
        return {"codes": codes}


@pytest.mark.parametrize("sees", [True, False])
def test_a_label_is_read_where_codes_hold_it(sees):
    encoder = Told(sees=sees)
    corpus = corpus_of({"train": 30, "valid": 10, "test": 10})
    told = []
    found = read_labels(encoder, SIZES, corpus, 300.0, fitted=20, tell=lambda done, of: told.append((done, of)))
    assert found == {"colour": Read(right=10 if sees else 4, n=10, commonest=4)}
    assert encoder.resets == 40
    assert told[-1] == (40, 40)


def test_the_map_is_that_of_the_normal_equations():
    draw = np.random.default_rng(0)
    inputs, wanted = draw.standard_normal((40, 3)), draw.standard_normal((40, 2))
    found = ridge(inputs, wanted, 0.0)(inputs)
    columns = np.column_stack([inputs, np.ones(40)])
    assert np.allclose(found, columns @ np.linalg.lstsq(columns, wanted, rcond=None)[0])


def test_a_stronger_penalty_draws_answers_to_their_mean():
    draw = np.random.default_rng(0)
    inputs, wanted = draw.standard_normal((40, 3)), draw.standard_normal((40, 1))
    spread = [np.ptp(ridge(inputs, wanted, strength)(inputs)) for strength in (0.0, 1.0, 100.0)]
    assert spread[0] > spread[1] > spread[2]
    assert ridge(inputs, wanted, 1e9)(inputs) == pytest.approx(wanted.mean(), abs=1e-6)


def test_columns_that_say_nothing_harm_nothing():
    assert np.isfinite(ridge(np.ones((5, 2)), np.arange(5.0)[:, None], 1e-3)(np.ones((1, 2)))).all()
