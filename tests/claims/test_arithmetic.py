"""What the formulas come to, against numbers worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.claims import find_claim, ledger
from josie_bench.claims.complexity import exponent
from josie_bench.claims.design import best_weight, receptive_field
from josie_bench.terms.claim import AMBIGUOUS, CONFIRMED, NOT_TESTABLE, PENDING, REFUTED, REFUTED_ARITHMETIC

# Of josie-v4o at FP16 (docs/model.md): 2786.6 M parameters, 5573.2 MB of weights, 128.4 MB of state, 28 672 B a
# position; buffers 0.0096 + 55.9872 MB; 5757.6 MB in all. Its floor on an RTX 4060 is 105.05 ms.
WORKED = {
    "mem.weights": [5.6],
    "mem.parameters": [2.7866],
    "mem.audio_buffer": [9.6],  # 4 800 samples of two bytes
    "mem.video_buffer": [55.9872],  # 9 frames of 6 220 800 bytes
    "mem.buffer_formula": [0.0144],  # 4 800 · 3
    "mem.min_vram": [5.7576],
    "opt.buffer": [0.9726, None, None],  # 55.9968 ÷ 5757.6
    "opt.precision": [48.40],  # 2786.6 ÷ 5757.6
    "opt.pruning": [2.040, 22.05],  # 4096 · 28 672 B = 117.44 MB; 8 GiB hold 5573.2 + 16 · 184.4 = 8523.7, 1879.0 of it
    "opt.together": [None, 38.664, 45.0],
    "win.samples": [4801],
    "win.200.bleu": [35.955, 27.3],
    "win.200.wer": [None, 5.124, 26.2],
    "win.400.memory": [4 / 3, 1.0032],  # 18.7 MB more of 5757.6
    "lat.sub300": [105.05, 105.05, 255.05, 405.05],
    "lat.window": [105.05, 405.05],
    "abl.m_rope.bleu": [9.929],
    "abl.m_rope.alignment": [38.095, None],
    "abl.dual_stream.wer": [73.81],
    "abl.temporal.bleu": [26.241],
    "abl.temporal.most_critical": [1],
    "abl.rms_norm.impact": [5.201, 16.667, 2.139],
    "table1.arrows": [12, 0],
    "drop.92": [97.1, 95.9, 81.185, None, None, None, None],  # (28.571 + 18.182 + 9.693) ÷ 3 = 18.815
    "drop.audio": [4.2504, 5.4, None, None],
    "drop.vision": [19.3358, 22.1],
    "drop.text": [40.5657, 38.2],
    "align.42ms": [75.0, 37.5],
    "design.dilation": [2.0],  # a layer adds 2, the next 4, the last 8
    "design.loss_weights": [0.0, 1.0],
}
VERDICTS = {
    "mem.weights": CONFIRMED,
    "mem.parameters": CONFIRMED,
    "mem.audio_buffer": REFUTED_ARITHMETIC,
    "mem.video_buffer": REFUTED_ARITHMETIC,
    "mem.buffer_formula": REFUTED_ARITHMETIC,
    "mem.min_vram": PENDING,
    "opt.buffer": AMBIGUOUS,
    "opt.precision": PENDING,
    "opt.pruning": AMBIGUOUS,
    "opt.together": AMBIGUOUS,
    "win.samples": REFUTED_ARITHMETIC,
    "win.200.bleu": PENDING,
    "win.400.memory": REFUTED_ARITHMETIC,
    "lat.sub300": AMBIGUOUS,
    "cost.audio": AMBIGUOUS,
    "cost.vision": AMBIGUOUS,
    "abl.m_rope.bleu": CONFIRMED,
    "abl.dual_stream.wer": CONFIRMED,
    "abl.temporal.bleu": CONFIRMED,
    "abl.m_rope.alignment": AMBIGUOUS,
    "abl.dual_stream.mos": NOT_TESTABLE,
    "abl.rms_norm.impact": AMBIGUOUS,
    "drop.92": AMBIGUOUS,
    "design.loss_weights": AMBIGUOUS,
    "drop.vision": NOT_TESTABLE,
    "mod.any": PENDING,
    "text.references": REFUTED,
    "design.dilation": CONFIRMED,
}
ENTRIES = {entry.claim.id: entry for entry in ledger()}


@pytest.mark.parametrize("name", WORKED)
def test_a_formula_comes_to_what_it_comes_to_by_hand(name):
    for outcome, value in zip(ENTRIES[name].outcomes, WORKED[name], strict=True):
        if value is None:
            assert outcome.recomputed is None
        else:
            assert outcome.recomputed == pytest.approx(value, rel=1e-3)


def test_every_number_that_is_computed_was_worked_by_hand_but_for_exponents():
    computed = {claim for claim, entry in ENTRIES.items() if any(o.recomputed is not None for o in entry.outcomes)}
    assert {name for name in computed if not name.startswith("cost.")} == set(WORKED)


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_follows(name):
    assert ENTRIES[name].verdict == VERDICTS[name]


def test_the_window_a_word_waited_in_refutes_one_reading_of_300_ms_and_leaves_the_others_open():
    verdicts = {outcome.reading.name: outcome.verdict for outcome in ENTRIES["lat.sub300"].outcomes}
    assert verdicts == {"C": PENDING, "R": PENDING, "R + H/2": PENDING, "R + W": REFUTED_ARITHMETIC}


def recomputed(name: str) -> list[float]:
    return [outcome.recomputed for outcome in ENTRIES[name].outcomes]


def test_audio_is_linear_over_a_ring_and_grows_faster_where_all_is_looked_back_on():
    ring, whole = recomputed("cost.audio")
    assert ring == pytest.approx(1.0, abs=1e-3)
    # A window takes 2.22 GFLOP and attention 8 · 4 · 12 · 512 for each position that it looks back on: half of the
    # 2 400 of a minute, half of the 144 000 of an hour.
    each = 8 * 4 * 12 * 512
    minute, hour = (2.22e9 + each * held for held in (1_200, 72_000))
    assert whole == pytest.approx(1.0 + math.log(hour / minute) / math.log(60), abs=5e-3)
    figure = find_claim("cost.audio").figure
    # ln(3600·16000 · ln 5.76e7 / (60·16000 · ln 9.6e5)) / ln 60 = ln(60 · 17.869 / 13.775) / 4.0943
    assert figure.value == pytest.approx(1.0636, abs=1e-3)


def test_vision_is_linear_in_windows_alone():
    windows, some, whole = recomputed("cost.vision")
    assert windows == pytest.approx(1.0, abs=1e-3)
    assert 1.1 < some < whole < 2.0


def test_the_temporal_transformers_maps_grow_with_the_square_of_the_width():
    tokens, one_by_one, width = recomputed("cost.temporal")
    # A position of a layer: maps 2 · (2·1536² + 2·1536·256 + 3·1536·8960) = 93.6 MFLOP, attention 4 · N · 1536.
    linear, each = 2 * (2 * 1536**2 + 2 * 1536 * 256 + 3 * 1536 * 8960), 4 * 1536
    cost = [count * (linear + each * count) for count in (1_000_000, 2_000_000)]
    assert tokens == pytest.approx(math.log2(cost[1] / cost[0]), abs=1e-3)
    steps = [linear + each * count for count in (1_000_000, 2_000_000)]
    assert one_by_one == pytest.approx(math.log2(steps[1] / steps[0]), abs=1e-3)
    share = each * 4096 / (linear + each * 4096)
    assert width == pytest.approx(math.log2(4 * (1 - share) + 2 * share), abs=1e-2)


def test_the_depth_transformer_grows_with_the_square_of_the_width_too():
    layers, width = recomputed("cost.depth")
    assert 0.2 < layers <= 1.0  # heads and maps inward do not grow with it
    assert 1.2 < width <= 2.0


@given(power=st.floats(0.1, 3.0), factor=st.floats(0.1, 1e6), low=st.integers(2, 1000), times=st.integers(2, 100))
def test_the_exponent_of_a_power_is_its_own(power, factor, low, times):
    assert exponent(lambda size: factor * size**power, low, low * times) == pytest.approx(power, abs=1e-6)


@given(layers=st.integers(1, 12))
def test_doubling_dilations_see_twice_as_far_with_each_layer(layers):
    assert receptive_field(3, tuple(2**layer for layer in range(layers))) == 2 ** (layers + 1) - 1


def test_a_weight_that_may_fall_falls_to_the_least_there_is():
    assert best_weight(lambda weight: 5.0 * weight) == 0.0
    assert best_weight(lambda weight: 0.5 * weight - math.log(weight) if weight else math.inf) == 2.0
