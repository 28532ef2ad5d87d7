"""Cases whose items are judged: what they say, what they are known by, and what their budgets may be of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.errors import SuiteError
from josie_bench.terms.judged import JudgedChoice
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
