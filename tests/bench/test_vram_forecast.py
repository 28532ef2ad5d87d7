"""What a case will hold of a GPU: terms of the engines that compute there, and of those alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.memory_forecast import footprint_of, predicted_readings
from josie_bench.bench.vram_forecast import (
    allocator_bytes,
    vram_footprint,
    vram_needed,
    vram_readings,
    vram_shortage,
)
from josie_bench.plugins import find_member, member_names
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import PREDICTED_VRAM
from josie_bench.terms.sessions import Sessions

MIB = 2**20


@pytest.fixture
def on_gpu(monkeypatch):
    """Let `onnxruntime` say that it computes on a GPU."""
    monkeypatch.setattr(find_member("backends", "onnxruntime"), "ON_GPU", True, raising=False)
    return monkeypatch


def by_name(case):
    return vram_footprint(case).by_name()


def test_engines_on_the_cpu_hold_nothing_of_a_gpu(make_case):
    assert vram_footprint(make_case(backend="eager")) is None
    assert vram_readings(make_case(backend="eager")) == []
    assert vram_shortage(make_case(backend="eager"), 0) is None


def test_weights_and_state_lie_on_the_gpu_and_buffers_on_the_host(make_case, on_gpu):
    case = make_case(backend="onnxruntime")
    host = footprint_of(case).by_name()
    there = by_name(case)
    assert all(there[name] == host[name] > 0 for name in ("weights", "rings", "tails", "previous_state", "activations"))
    assert "audio_buffer" in host
    assert {"audio_buffer", "text_buffer", "loading", "code"}.isdisjoint(there)
    assert predicted_readings(case, {}) == []


def test_every_session_has_a_state_of_its_own_on_the_gpu_and_the_weights_are_there_once(make_case, on_gpu):
    one, three = (make_case(backend="onnxruntime", sessions=Sessions(count=count)) for count in (1, 3))
    before, after = by_name(one), by_name(three)
    assert after["weights"] == before["weights"]
    assert after["rings"] == 3 * before["rings"] > 0
    readings = vram_readings(three)
    assert sum(reading.byte_count for reading in readings) == vram_footprint(three).total_bytes > sum(before.values())


def test_what_is_free_holds_what_fit_says_it_does(make_case, on_gpu):
    """Of 1 GiB a tenth is for fragments and half a GiB for the context: 0.4 GiB are left for engines and sessions."""
    case = make_case(backend="onnxruntime")
    terms = vram_footprint(case)
    most = int((0.4 * 2**30 - terms.shared_bytes) // terms.session_bytes)
    full, over = (make_case(backend="onnxruntime", sessions=Sessions(count=count)) for count in (most, most + 1))
    assert vram_shortage(full, 2**30) is None
    reason = vram_shortage(over, 2**30)
    assert f"it fits with sessions={most}" in reason
    assert "0.50 GiB are counted for the driver's context and 0.10 GiB for fragments" in reason
    assert vram_needed(case, 0).total_bytes == terms.total_bytes + 2**29


def test_what_a_case_says_of_a_gpu_s_memory_counts_instead_of_what_is_assumed(make_case, on_gpu):
    """Of 1 GiB 100 MiB are for the context and a quarter for fragments; a fitted context is overridden too."""
    case = make_case(backend="onnxruntime", gpu_memory=GpuReserve(context=100 * MIB, fragments=0.25))
    held = vram_footprint(case).total_bytes
    assert vram_needed(case, 2**30).total_bytes == held + 100 * MIB + 256 * MIB
    on_gpu.setattr(find_member("backends", "onnxruntime"), "CONTEXT_BYTES", 300 * MIB, raising=False)
    assert vram_needed(case, 0).total_bytes == held + 100 * MIB
    assert vram_footprint(case).total_bytes == held + 300 * MIB  # beside a measurement nothing is assumed


def test_a_case_that_is_stopped_by_the_assumption_alone_runs_without_it(make_case, on_gpu):
    case = make_case(backend="onnxruntime")
    assert vram_shortage(case, 2**29) is not None
    assert vram_shortage(replace(case, gpu_memory=GpuReserve(context=0, fragments=0.0)), 2**29) is None


def test_of_mixed_engines_only_those_on_the_gpu_count(make_case, on_gpu):
    apart = (("depth_transformer", "onnxruntime", "fp32"),)
    case = make_case(backend="eager")
    mixed = make_case(engines=EngineChoice(backend="eager", precision="fp32", apart=apart))
    assert vram_footprint(case) is None
    assert vram_needed(case, 0) is None
    assert {term.part for term in vram_footprint(mixed).terms} - {None} == {"depth_transformer"}


def test_a_context_that_nobody_has_fitted_has_no_number(make_case, on_gpu):
    case = make_case(backend="onnxruntime")
    (context,) = (term for term in vram_footprint(case).terms if term.name == "runtime_context")
    assert (context.na.reason, context.byte_count) == ("not_fitted", 0)
    assert not any(reading.name == "runtime_context" for reading in vram_readings(case))


def test_a_fitted_context_is_a_term_like_any_other(make_case, on_gpu):
    case = make_case(backend="onnxruntime")
    before = vram_footprint(case).total_bytes
    on_gpu.setattr(find_member("backends", "onnxruntime"), "CONTEXT_BYTES", 300 * MIB, raising=False)
    readings = {reading.name: reading.byte_count for reading in vram_readings(case)}
    assert readings["runtime_context"] == 300 * MIB
    assert {reading.phase for reading in vram_readings(case)} == {PREDICTED_VRAM}
    assert sum(readings.values()) == vram_footprint(case).total_bytes == before + 300 * MIB
    assert vram_needed(case, 0).total_bytes == before + 300 * MIB


def test_no_backend_here_claims_a_constant_that_nobody_measured():
    assert not [name for name in member_names("backends") if hasattr(find_member("backends", name), "CONTEXT_BYTES")]


def test_a_case_that_cannot_fit_into_what_is_free_says_what_it_would_take(make_case, on_gpu):
    """`josie-v4o` at FP32: 4 bytes for each of its parameters are more than 8 GiB."""
    case = make_case(backend="onnxruntime", model=ModelChoice(preset="josie-v4o"))
    reason = vram_shortage(case, 8 * 2**30)
    assert "of a GPU (weights" in reason
    assert "8.00 GiB are free" in reason
    assert "preset=nano, or as it is on a larger GPU" in reason
    assert "\n" not in reason
    assert vram_shortage(case, 64 * 2**30) is None
    assert vram_shortage(case, None) is None


def test_of_what_is_free_and_what_may_be_held_the_less_can_be_had(make_case, on_gpu):
    case = make_case(backend="onnxruntime", model=ModelChoice(preset="josie-v4o"))
    capped = replace(case, gpu_memory=GpuReserve(cap=8 * 2**30))
    assert vram_shortage(case, 64 * 2**30) is None
    for free in (64 * 2**30, None):
        reason = vram_shortage(capped, free)
        assert "8.00 GiB may be held (gpu_memory.cap): it fits with" in reason
        assert reason.endswith("preset=nano, or as it is under a higher cap")
    assert "0.80 GiB for fragments" in reason  # a tenth of what may be held, and not of the GPU
    assert "4.00 GiB are free" in vram_shortage(capped, 4 * 2**30)
    assert vram_shortage(replace(case, gpu_memory=GpuReserve(cap=64 * 2**30)), None) is None


def test_the_allocator_is_left_what_the_context_does_not_take(make_case, on_gpu):
    """Half a GiB is assumed for that; a constant that was fitted counts, and what the case says counts before it."""
    case = make_case(backend="onnxruntime", gpu_memory=GpuReserve(cap=2**30))
    assert allocator_bytes(case) == 2**29
    assert allocator_bytes(replace(case, gpu_memory=GpuReserve(cap=2**30, context=100 * MIB))) == 924 * MIB
    on_gpu.setattr(find_member("backends", "onnxruntime"), "CONTEXT_BYTES", 300 * MIB, raising=False)
    assert allocator_bytes(case) == 724 * MIB
    assert allocator_bytes(replace(case, gpu_memory=GpuReserve(cap=MIB))) == 0
    assert allocator_bytes(replace(case, gpu_memory=GpuReserve())) is None


def test_rings_that_grow_on_a_gpu_count_as_they_do_on_the_host(make_case):
    """`nano` keeps 768 positions, and 11 windows of 100 ms bring far fewer."""
    static, dynamic = (
        make_case(backend="eager_cuda", model=ModelChoice(preset="nano"), allocation=way)
        for way in ("static", "dynamic")
    )
    assert by_name(dynamic)["rings"] < by_name(static)["rings"]
    assert by_name(dynamic)["weights"] == by_name(static)["weights"]
    host = footprint_of(replace(dynamic, engines=EngineChoice(backend="eager")))
    assert by_name(dynamic)["rings"] == host.by_name()["rings"]


def test_what_asks_whether_8_gib_are_enough_is_not_stopped_beforehand():
    cases = [case for case in expand(load_suite(find_suite("memory_gpu"))) if case.gpu_memory.cap is not None]
    assert {(case.preset, case.gpu_memory.cap) for case in cases} == {("josie-v4o", 8 * 2**30)}
    assert [vram_shortage(case, 80 * 2**30) for case in cases] == [None] * 4
