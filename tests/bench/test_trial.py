"""Warm-up, the closed loop and what is kept when a trial is stopped."""

from __future__ import annotations

import dataclasses
import gc
import time
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from josie_bench.backends import GpuSpan
from josie_bench.bench.rows import row_of
from josie_bench.bench.trial import Trial, TrialStopped
from josie_bench.model.presets import NANO, TINY
from josie_bench.probes.latency import now_ns
from josie_bench.runtime import pacer
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.pacer import Tick
from josie_bench.terms.case import WarmUp
from josie_bench.terms.media import Media
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import Phase
from josie_bench.terms.schedule import Blocks

SILENCE = TINY.text.silence_id
MEDIA = Media(
    audio=np.zeros(16_000, dtype=np.float32),
    sample_rate_hz=16_000,
    speech=((0, 8000),),
    frames=None,
    frame_instants_ms=np.zeros(0),
    video_ms=0.0,
    words=(),
)


def answer(window):
    frames = window.frame_count
    return Answer(
        audio=np.zeros(frames * 800, dtype=np.float32),
        text_ids=np.array([5] + [SILENCE] * (frames - 1)),
        codes=np.zeros((1, 4, frames), dtype=np.int64),
        is_silent=np.array([False] + [True] * (frames - 1)),
        vision_tokens=0,
        spans=(("audio_encoder", 1, 2),),
    )


def make_trial(case, step=answer, **more):
    return Trial(case=case, sizes=TINY, steps=[step], media=MEDIA, memory=[], **more)


def test_a_paced_trial_measures_just_what_was_asked_and_keeps_warm_up_apart(make_case):
    trial = make_trial(make_case(windows=5, warm_up=WarmUp(windows=3, seconds=0.25, cap_s=5.0)))
    trial.run()
    recording = trial.recording()
    assert recording.measured().sum() == 5
    # 0.25 s of warm-up at a hop of 100 ms: the first window after it is the fourth
    assert recording.is_warm_up.sum() >= 3
    assert recording.is_answered.all()
    assert np.diff(recording.scheduled_ns).tolist() == [100_000_000] * (len(recording.window) - 1)
    assert recording.audio_samples.tolist() == [800] * len(recording.window)
    assert recording.text_tokens.tolist() == [1] * len(recording.window)
    assert {reading.phase for reading in recording.memory} == {"warm", "end"}


def test_what_libraries_take_is_read_at_the_edges_of_the_trial(make_case):
    """A context is made for each window that it answers."""
    made = []
    tells = SimpleNamespace(signature=None, step=dict, reset=dict, undo=dict, state=dict)
    tells.library_bytes = lambda: {"tensorrt_contexts": 100 * len(made)}

    def step(window):
        made.append(window)
        return answer(window)

    case = make_case(scenario="compute", windows=3, warm_up=WarmUp(windows=2, seconds=0.0, cap_s=5.0))
    trial = make_trial(case, step, executables=[tells])
    trial.run()
    read = {each.phase: each.byte_count for each in trial.memory if each.name == "tensorrt_contexts"}
    assert read == {"warm": 200, "end": 500}


def test_a_trial_waits_in_idleness_only_where_its_case_asks_and_notes_when(make_case):
    quick = WarmUp(windows=1, seconds=0.0, cap_s=5.0)
    for seconds, names in ((0.0, []), (0.05, ["idle"])):
        trial = make_trial(make_case(windows=1, scenario="compute", warm_up=quick, idle_s=seconds))
        trial.wait_idle()
        trial.run()
        phases = [phase for phase in trial.recording().phases if phase.name == "idle"]
        assert [phase.name for phase in phases] == names
        assert all(phase.end_ns - phase.start_ns >= 50_000_000 for phase in phases)
        assert all(phase.end_ns <= trial.recording().started_ns[0] for phase in phases)


def test_the_first_close_has_a_seeded_random_phase(make_case, monkeypatch):
    began = []
    monkeypatch.setattr(pacer, "now_ns", lambda: began.append(now_ns()) or began[-1])

    def first_phase(seed):
        quick = WarmUp(windows=1, seconds=0.0, cap_s=5.0)
        case = make_case(windows=1, model=ModelChoice(preset="tiny", seed=seed), warm_up=quick)
        trial = make_trial(case)
        trial.run()
        phase_ns = (trial.recording().scheduled_ns[0] - began.pop()) % 100_000_000  # windows and hops of 100 ms
        assert [phase_ns] == case.sessions.phases_ns(case.shortest_hop_ns, [seed, 1])
        return phase_ns

    assert first_phase(0) == first_phase(0) != first_phase(1)


def test_a_closed_loop_waits_for_nobody(make_case):
    case = make_case(scenario="compute", windows=50, warm_up=WarmUp(windows=3, seconds=0.0, cap_s=5.0))
    trial = make_trial(case)
    trial.run()
    recording = trial.recording()
    assert not recording.is_open_loop
    assert recording.measured().sum() == 50
    assert recording.finished_ns[-1] - recording.started_ns[0] < 50 * 100_000_000 / 2


def test_warm_up_that_never_settles_ends_at_its_cap_and_is_called_unsteady(make_case):
    grown = []

    def slower_and_slower(window):
        import time

        grown.append(None)
        time.sleep(0.002 * len(grown))
        return answer(window)

    case = make_case(scenario="compute", windows=3, warm_up=WarmUp(windows=20, seconds=0.0, cap_s=0.1))
    trial = make_trial(case, slower_and_slower)
    trial.run()
    assert not trial.is_steady
    assert trial.recording().measured().sum() == 3


def test_a_window_in_work_when_the_trial_stops_is_unanswered(make_case):
    count = []

    def dies_at_the_fourth(window):
        count.append(None)
        if len(count) == 4:
            raise TrialStopped
        return answer(window)

    case = make_case(scenario="compute", warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0))
    trial = make_trial(case, dies_at_the_fourth)
    with pytest.raises(TrialStopped):
        trial.run()
    recording = trial.recording()
    assert recording.is_answered.tolist() == [True, True, True, False]
    assert recording.finished_ns[-1] == 0


def test_windows_that_wait_in_vain_are_misses_when_a_slow_trial_is_stopped(make_case):
    """Else a machine that falls behind would look better the sooner it is stopped."""
    count = []

    def slow_until_stopped(window):
        import time

        count.append(None)
        time.sleep(0.4)
        if len(count) == 3:
            raise TrialStopped
        return answer(window)

    case = make_case(deadline_ms=100.0, warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0))
    trial = make_trial(case, slow_until_stopped)
    with pytest.raises(TrialStopped):
        trial.run()
    recording = trial.recording()
    # closes at 0, 100, …: the stop comes about 1.2 s after the first, and all that closed over 100 ms before are late
    unanswered = recording.window[~recording.is_answered]
    assert recording.is_answered.sum() == 2
    assert unanswered[0] == 2
    assert 8 <= len(unanswered) <= 10
    assert recording.ended_ns - recording.scheduled_ns[-1] > 100_000_000


def test_blocks_are_measured_whole_after_each_kind_was_seen(make_case):
    blocks = Blocks(windows=3, lengths_ms=(50.0, 100.0), contents=("recorded", "silent"))
    case = make_case(scenario="compute", windows=6, warm_up=WarmUp(windows=4, seconds=0.0, cap_s=5.0), blocks=blocks)
    lengths = []

    def noting(window):
        lengths.append(window.frame_count)
        return answer(window)

    trial = make_trial(case, noting)
    trial.run()
    recording = trial.recording()
    assert recording.is_warm_up.sum() == 12  # four kinds of three windows
    assert recording.block[~recording.is_warm_up].tolist() == [4, 4, 4, 5, 5, 5]
    assert recording.content[[0, 6]].tolist() == ["recorded", "silent"]
    assert lengths == [1, 1, 1, 2, 2, 2] * 3
    assert (recording.hop_ns[:6] // 1_000_000).tolist() == [50, 50, 50, 100, 100, 100]


def test_warm_up_ends_between_two_blocks(make_case):
    blocks = Blocks(windows=4, contents=("recorded",), pause_ms=1.0)
    case = make_case(scenario="compute", windows=4, warm_up=WarmUp(windows=5, seconds=0.0, cap_s=5.0), blocks=blocks)
    trial = make_trial(case)
    trial.run()
    assert trial.recording().is_warm_up.tolist() == [True] * 8 + [False] * 4


def test_a_closed_loop_idles_between_blocks(make_case):
    blocks = Blocks(windows=2, pause_ms=60.0)
    case = make_case(scenario="compute", windows=4, warm_up=WarmUp(windows=2, seconds=0.0, cap_s=5.0), blocks=blocks)
    trial = make_trial(case)
    trial.run()
    recording = trial.recording()
    gaps_ms = np.diff(recording.started_ns) / 1e6
    assert (gaps_ms[1::2] >= 60.0).all()
    assert np.median(gaps_ms[0::2]) < 30.0


def test_caches_are_emptied_before_each_block_and_in_none_of_its_windows(make_case):
    """Each lies whole between the last answer of a block and the instant from which the next window is timed."""
    done = []

    def empty():
        begun = now_ns()
        time.sleep(0.03)
        done.append((begun, now_ns()))

    blocks = Blocks(windows=3, caches="cold")
    case = make_case(scenario="compute", windows=6, warm_up=WarmUp(windows=3, seconds=0.0, cap_s=5.0), blocks=blocks)
    trial = make_trial(case, between_blocks=empty)
    trial.run()
    recording = trial.recording()
    first = np.flatnonzero(np.diff(recording.block)) + 1
    assert recording.measured()[first].tolist() == [True, True]
    assert [int(np.searchsorted(recording.started_ns, begun)) for begun, _ in done] == first.tolist()
    for row, (begun, ended) in zip(first, done, strict=True):
        assert recording.finished_ns[row - 1] <= begun
        assert ended <= recording.scheduled_ns[row] <= recording.started_ns[row]


def test_a_paced_trial_keeps_to_the_schedule_of_its_blocks(make_case):
    blocks = Blocks(windows=2, lengths_ms=(50.0, 100.0), pause_ms=30.0)
    trial = make_trial(make_case(windows=4, warm_up=WarmUp(windows=2, seconds=0.0, cap_s=5.0), blocks=blocks))
    trial.run()
    recording = trial.recording()
    assert (np.diff(recording.scheduled_ns) // 1_000_000).tolist() == [50, 130, 100, 80, 50, 130, 100]


def test_the_first_answer_ends_what_happened_before(make_case):
    before = (Phase(name="process", start_ns=1, end_ns=2),)
    case = make_case(scenario="compute", windows=1, warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0))
    trial = make_trial(case, phases=before)
    assert trial.recording().phases == before
    trial.run()
    *kept, first = trial.recording().phases
    assert tuple(kept) == before
    assert first.name == "first answer"
    assert (first.start_ns, first.end_ns) == (trial.rows[0].started_ns, trial.rows[0].finished_ns)


class Talker:
    """A step with a state: each answer holds how many came before it."""

    def __init__(self, forgets=False):
        self.count = 0
        self.forgets = forgets

    def __call__(self, window):
        self.count += 1
        said = answer(window)
        said.text_ids[0] = self.count
        return said

    def reset(self):
        self.count = 1 if self.forgets else 0


def timed_trial(make_case, step, **changes):
    settings = {
        "scenario": "compute",
        "windows": 20,
        "warm_up": WarmUp(windows=1, seconds=0.0, cap_s=5.0),
        "audit": 1.0,
    }
    trial = make_trial(make_case("eager", **(settings | changes)), step)
    trial.run()
    return trial


def checked(trial, left_s=60.0):
    """Return what the audit of a trial found that is said to have taken ten seconds."""
    trial.rows[0].tick = dataclasses.replace(trial.rows[0].tick, scheduled_ns=trial.rows[-1].finished_ns - 10**10)
    trial.check_answers(trial.steps, int(left_s * 1e9))
    (found,) = trial.recording().audits
    return found


def test_answers_that_hang_on_the_session_alone_come_again(make_case):
    found = checked(timed_trial(make_case, Talker()))
    assert (found.checked, found.mismatched, found.reason) == (20, (), None)


def test_an_answer_that_does_not_come_again_is_named(make_case):
    trial = timed_trial(make_case, Talker(forgets=True))
    assert len(checked(trial).mismatched) == 20
    assert len(set(trial.recording().answers.tolist())) == len(trial.rows)


def test_an_audit_that_is_switched_off_says_so(make_case):
    found = checked(timed_trial(make_case, Talker(), audit=0.0))
    assert (found.checked, found.reason) == (0, "switched off: audit is 0 in the suite")


def test_a_backend_that_computes_nothing_has_nothing_to_check(make_case):
    trial = make_trial(make_case(scenario="compute", warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0)))
    trial.run()
    trial.check_answers(trial.steps, 10**9)
    assert trial.recording().audits[0].reason == "backend null computes no answers"


def test_what_the_codec_is_late_is_noted_where_a_codec_spoke(make_case):
    """The head of `nano` keeps back three hops of 160 samples; `null` has no codec, whatever its preset."""
    quick = {"scenario": "compute", "windows": 1, "warm_up": WarmUp(windows=1, seconds=0.0, cap_s=5.0)}
    late = []
    for backend, sizes in (("eager", NANO), ("eager", TINY), ("null", NANO)):
        trial = make_trial(make_case(backend=backend, **quick))
        trial.sizes = sizes
        trial.run()
        late.append(trial.recording().delay_samples)
    assert late == [480, 0, 0]


def test_a_collection_of_garbage_is_noted_with_when_it_ran(make_case):
    def wasteful(window):
        gc.collect()
        return answer(window)

    before = len(gc.callbacks)
    case = make_case(scenario="compute", windows=2, warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0))
    trial = make_trial(case, wasteful)
    trial.run()
    recording = trial.recording()
    assert len(recording.collections) == 3
    for collection, start, end in zip(recording.collections, recording.started_ns, recording.finished_ns, strict=True):
        assert start <= collection.start_ns <= collection.end_ns <= end
    assert len(gc.callbacks) == before


def test_each_window_tells_of_its_faults_and_of_how_often_it_lost_its_core(make_case):
    case = make_case(scenario="compute", windows=5, warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0))
    trial = make_trial(case)
    trial.run()
    recording = trial.recording()
    assert (recording.major_faults >= 0).all()
    assert (recording.preemptions >= 0).all()
    assert len(recording.preemptions) == len(recording.window)


def test_tokens_that_begin_or_end_a_turn_are_told_from_words_silence_and_padding(make_case):
    text = TINY.text
    ids = np.array([5, text.end_id, text.silence_id, text.pad_id, text.first_special])

    def ends_a_turn(window):
        return dataclasses.replace(answer(window), text_ids=ids)

    trial = make_trial(
        make_case(scenario="compute", windows=2, warm_up=WarmUp(windows=1, seconds=0.0, cap_s=5.0)), ends_a_turn
    )
    trial.run()
    assert trial.recording().turn_tokens.tolist() == [2, 2, 2]


def test_what_is_kept_of_a_window_is_small_enough_for_hours(make_case):
    """15 calls a window, 200 windows a minute: 1.5 kB of each would be 0.3 MiB a minute; a gate for leaks is at 0.5."""
    trial = Trial(case=make_case(), sizes=TINY, steps=[], media=None, memory=[])
    names = ["audio_encoder", "vision_encoder", *["temporal_transformer", "depth_transformer"] * 6, "audio_decoder"]
    window = SimpleNamespace(modalities=lambda: ["audio", "vision"], dropped=[])
    windows, spent = 400, []
    arrivals = make_case(window_ms=300.0, hop_ms=300.0).timetable().arrivals()
    tracemalloc.start()
    for index, arrival in zip(range(windows), arrivals, strict=False):
        began = 10**15 + index * 10**8
        spans = tuple((name, began + call, began + call + 1) for call, name in enumerate(names))
        said = Answer(
            audio=np.zeros(4800, dtype=np.float32), text_ids=np.zeros(6, dtype=np.int64),
            codes=np.zeros((1, 4, 6), dtype=np.int64), is_silent=np.zeros(6, dtype=np.bool_), vision_tokens=4,
            spans=spans,
        )  # fmt: skip
        tick = Tick(arrival=arrival, scheduled_ns=began, handed_ns=began + 1)
        row = row_of(tick, window, said, (), TINY, work=(began + 2, began + 3), repeated=(0, 0), hit=(0, 0))
        trial.rows.append(row)
        spent.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert (spent[-1] - spent[windows // 2]) / (windows - windows // 2 - 1) < 1500.0
    kept = trial.recording().spans
    assert kept.component.tolist() == names * windows
    assert kept.window.tolist() == [index for index in range(windows) for _ in names]
    assert (kept.end_ns - kept.start_ns).tolist() == [1] * len(names) * windows


def test_when_a_gpu_was_at_work_is_asked_of_the_place_that_was_answered(make_case):
    asked = []
    trial = make_trial(
        make_case(scenario="compute"), gpu_spans=lambda place: asked.append(place) or [GpuSpan("a", 3, 5, 1)]
    )
    trial.run()
    spans = trial.recording().spans
    assert asked == [0] * len(trial.rows)
    assert spans.is_on_gpu.sum() == len(trial.rows)
    assert set(spans.error_ns[spans.is_on_gpu].tolist()) == {1}
