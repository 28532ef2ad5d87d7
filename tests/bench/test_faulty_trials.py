"""Trials under faults in processes of their own: the whole way from a job to outcomes, without a model."""

from __future__ import annotations

import pytest
from scipy import stats

from josie_bench.bench import supervise
from josie_bench.bench.case_result import blank, scored
from josie_bench.bench.job import Job
from josie_bench.bench.supervise import run_trial_apart
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.terms.case import StreamChoice, WarmUp
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.fault import Expected, Fault
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.simulated import REAL, ServiceLaw
from tests.runtime.jitter import share_without

QUICK = WarmUp(windows=2, seconds=0.0, cap_s=5.0)
WAITS = ServiceLaw(median_ms=5.0, clock=REAL)
PATIENT_MS = 60_000.0  # a deadline that nothing misses on a busy machine


@pytest.fixture
def became(became_of):
    """Return what became of the faults of a simulated system in real time, and its status."""
    return lambda *faults, **changes: became_of(*faults, **changes)[0]


@pytest.fixture
def became_of(make_case, store, tmp_path):
    """Return the result of a simulated system in real time, and its recording."""

    def run(*faults, **changes):
        engines = EngineChoice(backend="simulated", precision="fp32")
        find_or_build(store, EngineRequest(model=ModelChoice(preset="tiny"), engines=engines))
        usual = {"simulated": WAITS, "engines": engines, "warm_up": QUICK, "deadline_ms": PATIENT_MS, "windows": 14}
        case = make_case(faults=faults, **(usual | {"modalities": ("audio",)} | changes))
        outcome = run_trial_apart(Job(case=case, engines=store, folder=tmp_path / "t"), lambda _: None)
        result = blank(case, outcome, None, settings={}, reproduce="")
        if outcome.recording is not None:
            result = scored(result, case, outcome.recording)
        return result, outcome.recording

    return run


def test_a_conversation_goes_on_after_each_fault_and_tells_what_it_cost(became):
    result = became(
        Fault(kind="raises", at=1, component="temporal_transformer", expected=Expected(loses=1)),
        Fault(kind="nan", at=3, component="audio_decoder", expected=Expected(loses=1)),
        Fault(kind="disconnect", at=5, windows=2, expected=Expected(loses=2)),
        Fault(kind="hangs", at=8, component="audio_encoder", lasts_ms=50.0, expected=Expected(loses=0)),
        Fault(kind="stall", at=10, lasts_ms=50.0, expected=Expected(loses=0)),
        Fault(kind="corrupted", at=12, of=("audio",), how="length", expected=Expected(loses=0)),
    )
    assert result.status == "OK"
    assert [fault.detail for fault in result.faults if not fault.is_as_expected] == []
    assert [fault.lost for fault in result.faults] == [1, 1, 2, 0, 0, 0]
    assert [fault.restarts for fault in result.faults] == [1, 1, 1, 0, 0, 0]
    assert [fault.has_survived for fault in result.faults] == [True] * 6
    assert result.faults[5].refused == {"wrong length": 2}
    assert result.metrics["faults_survived.of_faults"].k == 6
    assert [verdict.result for verdict in result.budgets] == ["pass"] * 6


def test_jitter_on_a_simulated_system_leaves_what_its_law_leaves(became_of):
    """Words are typed with each close, every 100 ms, and come 70 ms later on average."""
    jitter = Fault(kind="late", at=0, windows=99, of=("text",), by_ms=70.0, variation=1.0)
    result, recording = became_of(jitter, windows=100, modalities=("audio", "text"), stream=StreamChoice(text="a"))
    assert [(fault.hits, fault.lost, fault.is_as_expected) for fault in result.faults] == [(99, 0, True)]
    jittered = recording.dropped[recording.measured()][:99] == "text"
    # neighbours are alike: the band is that of a third as many independent windows
    assert stats.binomtest(int(jittered.sum()) // 3, 33, share_without(70.0, 1.0, 100.0)).pvalue > 0.01
    assert 0.1 < jittered.mean() < 0.9


def test_a_hang_without_an_end_is_ended_from_outside_and_what_was_measured_is_kept(became, monkeypatch):
    monkeypatch.setattr(supervise, "GRACE_S", 0.5)
    hang = Fault(kind="hangs", at=3, component="audio_encoder", expected=Expected(ends="TIMEOUT"))
    results = (became(hang, timeout_s=seconds) for seconds in (5.0, 15.0, 45.0))
    # A busy machine takes longer until the hang has come.
    result = next(found for found in results if any(fault.hits for fault in found.faults))
    assert result.status == "TIMEOUT"
    assert "stacks.txt" in result.reason
    assert result.windows_measured == 4  # three were answered, and one never was
    (fault,) = result.faults
    assert (fault.has_survived, fault.is_as_expected, fault.ended, fault.lost) == (False, True, "TIMEOUT", 1)
    assert result.has_ended_well
