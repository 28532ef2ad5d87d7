"""How many sessions a roof would allow: of a GPU by its maker's figures, of a CPU as it was measured."""

from __future__ import annotations

import pytest

from josie_bench.bench.roofline_limit import demand_of, roofline_limit
from josie_bench.bench.room import Room
from josie_bench.terms.capacity import Search
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.profiling import Roof
from josie_bench.terms.sessions import Sessions

GIB, GIGA = 2**30, 1e9
H200 = {"name": "NVIDIA H200", "mig": False}
TOGETHER = Sessions(batching="continuous")
BOUNDLESS = 1e30


@pytest.fixture
def search(make_case):
    """Return the maker of cases that look for the most sessions of `josie-v4o` at 300 ms and FP16."""

    def make(backend="cuda_graph", precision="fp16", **changes):
        usual = {"model": ModelChoice(preset="josie-v4o"), "window_ms": 300.0, "hop_ms": 300.0}
        return make_case(backend, precision, scenario="capacity", capacity=Search(), **(usual | changes))

    return make


def under(bytes_per_s=BOUNDLESS, flops_per_s=BOUNDLESS, asked=None):
    """Return a machine whose CPU was measured to do so much; `asked` lists for what it was."""

    def roof(device, precision, threads, held_bytes):
        if asked is not None:
            asked.append((device, precision, threads, held_bytes))
        return Roof(
            device=device, precision=precision, threads=threads, flops_per_s=flops_per_s, bytes_per_s=bytes_per_s,
            buffer_bytes=held_bytes, memory_bytes_per_s=bytes_per_s,
            reason=None if flops_per_s else f"no product of {precision}",
        )  # fmt: skip

    return Room(host_bytes=GIB, gpu=H200, roof=roof)


def test_stepped_together_the_roof_is_what_the_model_s_table_says_of_that_gpu(search):
    """`josie-bench model josie-v4o`: 214 sessions in time on an H200 at FP16 (docs/model.md)."""
    assert roofline_limit(search(sessions=TOGETHER), Room(host_bytes=GIB, gpu=H200)).sessions == 214


def test_one_after_the_other_each_reads_the_weights_and_the_roof_is_lower(search):
    """28.57 GB at 85 % of 4,800 GB/s are 7.00 ms, 589.4 GFLOP at half of 989 TFLOPS 1.19 ms: 36 in 300 ms."""
    assert roofline_limit(search(), Room(host_bytes=GIB, gpu=H200)).sessions == 36


def test_sound_comes_by_the_hop_so_that_a_longer_window_asks_for_no_more_frames(search):
    assert demand_of(search(window_ms=600.0)) == demand_of(search())
    twice = demand_of(search(hop_ms=600.0, window_ms=600.0))  # all but what sees reads its weights once a frame
    assert 1.9 < twice.session_read_bytes / demand_of(search()).session_read_bytes < 2.0


def test_of_mixed_engines_those_on_the_gpu_ask_for_something_there(search):
    apart = (("temporal_transformer", "cuda_graph", "fp16"),)
    mixed = search(engines=EngineChoice(backend="eager", apart=apart))
    whole, part = demand_of(search()), demand_of(mixed)
    assert 0 < part.session_flops < whole.session_flops
    assert roofline_limit(mixed, Room(host_bytes=GIB, gpu=H200)).sessions > 36


@pytest.mark.parametrize(
    ("facts", "precision", "reason", "words"),
    [
        ({"name": "NVIDIA GeForce RTX 4060 Laptop GPU", "mig": None}, "fp16", "unknown_device", "RTX 4060, L4,"),
        ({"name": "NVIDIA H200", "mig": True}, "fp16", "divided_device", "NVIDIA H200 is divided (MIG)"),
        (H200, "fp32", "no_peak", "not FP32"),
    ],
)
def test_where_no_published_figures_hold_the_reason_stands_there_and_no_number(facts, precision, reason, words, search):
    found = roofline_limit(search(precision=precision), Room(host_bytes=GIB, gpu=facts))
    assert (found.sessions, found.na.reason) == (None, reason)
    assert words in found.na.detail
    assert "\n" not in found.na.detail


def test_on_a_cpu_what_is_read_is_held_against_the_bandwidth_that_was_measured(search):
    """57.1 GB at FP32, twice what they are at FP16, at 1,000 GB/s are 57.1 ms: 5 in 300 ms."""
    found = roofline_limit(search("eager", "fp32"), under(bytes_per_s=1000 * GIGA))
    assert found.sessions == 5
    assert found.formula.endswith("bandwidth binds")
    assert "1000.0 GB/s" in found.formula


def test_on_a_cpu_what_is_computed_is_held_against_the_products_that_were_measured(search):
    """589.4 GFLOP at 20,000 GFLOP/s are 29.5 ms: 10 in 300 ms, whether or not sessions share the weights."""
    room = under(flops_per_s=20_000 * GIGA)
    for sessions in (Sessions(), TOGETHER):
        found = roofline_limit(search("eager", "fp32", sessions=sessions), room)
        assert found.sessions == 10
        assert found.formula.endswith("20000 GFLOP/s at fp32 with 1 thread; compute binds")


def test_each_component_is_bound_by_one_of_the_two_and_they_follow_each_other(search):
    """Both roofs at once: fewer than under either, and no fewer than if each waited for reading and computing."""
    found = roofline_limit(search("eager", "fp32"), under(1000 * GIGA, 20_000 * GIGA)).sessions
    assert int(300 / (57.1 + 29.5)) <= found <= 5


def test_sessions_that_are_stepped_together_read_the_weights_once(search):
    room = under(bytes_per_s=1000 * GIGA)
    assert roofline_limit(search("eager", "fp32", sessions=TOGETHER), room).sessions > 5


def test_a_machine_too_slow_for_one_session_holds_none(search):
    assert roofline_limit(search("eager", "fp32"), under(bytes_per_s=GIGA)).sessions == 0


def test_the_roof_is_asked_for_with_the_case_s_threads_and_each_of_its_precisions(search):
    asked = []
    apart = (("depth_transformer", "onnxruntime", "bf16"),)
    mixed = search(engines=EngineChoice(backend="eager", apart=apart), threads=2)
    roofline_limit(mixed, under(asked=asked))
    assert {asked_for[:3] for asked_for in asked} == {("cpu", "fp32", 2), ("cpu", "bf16", 2)}
    assert len({held_bytes for *_, held_bytes in asked}) == 1


def test_without_products_of_a_precision_there_is_no_number_but_the_reason(search):
    found = roofline_limit(search("onnxruntime", "int8"), under(flops_per_s=None))
    assert (found.sessions, found.na.reason, found.na.detail) == (None, "no_peak", "no product of int8")


@pytest.mark.parametrize("backend", ["null", "simulated"])
def test_what_computes_nothing_is_under_no_roof_and_nothing_is_measured(search, backend):
    asked = []
    found = roofline_limit(search(backend, "fp32"), under(asked=asked))
    assert (found.sessions, found.na.reason, asked) == (None, "no_model", [])
