"""Engines over items of a corpus, with judges whose words are known."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from josie_bench.bench import quality
from josie_bench.bench.job import Job
from josie_bench.bench.kept_items import KeptItems
from josie_bench.bench.quality import (
    Chosen,
    Judges,
    cannot_judge,
    choose,
    corpus_of,
    evaluator_of,
    evenly,
    files_of,
    judge_case,
    judge_items,
    open_judges,
)
from josie_bench.bench.recording_file import load_recording
from josie_bench.bench.trial import TrialStopped
from josie_bench.bench.worker import run_job
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import UnavailableError
from josie_bench.evaluators import Identity
from josie_bench.model.presets import TINY
from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns
from josie_bench.terms.corpus import Item
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.judged import ENGINE, REFERENCE, WHOLE, JudgedChoice, JudgedItem, JudgeUse
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.window import Window
from tests.corpora.packaging import wav_of

SEEDED = ModelChoice(preset="tiny")
MINI = JudgedChoice(tasks=("codec",), corpus="mini", items=2)
JUDGES = Judges(
    uses=(JudgeUse(role="normaliser", identity="small"), JudgeUse(role="stoi", reason="pystoi is not installed")),
    opened={"normaliser": str.lower},
)


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(quality, "open_judges", lambda *_, lacks=False: JUDGES)


def quality_case(make_case, choice=MINI, **changes):
    return make_case(scenario="quality", window_ms=300.0, hop_ms=300.0, judged=choice, **changes)


def own_corpus(folder, **splits):
    """Write a corpus of one's own, a recording for each name in its split; return its path."""
    folder.mkdir()
    said = {"text": "Good evening to all.", "language": "en"}
    for name, split in splits.items():
        (folder / f"{name}.wav").write_bytes(wav_of(np.full(1600, 0.25)))
        with (folder / "transcripts.jsonl").open("a", encoding="utf-8") as listed:
            listed.write(json.dumps(said | {"audio": f"{name}.wav", "split": split}) + "\n")
    return str(folder)


@pytest.mark.parametrize(("count", "found"), [(9, "abcdef"), (6, "abcdef"), (3, "ace"), (2, "ad"), (1, "a")])
def test_items_lie_evenly_over_those_there_are(count, found):
    assert evenly("abcdef", count) == tuple(found)


@pytest.mark.parametrize("count", [6, 20, 40, 60, 120])
def test_of_each_kind_of_question_its_share_is_chosen(count, monkeypatch):
    """Six kinds come in turn: every sixth item, or every tenth, would be of one kind, or of three."""
    kinds = ("colour", "shape", "size", "direction", "speed", "all")
    items = tuple(SimpleNamespace(id=f"q{place:03d}", kind=kinds[place % 6]) for place in range(120))
    corpus = SimpleNamespace(of=lambda split: items)
    monkeypatch.setattr(quality, "open_corpus", lambda name, folder: corpus)
    member = find_member("tasks", "answer")
    monkeypatch.setattr(member, "can_use", lambda item, corpus: True)
    monkeypatch.setattr(member, "kind", lambda item, corpus: item.kind)
    (chosen,) = choose(JudgedChoice(tasks=("answer",), items=count))
    counts = Counter(item.kind for item in chosen.items)
    assert (len(chosen.items), sorted(counts)) == (count, sorted(kinds))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert list(chosen.items) == sorted(chosen.items, key=lambda item: item.id)


def test_a_question_s_kind_is_what_it_asks_about():
    corpus = SimpleNamespace(corpus=SimpleNamespace(labels=lambda item: {"asked": "colour", "answer": "red"}))
    assert find_member("tasks", "answer").kind(None, corpus) == "colour"


def test_a_task_takes_its_own_corpus_unless_another_is_named():
    assert corpus_of(MINI, "transcribe") == "mini"
    assert corpus_of(JudgedChoice(tasks=("transcribe",)), "transcribe") == "synthetic_speech"


def test_a_recogniser_is_chosen_and_every_other_judge_has_its_role():
    choice = JudgedChoice(tasks=("codec",), recogniser="pocketsphinx")
    assert evaluator_of(choice, "recogniser") == "pocketsphinx"
    assert evaluator_of(choice, "normaliser") == "english_text"
    assert evaluator_of(choice, "stoi") == "stoi"


def test_items_of_which_too_little_is_said_are_left_out():
    """Of the ten utterances of `mini` one is "five five", and its clip has no words."""
    (chosen,) = choose(JudgedChoice(tasks=("codec",), corpus="mini", items=99))
    assert len(chosen.items) == 9
    (file,) = files_of((chosen,))
    assert (file.modality, file.name, file.license) == ("codec", "corpus mini, 9 items", "BSD-2-Clause")


def test_a_folder_of_one_s_own_is_judged_as_a_corpus_of_ours(tmp_path):
    """Its name is that of the folder, wherever it lies; of its items those of the split."""
    choice = JudgedChoice(tasks=("codec", "transcribe"), corpus=own_corpus(tmp_path / "mine", a="test", b="train"))
    chosen = choose(choice)
    assert [[item.id for item in each.items] for each in chosen] == [["a.wav"]] * 2
    file = files_of(chosen)[0]
    assert (file.name, file.license) == ("corpus mine, 1 items", "user")
    assert len(chosen[0].corpus.audio(chosen[0].items[0])) == 1600
    (tmp_path / "mine/a.wav").write_bytes(wav_of(np.full(1600, 0.5)))
    assert files_of(chosen)[0].sha256 != file.sha256
    (tmp_path / "mine").rename(tmp_path / "gone")
    assert "mine: no such folder" in cannot_judge(choice, SEEDED)


@pytest.mark.parametrize(
    ("task", "split", "said"),
    [
        ("codec", "train", "codec in split train: take another corpus or split"),
        (
            "describe",
            "test",
            "describe in split test: take another corpus or split, or of a suite the cases of codec and transcribe "
            "alone, with --case",
        ),
    ],
)
def test_a_corpus_without_an_item_for_a_task_says_for_which_it_has_some(task, split, said, tmp_path):
    mine = own_corpus(tmp_path / "mine", a="test")
    choice = JudgedChoice(tasks=("codec", task) if split == "test" else (task,), corpus=mine, split=split)
    assert cannot_judge(choice, SEEDED) == f"corpus mine has no item for task {said}"
    with pytest.raises(UnavailableError, match=f"no item for task {task}"):
        choose(choice)


def test_a_corpus_that_is_not_here_says_how_to_fetch_it(tmp_path):
    choice = JudgedChoice(tasks=("codec",), corpus="prompts_en", folder=str(tmp_path))
    assert "fetch it with: josie-bench corpus fetch prompts_en" in cannot_judge(choice, SEEDED)


def judges_here(monkeypatch, *names):
    for name in ("whisper_base", "english_text", "dnsmos", "pesq", "stoi"):
        reason = None if name in names else UnavailableError(f"{name} is not installed", mend="pip install it")
        monkeypatch.setattr(find_member("evaluators", name), "unavailable", lambda reason=reason: reason)


def test_without_any_judge_nothing_is_run(monkeypatch):
    judges_here(monkeypatch)
    assert cannot_judge(MINI, SEEDED) == "none of the judges is here: whisper_base is not installed: pip install it"


def test_one_judge_is_enough_to_run(monkeypatch):
    judges_here(monkeypatch, "english_text")
    assert cannot_judge(MINI, SEEDED) is None


def test_a_judge_that_is_missing_is_noted_and_the_others_are_opened(monkeypatch):
    judges_here(monkeypatch, "stoi")
    member = find_member("evaluators", "stoi")
    monkeypatch.setattr(member, "identity", lambda: Identity(name="stoi", libraries=(("p", "1"),)))
    monkeypatch.setattr(member, "open_judge", lambda: len)
    found = open_judges(MINI, SEEDED)
    assert found.opened == {"stoi": len}
    assert found.uses[0] == JudgeUse(role="recogniser", reason="whisper_base is not installed: pip install it")
    assert found.uses[-1] == JudgeUse(role="stoi", identity="stoi:p=1:-")


def test_the_reference_does_the_items_beside_other_engines_only(known, make_case, store):
    told = []
    chosen = choose(MINI)
    for backend, sides in {"eager": {ENGINE}, "null": {ENGINE, REFERENCE}}.items():
        case = quality_case(make_case, backend=backend)
        request = EngineRequest.of(case)
        engines, _ = find_or_build(store, request)
        assert set(engines) == {"audio_encoder", "audio_decoder"}
        judged = judge_case(case, TINY, engines, chosen, lambda done, of: told.append((done, of)))
        assert {row.side for row in judged.rows} == sides
        assert len(judged.rows) == 2 * len(sides)
        assert judged.judges == JUDGES.uses
    assert told == [(1, 2), (2, 2)] * 2


def test_a_trial_leaves_its_rows_and_says_what_was_judged(known, make_case, store, tmp_path):
    case = quality_case(make_case, backend="eager")
    outcome = run_job(Job(case=case, engines=store, folder=tmp_path), now_ns())
    assert (outcome["status"], outcome["files"][0]["name"]) == ("OK", "corpus mini, 2 items")
    recording = load_recording(tmp_path / "recording.npz")
    assert recording.is_untimed and not len(recording.window)
    assert [row.item for row in recording.judged.rows] == ["cards-001", "librivox-0870"]
    assert recording.judged.rows[0].texts["reference"] == "ten of clubs"
    assert recording.judged.absent("stoi").reason == "pystoi is not installed"


def test_the_first_items_of_a_task_are_kept_to_be_heard(known, make_case, store, tmp_path):
    case = quality_case(make_case, replace(MINI, listen=1), backend="eager")
    run_job(Job(case=case, engines=store, folder=tmp_path), now_ns())
    judged = load_recording(tmp_path / "recording.npz").judged
    assert {at: list(media) for at, media in judged.media().items()} == {0: ["before.flac", "after.flac"]}
    audio, rate_hz = soundfile.read(io.BytesIO(judged.rows[0].media["before.flac"]))
    assert (rate_hz, len(audio) > rate_hz) == (TINY.audio.sample_rate_hz, True)


def test_what_is_kept_to_be_heard_has_a_most(monkeypatch):
    """The first item has 3 bytes of 4, the second 2 more and is not kept, the third 1."""
    monkeypatch.setattr(quality, "MOST_MEDIA", 4)
    sizes = {"a": 3, "b": 2, "c": 1, "d": 0}

    def rows(item, desk):
        yield JudgedItem(
            item=item.id, cluster="", task="t", media={"x.flac": b"x" * sizes[item.id]} if desk.keeps_media else {}
        )

    monkeypatch.setattr(quality, "find_member", lambda *_: SimpleNamespace(rows=rows))
    chosen = Chosen(task="t", corpus=None, items=tuple(Item(id=name, split="test") for name in sizes))
    found = list(judge_items(300.0, TINY, {}, (chosen,), JUDGES, listen=3))
    assert [len(row.media.get("x.flac", b"")) for row in found] == [3, 0, 1, 0]
    assert [bool(row.media) for row in judge_items(300.0, TINY, {}, (chosen,), JUDGES)] == [False] * 4


def test_a_text_task_writes_on_both_sides(known, make_case, store):
    """Engines that are the reference but for the graph write what it writes."""
    choice = JudgedChoice(tasks=("transcribe",), corpus="mini", items=1)
    case = quality_case(make_case, choice, engines=EngineChoice(backend="onnxruntime"))
    engines, _ = find_or_build(store, EngineRequest.of(case))
    judged = judge_case(case, TINY, engines, choose(choice), lambda *_: None)
    engine, reference = judged.rows
    assert engine.texts["written"] == reference.texts["written"]


def test_where_something_is_lost_the_engines_do_each_item_with_it_too(known, make_case, store, monkeypatch):
    """What is 600 ms late reaches one of them two windows later, and the other at once."""
    choice = JudgedChoice(tasks=("transcribe",), corpus="mini", items=1)
    lost = Dropout(of=("audio",), late_ms=600.0)
    case = quality_case(make_case, choice, engines=EngineChoice(backend="null"), dropout=lost)
    engines, _ = find_or_build(store, EngineRequest.of(case))
    judged = judge_case(case, TINY, engines, choose(choice), lambda *_: None)
    assert [row.side for row in judged.rows] == [ENGINE, WHOLE]
    assert judged.dropout == lost
    sides = quality.open_sides(case, TINY, engines)
    heard = []

    def talk(window, said):
        heard.append(window.audio)
        yield from ()
        return []

    monkeypatch.setattr(sides[WHOLE].step, "_talk", talk)
    for side in sides.values():
        side.step.reset()
        for index in range(3):
            side.step(Window(index=index, frame_count=6, audio=np.full(4, index, dtype=np.float32)))
    assert [None if audio is None else audio[0] for audio in heard] == [None, None, 0.0, 0.0, 1.0, 2.0]


def test_what_was_judged_before_a_cut_is_not_done_again_and_the_rest_is_as_without_one(
    known, make_case, store, tmp_path, monkeypatch
):
    """Each session loses other windows, so the third item is the same only if it is held in the third session."""
    choice = JudgedChoice(tasks=("transcribe",), corpus="mini", items=3, listen=1)
    lost = Dropout(of=("audio",), lost=0.4, burst=2.0)
    case = quality_case(make_case, choice, backend="eager", dropout=lost)
    engines, _ = find_or_build(store, EngineRequest.of(case))
    chosen = choose(choice)
    whole = judge_case(case, TINY, engines, chosen, lambda *_: None)
    asked, rows = [], find_member("tasks", "transcribe").rows

    def noted(item, desk):
        asked.append(item.id)
        yield from rows(item, desk)

    monkeypatch.setattr(find_member("tasks", "transcribe"), "rows", noted)

    def stop_after_two(done, _):
        if done == 2:
            raise TrialStopped

    with pytest.raises(TrialStopped):
        judge_case(case, TINY, engines, chosen, stop_after_two, kept=KeptItems(tmp_path))
    again = judge_case(case, TINY, engines, chosen, lambda *_: None, kept=KeptItems(tmp_path))
    assert asked == [item.id for item in chosen[0].items]
    assert again == whole
    assert again.media() == whole.media() != {}
    other = replace(chosen[0], items=chosen[0].items[2:])
    (alone, _) = judge_case(case, TINY, engines, (other,), lambda *_: None).rows
    assert alone != whole.rows[4]
