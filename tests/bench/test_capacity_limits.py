"""What stands beside the number of sessions that a search found: memory of the host or of a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.capacity_limits import limits_of
from josie_bench.bench.memory_forecast import footprint_of
from josie_bench.bench.room import Room
from josie_bench.bench.vram_forecast import vram_footprint
from josie_bench.terms.capacity import Search
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.sessions import Sessions

GIB = 2**30
H200 = {"name": "NVIDIA H200", "mig": False}
NO_GPU = Room(host_bytes=64 * GIB, gpu_reason="no NVIDIA driver on this machine")
TOGETHER = Sessions(batching="continuous")


@pytest.fixture
def search(make_case):
    """Return the maker of cases that look for the most sessions of `josie-v4o` at 300 ms and FP16."""

    def make(backend="cuda_graph", precision="fp16", **changes):
        usual = {"model": ModelChoice(preset="josie-v4o"), "window_ms": 300.0, "hop_ms": 300.0}
        return make_case(backend, precision, scenario="capacity", capacity=Search(), **(usual | changes))

    return make


def limit(name, case, room):
    return next(found for found in limits_of(case, {}, room) if found.name == name)


def test_memory_s_answer_is_what_fits_beside_the_weights(make_case):
    case = make_case("eager", scenario="capacity", capacity=Search())
    one, two = (footprint_of(case).with_sessions(count).total_bytes for count in (1, 2))
    assert limit("memory", case, Room(host_bytes=two + (two - one) // 2)).sessions == 2
    assert limit("memory", case, Room(host_bytes=0)).sessions == 0


def test_what_holds_no_model_has_no_limit_of_memory(make_case):
    case = make_case(scenario="capacity", capacity=Search())
    assert limit("memory", case, Room(host_bytes=GIB)).na.reason == "no_model"


def test_on_a_gpu_it_is_what_fits_into_what_is_free_there_whatever_the_host_has(search):
    case = search()
    one, two = (vram_footprint(case).with_sessions(count).total_bytes for count in (1, 2))
    free = round((two + (two - one) // 2 + 2**29) / 0.9)  # half a GiB for the context, a tenth for fragments
    assert limit("memory", case, Room(host_bytes=0, vram_bytes=free, gpu=H200)).sessions == 2
    assert limit("memory", case, Room(host_bytes=64 * GIB, vram_bytes=0, gpu=H200)).sessions == 0


def test_sessions_that_take_turns_on_a_gpu_compute_in_the_same_memory(search):
    """Four in turn compute with what one does; as a batch each has activations of its own."""

    def activations(sessions):
        return vram_footprint(search(sessions=sessions)).by_name()["scratch"]

    assert activations(Sessions(count=4)) == activations(Sessions()) > 0
    assert activations(replace(TOGETHER, count=4)) == 4 * activations(Sessions())


def test_where_only_what_keeps_nothing_is_on_the_gpu_its_memory_is_no_limit(search):
    apart = (("depth_transformer", "eager_cuda", "fp16"),)
    case = search(engines=EngineChoice(backend="eager", apart=apart))
    assert limit("memory", case, Room(host_bytes=GIB, vram_bytes=GIB, gpu=H200)).na.reason == "no_state"


def test_without_a_gpu_both_limits_of_it_say_why(search):
    for name in ("memory", "roofline"):
        found = limit(name, search(), NO_GPU)
        assert (found.sessions, found.na.reason, found.na.detail) == (None, "no_device", NO_GPU.gpu_reason)


def test_a_gpu_whose_free_memory_nobody_tells_has_no_limit_of_memory(search):
    found = limit("memory", search(), Room(host_bytes=GIB, gpu=H200))
    assert (found.na.reason, found.na.detail) == ("no_device", "NVML does not tell what is free on the GPU")
