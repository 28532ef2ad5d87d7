"""What stands beside a verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.comparison_notes import blocks_for, floor_words, notes_on_processes, notes_on_stored, smallest_p
from josie_bench.terms.result import Resumed
from tests.bench.comparing import EIGHT, P50, case_of, floor_of, result_of


def test_other_versions_of_packages_are_told():
    case = case_of({P50: EIGHT})
    other = result_of(case, host={"packages": {"torch": "2.12", "openvino": "2026.1"}})
    notes = list(notes_on_stored(result_of(case), other, [(case.id, case.id)]))
    assert notes[1:] == ["openvino: not installed in A, 2026.1 in B", "torch: 2.11 in A, 2.12 in B"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [(None, ""), ("restart", ", after a restart of the machine"), ("machine", ", on another machine")],
)
def test_a_run_that_was_gone_on_with_is_told(changed, words):
    result = result_of(case_of({P50: EIGHT}))
    process = Resumed(started="2026-01-02T00:00:00+00:00", host_fingerprint="", changed=changed)
    resumed = replace(result, run=replace(result.run, resumed=[process]))
    assert list(notes_on_processes(resumed)) == [f"a was gone on with at 2026-01-02T00:00:00+00:00{words}"]


def test_unequal_counts_of_rounds_are_told():
    a, b = case_of({P50: EIGHT}), case_of({P50: EIGHT[:3]})
    assert list(notes_on_stored(result_of(a), result_of(b), [(a.id, b.id)]))[1:] == [
        f"{a.id}: 8 and 3 rounds: those of equal index are compared"
    ]


@pytest.mark.parametrize(("tests", "blocks"), [(1, 8), (6, 8), (7, 9), (12, 9), (13, 10), (102, 12)])
def test_blocks_that_a_lone_change_among_so_many_takes(tests, blocks):
    assert blocks_for(tests) == blocks
    assert smallest_p(blocks) * tests <= 0.05


def test_a_noise_floor_says_until_when_it_holds():
    words = floor_words(floor_of("c"))
    assert words.endswith("(realtime/eager-fp32/w300, 24 runs), valid until 2026-01-31")
