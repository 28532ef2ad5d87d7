"""What fits a GPU: the most of everything, found as if it were tried; changes that are enough; never less for more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.bench.fit import AXES, ENGINES, Ask, answer, fits, footprint_on, needed_bytes, precisions
from josie_bench.bench.vram_forecast import vram_needed
from josie_bench.model.presets import JOSIE_V4O, NANO, TINY
from josie_bench.model.weights import build_model, parameter_count
from josie_bench.model.work import ring_capacities
from josie_bench.terms.accelerator import GIB
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.model_choice import ModelChoice


def ask(sizes=JOSIE_V4O, **changes) -> Ask:
    """Return the paper's window: 300 ms, 1080p at 30 pictures a second, full rings, one session."""
    settings = {
        "sizes": sizes, "precision": "fp16", "frames": 6, "context": sum(ring_capacities(sizes).values()),
        "width": 1920, "height": 1080, "fps": 30.0, "tokens": sizes.vision.token_budget,
    }  # fmt: skip
    return Ask(**settings | changes)


asks = st.builds(
    Ask,
    sizes=st.sampled_from([TINY, NANO, JOSIE_V4O]),
    precision=st.sampled_from(precisions()),
    frames=st.integers(1, 100),
    context=st.integers(2, 10_000),
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    fps=st.integers(1, 120),
    tokens=st.integers(0, 1000),
    sessions=st.integers(1, 100),
)


@given(asks, st.sampled_from(list(AXES)), st.integers(1, 2000))
def test_asking_for_more_never_takes_less(asked, axis, count):
    move, _ = AXES[axis]
    less, more = (footprint_on(move(asked, number), 8 * GIB).total_bytes for number in (count, count + 1))
    assert more >= less


def test_what_is_said_of_the_gpu_s_runtime_counts_instead_of_what_is_assumed():
    asked = ask(NANO, reserve=GpuReserve(context=7, fragments=0.0))
    assumed = footprint_on(ask(NANO), 8 * GIB).by_name()
    told = footprint_on(asked, 8 * GIB).by_name()
    assert (told.pop("runtime_context"), told.pop("fragmentation")) == (7, 0)
    assert (assumed.pop("runtime_context"), assumed.pop("fragmentation")) == (GIB // 2, pytest.approx(0.8 * GIB))
    assert told == assumed
    assert needed_bytes(asked) == footprint_on(asked, 0.0).total_bytes
    assert needed_bytes(replace(asked, reserve=GpuReserve(context=7, fragments=0.5))) == 2 * needed_bytes(asked)


@settings(max_examples=8, deadline=None)
@given(asks, st.sampled_from([GIB // 2, 2 * GIB, 8 * GIB]))
def test_the_largest_fits_and_one_more_does_not(asked, memory_bytes):
    found = answer(asked, memory_bytes)
    for axis, (move, most) in AXES.items():
        count = found.largest[axis]
        if count is None:
            assert not fits(move(asked, 1), memory_bytes)
        else:
            assert fits(move(asked, count), memory_bytes)
            assert count == most or not fits(move(asked, count + 1), memory_bytes)


def test_josie_v4o_at_16_bits_fits_8_gib_and_at_32_does_not():
    """5.57 GB of weights twice over are 11.1 GB."""
    assert answer(ask(), 8 * GIB).does_fit
    wide = answer(ask(precision="fp32"), 8 * GIB)
    assert not wide.does_fit
    assert {change.ask.precision for change in wide.changes if change.option == "precision"} == {"fp16", "int8"}
    smaller = {change.ask.sizes.name for change in wide.changes if change.option == "preset"}
    assert smaller == {"tiny", "nano", "nano-seanet"}


def test_at_8_bits_only_products_are_narrow_and_all_else_is_as_wide_as_the_graph():
    """`tiny`'s temporal transformer has two layers: queries and output of 64 · 64, keys and values of 64 · 32, three
    maps of 64 · 128; all other parameters, and the 2 · 2 · 2 · 16 numbers of each of its 41 places, take 4 bytes."""
    products = 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128)
    others = parameter_count(build_model(TINY).temporal_transformer) - products
    held = {term.key: term.byte_count for term in footprint_on(ask(TINY, precision="int8"), GIB).terms}
    assert held["weights.temporal_transformer"] == products + 4 * others
    assert held["rings.temporal_transformer"] == 4 * 2 * 2 * 2 * 16 * 41 + 8 * (41 + 2)


@pytest.mark.parametrize("precision", precisions())
def test_fit_and_plan_count_the_same_engines(make_case, precision):
    """A case of the same window on the backend whose engines `fit` counts; what is buffered lies on the host."""
    case = make_case(
        backend=ENGINES, precision=precision, model=ModelChoice(preset="josie-v4o"), window_ms=300.0, hop_ms=300.0
    )
    fitted = footprint_on(ask(precision=precision), 8 * GIB)
    on_gpu = {term.key: term.byte_count for term in fitted.terms if not term.name.endswith("_buffer")}
    assert {term.key: term.byte_count for term in vram_needed(case, 8 * GIB).terms} == on_gpu


def test_too_many_sessions_are_told_how_many_fit():
    found = answer(ask(sessions=1000), 24 * GIB)
    (change,) = [change for change in found.changes if change.option == "sessions"]
    assert 1 < change.ask.sessions == found.largest["sessions"] < 1000
    assert fits(change.ask, 24 * GIB)


def test_what_is_needed_is_just_enough():
    needed = needed_bytes(ask())
    assert not fits(ask(), needed * 0.999)
    assert set(answer(ask(), GIB).gpus) == {"RTX 4060", "L4", "RTX 4090", "A100 80 GB", "H100 SXM", "H200"}


@given(asks, st.floats(0.0, 0.9), st.integers(0, GIB))
def test_what_is_needed_fits_and_hardly_less_does_not(asked, fragments, context):
    told = replace(asked, reserve=GpuReserve(context=context, fragments=fragments))
    needed = needed_bytes(told)
    assert fits(told, needed)
    assert not fits(told, needed - 1 / (1.0 - fragments) - 1)  # one byte less is left


@settings(max_examples=8, deadline=None)
@given(asks, st.integers(1, 100 * GIB), st.integers(1, 10 * GIB))
def test_more_memory_never_holds_less(asked, memory_bytes, more_bytes):
    less, more = (answer(asked, count).largest for count in (memory_bytes, memory_bytes + more_bytes))
    assert all((more[axis] or 0) >= (less[axis] or 0) for axis in AXES)


@given(asks)
def test_nothing_is_wider_than_at_32_bits(asked):
    """State and tables of 8-bit engines are at 32, so that they may hold more than engines at 16 do."""
    full = footprint_on(replace(asked, precision="fp32"), 8 * GIB).total_bytes
    assert all(
        footprint_on(replace(asked, precision=precision), 8 * GIB).total_bytes <= full for precision in precisions()
    )


def test_a_picture_becomes_no_more_tokens_than_it_has_and_the_budget_allows():
    """28 pixels a token: 1080p has 39 · 69; a picture of 56 x 28 has two."""
    assert ask().seen_tokens == 64
    assert ask(tokens=10**5).seen_tokens == 39 * 69
    assert ask(width=56, height=28).seen_tokens == 2
    assert ask(tokens=0).seen_tokens == 0


@pytest.mark.parametrize(("axis", "field"), [("sessions", "sessions"), ("window", "frames"), ("context", "context")])
def test_an_axis_moves_what_it_is_called(axis, field):
    assert AXES[axis][0](ask(), 7) == replace(ask(), **{field: 7})


def test_a_resolution_keeps_its_shape():
    moved = AXES["resolution"][0](ask(), 540)
    assert (moved.width, moved.height) == (960, 540)
