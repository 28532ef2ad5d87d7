"""What is said of judged items beside their scores."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.bench.quality_notes import loss_words, quality_notes
from josie_bench.conformance.judged_items import judged_recording, lacking_recording
from josie_bench.statistics.non_inferiority import NonInferiority
from josie_bench.statistics.quality_figures import FIGURES
from josie_bench.terms.judged import JudgeUse
from josie_bench.terms.recording import untimed


def test_a_loss_is_told_with_its_bound_its_margin_and_the_verdict():
    found = NonInferiority(
        reference=0.051, other=0.0522, loss=0.0012, upper=0.0018, margin=0.002, n=40, method="bootstrap over 40 items"
    )
    head = "engines 5.22 beside 5.1 of the reference: loss +0.12 percentage points, "
    tail = "at most +0.18 (one-sided 95 %, bootstrap over 40 items), margin +0.2: no worse"
    assert loss_words(found, "percentage points") == head + tail
    assert loss_words(replace(found, upper=0.0021), None).endswith("not shown to be no worse")
    few = replace(found, upper=None, method="5 items bound nothing: 20 do")
    assert loss_words(few, None).endswith("5 items bound nothing: 20 do, margin +0.002: not known")


def test_every_loss_has_a_note():
    notes = quality_notes(judged_recording())
    assert len(notes) == len(FIGURES)
    assert notes[0].startswith("wer_codec: engines 15 beside 12.5 of the reference: loss +2.5 percentage points")


def test_what_was_left_out_and_who_is_missing_is_told():
    judged = judged_recording().judged
    rows = tuple(replace(row, values={}) if row.item == "item-0" else row for row in judged.rows)
    judges = tuple(JudgeUse(role="pesq", reason="gone") if use.role == "pesq" else use for use in judged.judges)
    notes = quality_notes(
        untimed(sample_rate_hz=16_000, window_ms=300.0, judged=replace(judged, rows=rows, judges=judges))
    )
    assert notes[0] == "no pesq: gone"
    assert "stoi: 1 of 30 items could not be judged and are left out" in notes
    assert not any(note.startswith("pesq:") for note in notes)


def test_why_written_words_have_no_onset_is_told():
    """One of three words was not heard as written; another item's voice could not be aligned at all."""
    judged = judged_recording().judged

    def told(row):
        if row.task != "answer" or row.item not in ("item-0", "item-1"):
            return row
        first, *others = (replace(word, onset_ms=None) for word in row.onsets["heard"])
        one = (replace(first, is_said=False), *row.onsets["heard"][1:])
        return replace(row, onsets={"heard": one if row.item == "item-0" else (first, *others)})

    rows = tuple(map(told, judged.rows))
    notes = quality_notes(untimed(sample_rate_hz=16_000, window_ms=300.0, judged=replace(judged, rows=rows)))
    assert notes[0] == (
        "voice_skew: 4 of 90 written words are left out: "
        "1 are not heard as they are written, 3 are in a voice that cannot be aligned"
    )


def test_what_is_lost_of_each_task_is_told_beside_what_it_was():
    notes = quality_notes(lacking_recording())
    lost = "audio and text bursty: 20 % lost, 3 in a row"
    assert notes == [
        f"transcribe, {lost}: word error rate 0.15 beside 0.125 with all",
        f"describe, {lost}: share of captions that are right to the word 0.4 beside 0.5 with all",
        f"answer, {lost}: share of answers that are right to the word 0.4 beside 0.5 with all",
        f"conversation, {lost}: share of turns answered in time 1 beside 1 with all",
    ]
    one = replace(lacking_recording().judged, tasks=("transcribe",))
    found = quality_notes(untimed(sample_rate_hz=16_000, window_ms=300.0, judged=one))
    assert found[-1] == f"retention, {lost}: of one task, transcribe, so that macro and worst are the same"


def test_a_recording_of_windows_has_none(make_recording):
    assert quality_notes(make_recording([1.0])) == []
