"""Whole runs in real processes: the status model, interrupts, crashes, and what is never lost."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.bench import forecast as forecast_module
from josie_bench.bench.journal import FILE, Journal, begin_journal
from josie_bench.bench.plan import Plan
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.model.sizes import COMPONENTS
from josie_bench.plugins import find_member
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.case import StreamChoice, WarmUp
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import EDGES, PREDICTED
from josie_bench.terms.simulated import REAL, ServiceLaw


def run(cases, store, tmp_path, on_progress=lambda _: None, journal=None):
    state = new_run("test", "0" * 64)
    plan = Plan(
        engines=store,
        scratch=tmp_path / "trials",
        reproduce=lambda case: f"run {case.id}",
        settings=lambda case: {"backend": case.backend},
        on_progress=on_progress,
        journal=Journal() if journal is None else journal,
    )
    run_cases(state, cases, plan)
    return state


def test_a_real_clip_goes_through_all_components_in_time(make_case, store, tmp_path):
    case = make_case(backend="eager", window_ms=300.0, hop_ms=300.0, windows=6)
    state = run([case], store, tmp_path)
    result = state.result().cases[0]
    assert (result.status, result.reason) == ("OK", None)
    assert result.windows_measured == 6
    assert {row.span for row in result.waterfall} >= {"queue", "audio_encoder", "vision_encoder", "audio_decoder"}
    assert result.metrics["compute_rtf.mean"].value < 1.0
    loaded = {f"loaded.{component}" for component in COMPONENTS}
    warmed = {f"warm.{component}" for component in COMPONENTS}
    assert {row.phase for row in result.memory} == {*EDGES, PREDICTED, *loaded, *warmed}
    assert result.metrics["memory_prediction.predicted"].value == pytest.approx(
        sum(row.mib for row in result.memory if row.phase == PREDICTED)
    )
    recording = state.recordings[case.id]
    assert recording.vision_tokens.min() > 0
    assert set(recording.modalities) == {"audio+vision"}
    assert [engine.backend for engine in result.engines] == ["eager"] * 5
    assert all(engine.build_seconds >= 0.0 and engine.build_peak_mib > 50.0 for engine in result.engines)
    assert state.result().subjects[0].preset == "tiny"
    assert [path.name for path in (tmp_path / "trials").iterdir()] == ["0000.npz"]
    audit = result.validity.audit
    assert (audit.checked, audit.mismatched, audit.reason) == (6, [], None)
    assert result.validity.failures == []
    assert recording.telemetry.series("cpu", "own_total")[1][-1] > 0.0
    assert {"cpu", "memory"} <= result.validity.telemetry.gap_share.keys()


def test_a_backend_that_is_not_here_is_skipped_with_its_reason(make_case, store, tmp_path, monkeypatch):
    member = find_member("backends", "onnxruntime")
    monkeypatch.setattr(member.importlib.util, "find_spec", lambda name: None)
    budgets = (parse_budget("response_latency.p95 < 300 ms"),)
    state = run([make_case(backend="onnxruntime", budgets=budgets), make_case(id="other")], store, tmp_path)
    skipped, other = state.result().cases
    assert skipped.status == "SKIPPED"
    assert "pip install" in skipped.reason
    assert [verdict.result for verdict in skipped.budgets] == ["n/a"]
    assert other.status == "OK"
    assert state.result().run.status == "NOT_MEASURED"  # a gated case is missing


def test_a_case_that_cannot_fit_into_memory_is_skipped_before_anything_is_built(make_case, tmp_path, monkeypatch):
    monkeypatch.setattr(forecast_module, "available_bytes", lambda: 2**30)
    case = make_case(backend="eager", model=ModelChoice(preset="josie-v4o"))
    (skipped,) = run([case], tmp_path / "engines", tmp_path).result().cases
    assert skipped.status == "SKIPPED"
    assert "1.00 GiB can be had here" in skipped.reason
    assert not (tmp_path / "engines").exists()


def test_an_interrupt_keeps_what_was_measured_and_notes_the_rest(make_case, store, tmp_path):
    seen = []

    def stop_in_the_middle(said):
        if said.stage == "trial" and said.window >= 3 and not seen:
            seen.append(said)
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    cases = [make_case(windows=200), make_case(id="never")]
    state = run(cases, store, tmp_path, stop_in_the_middle)
    first, second = state.result().cases
    assert first.status == "INTERRUPTED"
    assert 3 <= first.windows_measured < 200
    assert first.metrics["response_latency.max"].value is not None
    assert (second.status, second.windows_measured) == ("INTERRUPTED", 0)
    assert state.result().run.status == "INTERRUPTED"
    assert isinstance(state.stop, KeyboardInterrupt)


def test_a_killed_trial_is_an_error_and_the_next_case_still_runs(make_case, store, tmp_path):
    killed = []

    def kill_the_worker(said):
        if said.stage == "trial" and said.window and not killed:
            killed.append(said)
            os.kill(_worker(tmp_path), signal.SIGKILL)

    state = run([make_case(windows=200), make_case(id="next")], store, tmp_path, kill_the_worker)
    first, second = state.result().cases
    assert first.status == "ERROR"
    assert "killed (SIGKILL)" in first.reason
    assert second.status == "OK"


def closed(make_case, **changes):
    quick = WarmUp(windows=1, seconds=0.0, cap_s=5.0)
    return make_case(**({"scenario": "compute", "rounds": 2, "windows": 4, "warm_up": quick} | changes))


def test_rounds_are_mixed_after_the_single_trials_and_scored_together(make_case, store, tmp_path):
    cases = [closed(make_case, id="a"), make_case(id="single"), closed(make_case, id="b")]
    seen = []
    state = run(cases, store, tmp_path, seen.append)
    result = state.result()
    assert [(case.id, case.status) for case in result.cases] == [("a", "OK"), ("single", "OK"), ("b", "OK")]
    assert next(said.id for said in seen if said.stage == "done") == "single"
    order = [(said.id, said.text[:12]) for said in seen if said.stage == "round"]
    assert [text for _, text in order] == ["round 1 of 2"] * 2 + ["round 2 of 2"] * 2
    assert {name for name, _ in order[:2]} == {name for name, _ in order[2:]} == {"a", "b"}
    first, single, _ = result.cases
    assert (first.windows_measured, first.windows_warm_up) == (8, 2)
    assert [(figures.index, figures.status, figures.windows_measured) for figures in first.rounds] == [
        (0, "OK", 4), (1, "OK", 4),
    ]  # fmt: skip
    assert single.rounds == []
    assert state.recordings["a"].round.tolist() == [0] * 5 + [1] * 5
    assert first.metrics["compute_time.cold_first"].n == 2
    assert first.metrics["host_memory.peak"].n == 2
    assert sorted(path.name for path in (tmp_path / "trials").iterdir()) == [f"{trial:04d}.npz" for trial in range(5)]


def test_rounds_in_real_time_with_a_warm_up_are_valid(make_case, store, tmp_path):
    warm_up = WarmUp(windows=3, seconds=0.0, cap_s=5.0)
    case = make_case(rounds=2, windows=6, warm_up=warm_up)
    (result,) = run([case], store, tmp_path).result().cases
    assert (result.status, len(result.rounds), result.windows_measured) == ("OK", 2, 12)
    errors = {identity.name: identity.error for identity in result.validity.identities}
    assert errors["Little's law"] == pytest.approx(0.0, abs=1e-3)


def test_a_modality_that_comes_and_goes_is_noted_and_scored(make_case, store, tmp_path):
    dropout = Dropout(of=("audio",), present=2, absent=1)
    (result,) = (state := run([make_case(windows=30, dropout=dropout)], store, tmp_path)).result().cases
    assert result.status == "OK"
    recording = state.recordings[result.id]
    lost = recording.dropped == "audio"
    assert lost.tolist() == [index % 3 == 2 for index in recording.window.tolist()]
    assert not any("audio" in names for names in recording.modalities[lost].tolist())
    assert result.metrics["dropout.lost"].k == 10
    assert result.metrics["output_validity.invalid"].value == 0.0
    assert result.metrics["dropout_recovery.first.p50"].n in (9, 10)  # the last loss may be at the end


def test_virtual_time_needs_no_engine_and_each_round_draws_anew(make_case, tmp_path):
    law = ServiceLaw(median_ms=50.0)
    case = make_case(
        id="c", backend="simulated", scenario="compute", simulated=law, windows=500, rounds=2,
        warm_up=WarmUp(windows=1, seconds=0.0), budgets=(parse_budget("compute_time.p50 < 52 ms"),),
    )  # fmt: skip
    state = run([case], tmp_path / "store", tmp_path)
    result = state.result().cases[0]
    assert (result.status, result.windows_measured, result.engines) == ("OK", 1000, [])
    assert result.budgets[0].result == "pass"
    assert not (tmp_path / "store").exists()
    assert len({figures.compute_p50_ms for figures in result.rounds}) == 2
    assert state.recordings["c"].is_virtual
    assert state.result().run.stop_reason == "all cases ran; no gate is broken"  # the caller says what settings it has
    state.case_results[0] = replace(result, settings={"simulated": {}})
    assert state.result().run.stop_reason.endswith("; SIMULATED: no system was measured")
    state.case_results.append(replace(result, id="d"))
    assert state.result().run.stop_reason.endswith("; SIMULATED: no system was measured in c")


def test_in_real_time_the_harness_runs_around_the_law(make_case, store, tmp_path):
    law = ServiceLaw(median_ms=20.0, sigma=0.1, clock=REAL)
    state = run([make_case(backend="simulated", simulated=law)], store, tmp_path)
    result = state.result().cases[0]
    recording = state.recordings[result.id]
    asked = law.service_ns(len(recording.window), case_seed=0, trial=0)
    assert (result.status, recording.is_virtual) == ("OK", False)
    assert (recording.finished_ns - recording.started_ns >= asked).all()
    assert result.metrics["host_memory.peak"].value > 0.0


def test_an_interrupt_keeps_the_rounds_that_are_whole(make_case, store, tmp_path):
    pressed = []

    def stop_in_the_second_round(said):
        if said.text.startswith("round 2") and said.text.endswith("measuring") and not pressed:
            pressed.append(said)
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    cases = [closed(make_case, id=name, rounds=3, windows=3000, backend="null") for name in ("a", "b")]
    state = run(cases, store, tmp_path, stop_in_the_second_round)
    by_id = {case.id: case for case in state.result().cases}
    cut = by_id.pop(pressed[0].id)
    (other,) = by_id.values()
    assert (cut.status, other.status) == ("INTERRUPTED", "INTERRUPTED")
    assert cut.reason.endswith("; 1 of 3 rounds are whole")
    assert other.reason == "1 of 3 rounds are whole: the run was stopped"
    assert [figures.status for figures in cut.rounds] == ["OK", "INTERRUPTED"]
    assert other.windows_measured == 3000
    assert other.metrics["compute_time.p50"].value is not None
    assert state.result().run.status == "INTERRUPTED"


def test_a_recording_and_its_name_are_on_the_disk_before_the_journal_speaks_of_it(
    make_case, store, tmp_path, monkeypatch
):
    steps, sync, rename = [], os.fsync, Path.rename

    def note_sync(descriptor):
        steps.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    def note_rename(path, target):  # the trial's process has synced what is in it
        steps.append(f"{path.name} becomes {target.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "rename", note_rename)
    run([closed(make_case, id="a")], store, tmp_path, journal=begin_journal(tmp_path))
    renamed = steps.index("recording.npz becomes 0000.npz")
    assert steps[renamed + 1 : renamed + 3] == ["trials", FILE]


@pytest.mark.parametrize("stage", ["round", "done"])
def test_an_interrupt_between_two_trials_loses_nothing_either(make_case, store, tmp_path, stage):
    pressed = []

    def press(said):
        if said.stage == stage and not pressed:
            pressed.append(said)
            raise KeyboardInterrupt

    cases = [make_case(id="single"), closed(make_case, id="a"), closed(make_case, id="b")]
    state = run(cases, store, tmp_path, press)
    single, *mixed = state.result().cases
    assert single.status == "OK"
    assert isinstance(state.stop, KeyboardInterrupt)
    assert [case.id for case in mixed] == ["a", "b"]
    assert {case.status for case in mixed} == {"INTERRUPTED"}
    assert sum(len(case.rounds) for case in mixed) == (1 if stage == "round" else 0)


def test_a_worker_that_dies_loses_its_own_round_alone(make_case, store, tmp_path):
    killed = []

    def kill_in_the_third_round(said):
        if said.id == "a" and said.text.startswith("round 3") and said.window > 2 * 3000 and not killed:
            killed.append(said)
            os.kill(_worker(tmp_path), signal.SIGKILL)

    cases = [closed(make_case, id="a", rounds=4, windows=3000), closed(make_case, id="b")]
    first, second = run(cases, store, tmp_path, kill_in_the_third_round).result().cases
    assert first.status == "ERROR"
    assert first.reason.startswith("round 3 of 4: its process was killed (SIGKILL)")
    assert first.reason.endswith("; 2 of 4 rounds are whole")
    assert [figures.status for figures in first.rounds] == ["OK", "OK", "ERROR"]  # and no fourth
    assert first.windows_measured == 6000
    assert (second.status, len(second.rounds)) == ("OK", 2)


def trials_of(journal):
    return [(record["case"], record["round"], record["status"]) for record in journal.of("trial")]


def test_what_an_interrupt_cut_off_is_run_and_the_rest_is_as_it_was(make_case, store, tmp_path):
    cases = [make_case(id="single", windows=2), closed(make_case, id="a"), closed(make_case, id="b", windows=6)]
    pressed = []

    def press(said):
        if said.stage == "round" and not pressed:
            pressed.append(said)
            raise KeyboardInterrupt

    journal = Journal()
    first = run(cases, store, tmp_path, press, journal)
    before = trials_of(journal)
    assert len(before) == 2
    again = run(cases, store, tmp_path, journal=journal)
    assert trials_of(journal)[:2] == before
    assert len(set(trials_of(journal))) == len(trials_of(journal)) == 5
    was, now = ({case.id: case for case in state.case_results} for state in (first, again))
    assert now["single"] == was["single"]
    assert {case.status for case in now.values()} == {"OK"}
    begun = pressed[0].id
    assert now[begun].rounds[0] == was[begun].rounds[0]
    assert again.recordings[begun].started_ns[:5].tolist() == first.recordings[begun].started_ns.tolist()
    assert first.subjects == again.subjects
    assert first.datasets == again.datasets
    told = []
    third = run(cases, store, tmp_path, told.append, journal)
    assert third.case_results == again.case_results
    assert {said.stage for said in told} == {"done"}  # not even its engines were looked for


def test_a_run_that_is_stopped_again_before_it_came_so_far_shows_what_was_cut_off(make_case, store, tmp_path):
    def press_when(what):
        def press(said):
            if what(said):
                raise KeyboardInterrupt

        return press

    journal = Journal()
    cases = [closed(make_case, id="a", rounds=1, windows=100_000)]
    first = run(cases, store, tmp_path, press_when(lambda said: said.text == "measuring"), journal)
    assert first.case_results[0].windows_measured > 0
    again = run(cases, store, tmp_path, press_when(lambda said: said.stage == "engines"), journal)
    assert again.case_results == first.case_results


def test_a_case_that_changed_runs_anew_and_it_alone(make_case, store, tmp_path):
    journal = Journal()
    cases = [closed(make_case, id="a", rounds=1), closed(make_case, id="b", rounds=1)]
    first = run(cases, store, tmp_path, journal=journal)
    changed = [cases[0], closed(make_case, id="b", rounds=1, windows=5, sha="1" * 64)]
    again = run(changed, store, tmp_path, journal=journal)
    assert again.case_results[0] == first.case_results[0]
    assert again.case_results[1].windows_measured == 5
    assert [case for case, *_ in trials_of(journal)] == ["a", "b", "b"]


def _worker(folder: Path) -> int:
    """Return the process of the trial that runs in `folder`."""
    return next(
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and b"josie_bench.bench.worker" in _command(entry)
        and str(folder).encode() in _command(entry)
    )


def _command(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_trial_that_outruns_its_time_says_where_it_stood_and_keeps_its_windows(make_case, store, tmp_path):
    state = run([make_case(windows=500, timeout_s=8.0)], store, tmp_path)
    result = state.result().cases[0]
    assert result.status == "TIMEOUT"
    assert "8 s" in result.reason
    assert 0 < result.windows_measured < 500
    stacks = tmp_path / "trials" / "0000" / "stacks.txt"
    assert str(stacks) in result.reason
    assert "in _run_paced" in stacks.read_text()


def test_media_that_vanished_is_an_error_of_the_case_alone(make_case, store, tmp_path):
    stream = StreamChoice(speech=str(tmp_path / "gone.wav"), video=None)
    state = run([make_case(stream=stream, modalities=("audio",)), make_case(id="fine")], store, tmp_path)
    first, second = state.result().cases
    assert first.status == "ERROR"
    assert "gone.wav" in first.reason
    assert second.status == "OK"


def test_a_builder_without_torch_is_an_error_with_its_reason(make_case, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "torch.py").write_text("raise ImportError('no torch today')\n")
    state = run([make_case()], tmp_path / "store", tmp_path)
    assert state.result().cases[0].status == "ERROR"
    assert "no torch today" in state.result().cases[0].reason
    assert state.result().run.status == "NOT_MEASURED"
