"""The memory model: sums worked by hand, monotone in sessions, and the paper's figures beside their own formulas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.memory_model import (
    NOT_ALLOCATED,
    NOT_RESIDENT,
    SUMMANDS,
    Footprint,
    Term,
    audio_buffer_bytes,
    largest,
    on_device,
    pool_regions,
    pool_rest,
    video_buffer_bytes,
    with_gpu,
    without_device,
)

TERMS = (
    Term(name="weights", part="audio_encoder", formula="", byte_count=1000, is_shared=True),
    Term(name="loading", part="audio_encoder", formula="", byte_count=2000, is_shared=True, is_lasting=False),
    Term(name="rings", part="audio_encoder", formula="", byte_count=30),
    Term(name="audio_buffer", formula="", byte_count=4),
)
terms = st.lists(
    st.builds(
        Term,
        name=st.sampled_from(list(SUMMANDS)),
        formula=st.just("words"),
        byte_count=st.integers(0, 10**12),
        is_shared=st.booleans(),
        is_lasting=st.booleans(),
    ),
    max_size=12,
).map(tuple)


def test_what_is_shared_lies_there_once_and_the_rest_for_each_session():
    two = Footprint(terms=TERMS, sessions=2)
    assert (two.shared_bytes, two.session_bytes, two.total_bytes) == (1000, 34, 1068)
    assert two.summands() == {"M_base": 1000, "M_cache": 60, "M_buffer": 8}
    assert list(two.by_name().items())[:2] == [("loading", 2000), ("weights", 1000)]
    assert [two.held_bytes(term) for term in TERMS] == [1000, 2000, 60, 8]


def test_loading_may_hold_more_than_what_stays():
    assert Footprint(terms=TERMS).peak_bytes == 3000
    assert Footprint(terms=TERMS, sessions=100).peak_bytes == 1000 + 100 * 34


def test_a_term_is_called_by_its_component_too():
    assert [term.key for term in TERMS] == [
        "weights.audio_encoder", "loading.audio_encoder", "rings.audio_encoder", "audio_buffer",
    ]  # fmt: skip


@given(terms, st.integers(1, 1000), st.integers(1, 1000))
def test_more_sessions_never_take_less(held, some, more):
    footprint = Footprint(terms=held, sessions=some)
    larger = footprint.with_sessions(some + more)
    assert larger.total_bytes >= footprint.total_bytes
    assert larger.peak_bytes >= footprint.peak_bytes
    assert larger.total_bytes - footprint.total_bytes == more * footprint.session_bytes


@given(terms)
def test_the_summands_are_the_total(held):
    footprint = Footprint(terms=held, sessions=3)
    assert sum(footprint.summands().values()) == footprint.total_bytes


@given(st.integers(0, 500), st.integers(1, 400))
def test_the_largest_is_found_as_if_all_were_tried(limit, most):
    tried = [count for count in range(1, most + 1) if count <= limit]
    assert largest(lambda count: count <= limit, most) == (tried[-1] if tried else None)


def test_buffers_by_hand():
    """4 800 samples; 9 pictures of 6 220 800 bytes; at 200 ms and 24 fps 4.8 pictures are 5."""
    assert audio_buffer_bytes(300.0, 16_000) == 19_200
    assert video_buffer_bytes(300.0, 30.0, 1920, 1080) == 9 * 6_220_800
    assert video_buffer_bytes(200.0, 24.0, 10, 10) == 5 * 300


def test_a_term_is_resident_or_given_out():
    assert {*NOT_ALLOCATED, *NOT_RESIDENT} <= set(SUMMANDS)
    assert not set(NOT_ALLOCATED) & set(NOT_RESIDENT)


def test_a_cpu_has_no_context_graphs_or_predicted_fragments():
    assert {term.name: term.na.reason for term in without_device()} == dict.fromkeys(
        ("runtime_context", "graphs", "fragmentation"), "no_device"
    )
    assert sum(term.byte_count for term in without_device()) == 0


def test_beside_a_measurement_a_context_is_fitted_or_says_that_it_is_not():
    context, graphs, fragments = with_gpu(7)
    assert (context.byte_count, context.na) == (7, None)
    assert {term.name: term.na.reason for term in (*with_gpu(None)[:1], graphs, fragments)} == {
        "runtime_context": "not_fitted",
        "graphs": "not_captured",
        "fragmentation": "not_predicted",
    }


def test_a_gpu_s_runtime_takes_a_context_and_a_share_and_says_whose_they_are():
    context, graphs, fragments = on_device(1000.0, GpuReserve(context=50))
    assert (context.byte_count, fragments.byte_count) == (50, 100)
    assert (graphs.byte_count, graphs.na.reason) == (0, "not_captured")
    assert context.formula.endswith("as it was given")
    assert fragments.formula == "0.1 of the GPU's memory: assumed, not measured"


@pytest.mark.parametrize(
    ("weights", "needed", "regions", "rest"),
    [
        (0, 10, [10], (0, 0)),
        (0, 11, [10, 20], (10, 9)),  # one piece lies in the second; the first was filled before
        (0, 20, [10, 20], (10, 0)),
        (0, 25, [10, 20, 40], (25, 20)),  # 30 are enough piece by piece, and no region for all in one
        (4, 6, [10], (0, 0)),
        (4, 8, [10, 20], (6, 12)),
        (15, 5, [20], (0, 0)),
        (15, 6, [20, 20], (5, 14)),  # a region that was doubled for a large piece is not doubled again
    ],
)
def test_a_pool_grows_as_onnx_runtime_s_does(weights, needed, regions, rest):
    assert pool_regions(weights, needed, 10) == regions
    assert pool_rest(weights, needed, 10) == rest


@given(st.integers(0, 10**4), st.integers(1, 10**4))
def test_a_pool_holds_weights_and_what_is_needed_in_one_piece(weights, needed):
    regions = pool_regions(weights, needed, 7)
    outgrown, arena = pool_rest(weights, needed, 7)
    assert outgrown >= 0 and arena >= 0
    assert weights + needed + outgrown + arena == sum(regions)
    assert regions[0] >= weights
    assert max([regions[0] - weights, *regions[1:]]) >= needed
