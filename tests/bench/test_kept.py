"""What is taken up again, what is run again, and what is cleared away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench import kept as kept_module
from josie_bench.bench.case_result import Engines, blank
from josie_bench.bench.journal import Journal, begin_journal, open_journal
from josie_bench.bench.kept import Kept
from josie_bench.bench.recording_file import save_recording
from josie_bench.bench.rounds import Round
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.engines.store import EngineRequest
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.result import EngineUse, Subject

SUBJECT = Subject(preset="tiny", parameters=1, weights="seeded", weights_sha256="w")


def engines_for(case, **changed):
    recipes = EngineRequest(model=case.model, engines=case.engines).recipes()
    uses = tuple(
        EngineUse(
            component=name,
            backend="null",
            precision="fp32",
            fingerprint=changed.get(name, recipe.fingerprint),
            byte_count=0,
            was_cached=False,
            build_seconds=1 / 3,
        )
        for name, recipe in recipes.items()
    )
    return Engines(uses=uses, subject=SUBJECT)


@pytest.fixture
def case(make_case):
    return make_case(id="a", rounds=3)


@pytest.fixture
def trial(tmp_path, make_recording):
    """Return what adds a trial to what is kept, and its recording beside it."""

    def add(kept, case, engines, index, status="OK", response_ms=10.0):
        file = kept.next_folder().with_suffix(".npz")
        recording = make_recording([response_ms + index] * 4)
        save_recording(recording, file)
        outcome = TrialOutcome(
            status=status, reason=None, recording=recording, files=({"sha256": "f"},), recording_file=file
        )
        kept.keep_trial(case, engines, Round(index=index, started=f"then {index}", outcome=outcome))

    return add


@pytest.fixture
def kept(tmp_path):
    return Kept(Journal(), tmp_path)


def test_another_process_finds_engines_and_trials_as_they_were(tmp_path, case, trial):
    journal = begin_journal(tmp_path)
    first = Kept(journal, tmp_path)
    engines = engines_for(case)
    first.keep_engines(case, engines)
    for index in (1, 0):
        trial(first, case, engines, index)
    journal.close()
    again = Kept(open_journal(tmp_path), tmp_path)
    assert again.engines(case) == engines
    rounds = again.rounds(case, engines)
    assert [(found.index, found.started) for found in rounds] == [(0, "then 0"), (1, "then 1")]
    assert [found.outcome.files for found in rounds] == [({"sha256": "f"},)] * 2
    assert np.array_equal(rounds[1].recording.finished_ns - rounds[1].recording.scheduled_ns, [11_000_000] * 4)
    assert again.next_folder().name == "0002"


def test_a_case_whose_settings_or_inputs_changed_is_run_anew(kept, case, trial):
    engines = engines_for(case)
    kept.keep_engines(case, engines)
    trial(kept, case, engines, 0)
    changed = replace(case, sha="1" * 64)
    assert kept.engines(changed) is None
    assert kept.rounds(changed, engines) == []


def test_a_case_whose_engine_would_be_another_now_is_run_anew(kept, case, trial):
    old = engines_for(case, audio_encoder="older")
    kept.keep_engines(case, old)
    trial(kept, case, old, 0)
    assert kept.engines(case) is None
    now = engines_for(case)
    kept.keep_engines(case, now)
    assert kept.engines(case) == now
    assert kept.rounds(case, now) == []


def test_trials_of_a_backend_that_is_gone_still_count(kept, case, trial, monkeypatch):
    old = engines_for(case, audio_encoder="nobody can tell now")
    kept.keep_engines(case, old)
    member = kept_module.find_member("backends", "null")
    monkeypatch.setattr(member, "unavailable", lambda: RuntimeError("gone"))
    assert kept.engines(case) == old


def test_an_interrupted_trial_is_run_again_and_shown_until_then(kept, case, trial):
    engines = engines_for(case)
    trial(kept, case, engines, 0)
    trial(kept, case, engines, 1, status="INTERRUPTED")
    assert [found.index for found in kept.rounds(case, engines)] == [0]
    both = kept.rounds(case, engines, with_cut_off=True)
    assert [(found.index, found.outcome.status) for found in both] == [(0, "OK"), (1, "INTERRUPTED")]
    trial(kept, case, engines, 1)
    assert [found.outcome.status for found in kept.rounds(case, engines, with_cut_off=True)] == ["OK", "OK"]


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_trial_whose_recording_is_gone_or_changed_is_run_again(kept, case, trial, tmp_path, harm):
    engines = engines_for(case)
    for index in (0, 1):
        trial(kept, case, engines, index)
    file = tmp_path / "0000.npz"
    file.unlink() if harm == "gone" else file.write_bytes(file.read_bytes()[:-1])
    assert [found.index for found in kept.rounds(case, engines)] == [1]


def test_rounds_that_the_case_no_longer_has_are_left_out(kept, case, trial):
    engines = engines_for(case)
    for index in (0, 1, 2):
        trial(kept, case, engines, index)
    assert [found.index for found in kept.rounds(replace(case, rounds=2), engines)] == [0, 1]


def test_a_finished_case_is_noted_once_and_finished_until_something_changes(kept, case):
    outcome = TrialOutcome(status="SKIPPED", reason="no library", recording=None)
    result = blank(case, outcome, None, settings={"windows": 8}, reproduce="again")
    assert not kept.is_finished(case, {"windows": 8})
    kept.keep_case(case, result)
    kept.keep_case(case, result)
    assert len(kept._journal.of("case")) == 1
    assert kept.is_finished(case, {"windows": 8})
    assert not kept.is_finished(case, {"windows": 8, "budgets": ["new"]})
    assert not kept.is_finished(replace(case, sha="1" * 64), {"windows": 8})
    kept.keep_engines(case, engines_for(case, audio_encoder="older"))
    assert not kept.is_finished(case, {"windows": 8})


def test_only_what_the_last_trial_of_a_round_left_stays(kept, case, trial, tmp_path):
    engines = engines_for(case)
    trial(kept, case, engines, 0, status="INTERRUPTED")
    trial(kept, case, engines, 0)
    trial(kept, case, engines, 1, status="ERROR")
    (tmp_path / "0002").mkdir()
    (tmp_path / "0002" / "stderr.txt").write_text("why")
    (tmp_path / "0003").mkdir()
    (tmp_path / "0003" / "recording.npz").write_text("half")
    kept.sweep([case])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001.npz", "0002", "0002.npz"]


def test_single_items_stay_until_their_trial_has_ended_and_no_longer(tmp_path, case, trial):
    """Of three trials one ends, one is cut off and one has not begun; the folders of others are nobody's."""
    judged = replace(case, judged=JudgedChoice(tasks=("alignment",)))
    engines, kept = engines_for(judged), Kept(Journal(), tmp_path / "trials")
    kept.keep_engines(judged, engines)
    of_old = kept.items_folder(replace(judged, sha="1" * 64), engines, 0)
    ended, cut_off, to_come = folders = [kept.items_folder(judged, engines, index) for index in range(3)]
    for folder in (of_old, *folders):
        folder.mkdir(parents=True)
    trial(kept, judged, engines, 0)
    trial(kept, judged, engines, 1, status="INTERRUPTED")
    assert [folder.exists() for folder in folders] == [False, True, True]
    ended.mkdir()  # as where the process was killed between both
    kept.sweep([judged])
    assert [folder.exists() for folder in (of_old, ended, cut_off, to_come)] == [False, False, True, True]
    kept.sweep([])
    assert not cut_off.exists()
