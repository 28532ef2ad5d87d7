"""Cases beside each other in words: no ratio without its interval, its verdict and its base."""

from types import ModuleType

import pytest

from josie_bench.reports._ratio_words import RatioTable, ratio_tables


def tables(sample: ModuleType, **changes: object) -> list[RatioTable]:
    result = sample.rounds_run(**changes).result
    return ratio_tables(result.comparisons, result.cases)


def test_the_base_leads_with_its_times_and_the_whole_window_leads_the_parts(sample: ModuleType) -> None:
    (table,) = tables(sample)
    assert table.heads == ("case", "whole window", "audio_decoder")
    assert [[cell.text for cell in row] for row in table.rows] == [
        [f"{sample.EAGER} (base)", "60.0 [59.9, 60.1] ms", "4.00 [3.96, 4.04] ms"],
        [sample.QUICK, "3.00 [2.50, 3.30] quicker", "1.00 [0.90, 1.10] undecided"],
        [sample.SLOW, "0.750 [0.700, 0.800] slower", "0.800 [0.750, 0.850] slower"],
    ]
    assert [cell.verdict for cell in table.rows[1]] == ["", "quicker", "undecided"]
    assert not any(cell.is_struck or cell.is_missing for row in table.rows for cell in row)


def test_the_caption_says_of_what_and_of_how_many_rounds_the_ratios_are(sample: ModuleType) -> None:
    caption = tables(sample)[0].caption
    for words in (
        f"base {sample.EAGER} ÷",
        "6 mixed rounds",
        "95 % interval",
        "Above 1 the case is quicker",
        "4 inter",
    ):
        assert words in caption


@pytest.mark.parametrize("count", [0, 5])
def test_too_few_rounds_print_no_number(sample: ModuleType, count: int) -> None:
    (table,) = tables(sample, count=count)
    for row in table.rows:
        assert [cell.text for cell in row[1:]] == [f"n/a: 6 rounds needed, {count} there"] * 2
        assert all(cell.is_missing and not cell.verdict for cell in row[1:])


def test_numbers_of_a_case_that_is_not_ok_are_struck_and_it_says_so(sample: ModuleType) -> None:
    base, quick, slow = tables(sample, status="UNSTEADY")[0].rows
    assert slow[0].text == f"{sample.SLOW} (UNSTEADY)"
    assert [cell.is_struck for cell in slow] == [False, True, True]
    assert not any(cell.is_struck for cell in (*base, *quick))


def test_a_run_without_comparisons_has_no_table(sample: ModuleType) -> None:
    assert ratio_tables([], sample.sample_run().result.cases) == []
