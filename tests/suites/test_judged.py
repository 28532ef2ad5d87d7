"""Cases whose items are judged: what they say, what they are known by, and what their budgets may be of."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from josie_bench.errors import SuiteError
from josie_bench.terms.judged import JudgedChoice
from tests.corpora.packaging import wav_of
from tests.suites.writing import cases_of, cases_of_lock

QUALITY = "    scenario: quality\n    tasks: codec\n    corpus: mini\n    items: 3\n"


def test_a_case_says_what_it_is_judged_by(tmp_path):
    (case,) = cases_of(tmp_path, QUALITY + "    corpora: mine\n    listen: 0\n")
    assert case.judged == JudgedChoice(
        tasks=("codec",), corpus="mini", items=3, folder=str(tmp_path / "mine"), listen=0
    )
    assert cases_of(tmp_path, "    scenario: compute\n")[0].judged is None


def test_its_lock_says_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cases_of_lock(tmp_path, QUALITY) == cases_of(tmp_path, QUALITY)


def test_it_is_known_by_what_is_judged_and_not_by_where_corpora_lie(tmp_path):
    def sha(more):
        return cases_of(tmp_path, QUALITY + more)[0].sha

    assert sha("") == sha("    corpora: elsewhere\n") == sha("    listen: 9\n")
    assert len({sha(""), sha("    recogniser: pocketsphinx\n"), sha("    split: valid\n")}) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    scenario: quality\n    tasks: codecs\n", r"t\.yaml:7: .*unknown task 'codecs': did you mean 'codec'"),
        (QUALITY.replace("mini", "minis"), r"t\.yaml:8: .*unknown corpus 'minis': did you mean 'mini'"),
        (
            QUALITY.replace("mini", "./gone"),
            r"t\.yaml:8: corpus: \./gone: no such folder: name one with recordings and",
        ),
        (QUALITY.replace("mini", "''"), r"t\.yaml:8: corpus: .*at least 1 character"),
        (QUALITY + "    split: tests\n", r"t\.yaml:10: .*unknown split 'tests': did you mean 'test'"),
        (QUALITY + "    listen: -1\n", r"t\.yaml:10: listen: .*greater than or equal to 0"),
        (QUALITY + "    itmes: 3\n", r"t\.yaml:10: unknown setting 'itmes': did you mean 'items'"),
    ],
)
def test_a_name_that_is_not_known_is_told_with_the_near_one(tmp_path, body, words):
    with pytest.raises(SuiteError, match=words):
        cases_of(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "budget", "words"),
    [
        (QUALITY, "compute_time.p50 < 1 ms", r"t\.yaml:6: scenario quality gives no compute_time"),
        ("    scenario: parity\n", "stoi.mean > 0.5", "scenario parity gives no stoi"),
        ("    scenario: compute\n", "stoi.mean > 0.5", "scenario compute gives no stoi"),
        (QUALITY, "wer_text.model < 0.5", r"t\.yaml:7: tasks codec give no wer_text: add transcribe"),
    ],
)
def test_a_budget_is_of_what_is_judged(tmp_path, body, budget, words):
    with pytest.raises(SuiteError, match=words):
        cases_of(tmp_path, f"{body}    budgets: [{{assert: {budget}}}]\n")


def test_a_budget_of_all_tasks_is_of_each(tmp_path):
    (case,) = cases_of(tmp_path, f"{QUALITY}    budgets: [{{assert: task_parity.stoi.ci.high < 1}}]\n")
    assert case.budgets[0].metric == "task_parity"


def test_it_is_waited_for_as_long_as_its_items_take(tmp_path):
    """Three items are done in 900 s, whatever happens; forty in each of two tasks have 300 + 80 · 120 s."""
    (short,) = cases_of(tmp_path, QUALITY)
    assert short.timeout_s == 900.0
    (long,) = cases_of(tmp_path, QUALITY.replace("codec", "[codec, transcribe]").replace("3", "40"))
    assert long.timeout_s == 9900.0
    assert replace(long.judged, items=3, tasks=("codec",)) == short.judged


@pytest.fixture
def own(tmp_path):
    """Return a folder of two recordings of one's own where corpora lie."""
    folder = tmp_path / "corpora" / "mine"
    (folder / "b").mkdir(parents=True)
    said = {"language": "en", "speaker": "anna", "split": "test"}
    for name, level in (("a.wav", 0.25), ("b/b.wav", 0.5)):
        (folder / name).write_bytes(wav_of(np.full(1600, level)))
    lines = [json.dumps(said | {"audio": name, "text": f"This is {name}."}) for name in ("a.wav", "b/b.wav")]
    (folder / "transcripts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def of_corpus(place, name):
    (case,) = cases_of(place, QUALITY.replace("mini", name) + "    corpora: corpora\n")
    return case


def test_a_folder_of_one_s_own_is_a_corpus_by_its_name_or_by_a_path(own, tmp_path):
    names = ("mine", "./corpora/mine", "corpora/mine", str(own))
    cases = [of_corpus(tmp_path, name) for name in names]
    assert {case.judged.corpus for case in cases} == {str(own)}
    assert len({case.sha for case in cases}) == 1


def test_a_folder_beside_the_suite_is_found_where_there_is_none_among_the_corpora(own, tmp_path):
    own.rename(tmp_path / "mine")
    assert of_corpus(tmp_path, "mine").judged.corpus == str(tmp_path / "mine")


def test_a_corpus_of_ours_is_meant_by_its_name_and_a_folder_of_that_name_by_its_path(own, tmp_path):
    own.rename(own.with_name("mini"))
    assert of_corpus(tmp_path, "mini").judged.corpus == "mini"
    assert of_corpus(tmp_path, "./corpora/mini").judged.corpus == str(own.with_name("mini"))


def test_its_lock_names_the_folder_from_where_it_lies(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = QUALITY.replace("mini", "mine") + "    corpora: corpora\n"
    assert cases_of_lock(tmp_path, body) == cases_of(tmp_path, body)


def test_transcripts_and_recordings_count_by_content_wherever_they_lie(own, tmp_path):
    base = of_corpus(tmp_path, "mine").sha
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(own, elsewhere / "other")
    (elsewhere / "other" / "notes.txt").write_text("none of it")
    assert of_corpus(tmp_path, str(elsewhere / "other")).sha == base
    (own / "b/b.wav").write_bytes(wav_of(np.full(1600, 0.75)))
    louder = of_corpus(tmp_path, "mine").sha
    listed = own / "transcripts.jsonl"
    first, second = listed.read_text(encoding="utf-8").split("\n")
    listed.write_text(f"{second}\n{first}", encoding="utf-8")
    swapped = of_corpus(tmp_path, "mine").sha
    listed.write_text(f"{second}\n{first.replace('This', 'That')}", encoding="utf-8")
    assert len({base, louder, swapped, of_corpus(tmp_path, "mine").sha}) == 4


def test_a_corpus_of_one_s_own_that_is_broken_is_told_at_the_suite_s_line(own, tmp_path):
    (own / "a.wav").unlink()
    with pytest.raises(SuiteError, match=r"t\.yaml:8: corpus: .*mine/transcripts\.jsonl:1: no recording .*a\.wav"):
        of_corpus(tmp_path, "mine")
