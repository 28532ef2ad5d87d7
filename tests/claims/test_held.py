"""What runs say of memory: 8 GB on a GPU that has them or is held to them, and savings where the model lies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.claims import ledger
from josie_bench.claims._held import measured_saving, measured_vram
from josie_bench.terms.claim import CONFIRMED, PENDING, REFUTED
from josie_bench.terms.result import OUT_OF_CAP, OUT_OF_DEVICE, MetricScore, RoundResult
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.validity import CapValidity
from tests.claims.paper_runs import LARGE_GPU, SMALL_GPU, case, run, score
from tests.reports.test_validity_words import WELL

GIB = 2**30
HIDDEN = NotAvailable(reason="not_supported", detail="hidden")
PAPERS = {"preset": "josie-v4o", "backend": "eager_cuda", "precision": "fp16"}
SAVERS = {"scenario": "compute", "components": {}, "prune_to": None, "allocation": "static"}


def entry(name, *cases, gpu=LARGE_GPU):
    return next(entry for entry in ledger(run(*cases, gpu=gpu)) if entry.claim.id == name)


def on_gpu(name="memory", *, peak_gib=6.0, cap_gib=8.0, reason=None, **settings):
    """Return a case of the paper's model that held so much of a GPU, and may hold so much."""
    reserve = {} if cap_gib is None else {"gpu_memory": {"cap": f"{round(cap_gib * GIB)} B"}}
    metrics = {} if peak_gib is None else {"process_vram.peak": score(peak_gib * 1024, "MiB", n=1)}
    seen = (
        None if cap_gib is None or peak_gib is None else CapValidity(cap_mib=cap_gib * 1024, peak_mib=peak_gib * 1024)
    )
    found = case(name, metrics=metrics, **PAPERS | reserve | settings)
    return replace(found, reason=reason, validity=replace(WELL, cap=seen))


def test_a_run_that_is_held_to_8_gib_confirms_that_they_are_enough():
    found = entry("mem.min_vram", on_gpu())
    (one,) = found.outcomes[0].measured
    assert (found.verdict, one.value, one.unit, one.scale.is_papers) == (CONFIRMED, pytest.approx(6.0), "GiB", True)
    assert entry("mem.min_vram", on_gpu(cap_gib=7.0)).verdict == CONFIRMED
    assert entry("mem.min_vram", on_gpu(peak_gib=7.99)).verdict == CONFIRMED
    assert entry("mem.min_vram", on_gpu(cap_gib=None), gpu=SMALL_GPU).verdict == CONFIRMED


@pytest.mark.parametrize(
    "other",
    [
        {"cap_gib": None},  # it might have taken more had it needed it, and a larger card shows nothing of 8 GB
        {"cap_gib": 9.0},
        {"preset": "nano"},
        {"backend": "eager"},
        {"precision": "bf16"},
        {"status": "INVALID_CAP", "peak_gib": 8.3},
        {"status": "UNSTEADY"},  # that it was held is no part of this status
        {"status": "SKIPPED", "peak_gib": None},
        {"sessions": 2},
        {"modalities": ["audio"]},
        {"window": "100.0 ms"},
        {"prune_to": 96},
    ],
    ids=str,
)
def test_what_was_not_held_or_is_another_model_or_less_of_it_confirms_nothing(other):
    assert entry("mem.min_vram", on_gpu(**other)).verdict == PENDING


def out_of_memory(whose, **settings):
    return on_gpu(status="OOM", peak_gib=None, reason=f"round 1 of 6: {whose}: CUDA out of memory", **settings)


def test_8_gib_that_run_out_refute_it_and_neither_less_nor_a_gpu_that_others_use():
    refuted = entry("mem.min_vram", out_of_memory(OUT_OF_CAP))
    (one,) = refuted.outcomes[0].measured
    assert (refuted.verdict, one.value, one.low, one.high) == (REFUTED, 8.0, 8.0, None)
    assert entry("mem.min_vram", out_of_memory(OUT_OF_CAP, cap_gib=7.0)).verdict == PENDING
    assert entry("mem.min_vram", out_of_memory(OUT_OF_CAP, cap_gib=9.0)).verdict == PENDING
    assert entry("mem.min_vram", out_of_memory(OUT_OF_DEVICE)).verdict == PENDING
    assert entry("mem.min_vram", out_of_memory(OUT_OF_CAP, sessions=4)).verdict == PENDING
    assert entry("mem.min_vram", out_of_memory(OUT_OF_CAP), on_gpu("other", backend="tensorrt")).verdict == CONFIRMED


def test_what_was_held_to_a_cap_is_what_its_check_saw_and_nothing_that_it_did_not():
    told = on_gpu(peak_gib=7.0)
    hidden = replace(told, metrics={"process_vram.peak": not_told()})  # seen is what was in use by whomever
    (one,) = measured_vram(run(hidden, gpu=LARGE_GPU))
    assert (one.value, one.high) == (7.0, 7.0)
    for unchecked in (None, WELL, replace(WELL, cap=CapValidity(cap_mib=8192.0, na=HIDDEN))):
        assert measured_vram(run(replace(told, validity=unchecked), gpu=LARGE_GPU)) == ()
    more = replace(told, validity=replace(WELL, cap=CapValidity(cap_mib=8192.0, peak_mib=8200.0)))
    assert entry("mem.min_vram", more).verdict == PENDING


def not_told():
    return MetricScore(
        value=None, unit="MiB", direction="lower", definition="x/1", origin="x", n=0, na=HIDDEN
    )  # fmt: skip


def holding(name, mib, *, key="process_vram.end", **settings):
    """Return a case of the paper's model on a GPU that holds so much by a score, and a gigabyte of the host."""
    metrics = {"process_vram.end": not_told(), "process_vram.device_growth": score(mib, "MiB")}
    metrics |= {key: score(mib, "MiB"), "host_memory.steady_increment": score(1000.0, "MiB")}
    rounds = [
        RoundResult(
            index=index, status="OK", reason=None, started="", windows_measured=12, compute_p50_ms=1.0,
            component_p50_ms={}, values={key: mib, "host_memory.steady_increment": 1000.0},
        )
        for index in range(6)
    ]  # fmt: skip
    return replace(case(name, metrics=metrics, **PAPERS | SAVERS | settings), rounds=rounds)


@pytest.mark.parametrize("key", ["process_vram.end", "process_vram.device_growth"])
def test_what_is_saved_on_a_gpu_is_saved_of_its_memory(key):
    whole, pruned = holding("whole", 6000.0, key=key), holding("pruned", 4800.0, key=key, prune_to=512)
    (found,) = measured_saving(run(whole, pruned, gpu=LARGE_GPU), options=frozenset({"prune_to"}))
    assert (found.value, found.statistic) == (pytest.approx(20.0), f"{key}, less than in whole")


def test_where_nvml_tells_nothing_the_host_s_memory_does_not_stand_in():
    hidden = [
        replace(some, metrics=some.metrics | {"process_vram.end": not_told(), "process_vram.device_growth": not_told()})
        for some in (holding("whole", 6000.0), holding("pruned", 4800.0, prune_to=512))
    ]
    assert measured_saving(run(*hidden, gpu=LARGE_GPU), options=frozenset({"prune_to"})) == ()


def test_a_saving_of_the_paper_s_model_at_fp16_on_any_gpu_decides_and_one_of_fp32_does_not():
    fp16, int8 = (
        holding("fp16", 6000.0, backend="tensorrt"),
        holding("int8", 4000.0, backend="tensorrt", precision="int8"),
    )
    assert entry("opt.precision", fp16, int8).verdict == CONFIRMED  # a third
    little = holding("int8", 5900.0, backend="tensorrt", precision="int8")
    assert entry("opt.precision", fp16, little).verdict == REFUTED
    wide = holding("fp32", 12_000.0, backend="tensorrt", precision="fp32")
    found = entry("opt.precision", wide, fp16)
    assert (found.verdict, found.outcomes[0].here) == (PENDING, CONFIRMED)
    both = entry("opt.precision", wide, fp16, int8).outcomes[0].measured
    assert {(one.case, one.statistic.split()[-1]) for one in both} == {
        ("fp16", "fp32"), ("int8", "fp32"), ("int8", "fp16"),
    }  # fmt: skip


def test_what_is_saved_beside_another_saving_counts_and_never_the_other_way_round():
    int8 = holding("int8", 4000.0, precision="int8")
    pruned = holding("pruned", 3000.0, precision="int8", prune_to=512)
    (found,) = measured_saving(run(int8, pruned, gpu=LARGE_GPU), options=frozenset({"prune_to"}))
    assert (found.case, found.value, found.scale.is_papers) == ("pruned", pytest.approx(25.0), False)
    fp16 = holding("fp16", 6000.0)
    assert measured_saving(run(fp16, pruned, gpu=LARGE_GPU), options=frozenset({"prune_to"})) == ()
    assert measured_saving(run(pruned, fp16, gpu=LARGE_GPU), options=frozenset({"precision"})) == ()


def test_what_longer_windows_take_on_a_gpu_is_of_its_memory():
    usual, long = holding("usual", 6000.0), holding("long", 6060.0, window="400.0 ms", hop="400.0 ms")
    (found,) = entry("win.400.memory", usual, long).outcomes[1].measured
    assert (found.statistic, found.value, found.scale.is_papers) == ("process_vram.end", pytest.approx(1.01), True)
