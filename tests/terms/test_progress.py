"""Curves as files: what was written is read, and what is broken says how to go on."""

from __future__ import annotations

import pytest

from josie_bench.errors import WeightsError
from josie_bench.terms.progress import CURVE, Progress, curve_text, read_curve


def test_a_curve_is_read_as_it_was_written(tmp_path):
    lines = [
        Progress(step=20, lr=0.002, losses={"text": 1.5}, elapsed_s=3.25),
        Progress(step=40, lr=0.001, losses={"text": 0.5}, elapsed_s=6.5, held_out={"words": 0.25}),
    ]
    (tmp_path / CURVE).write_text(curve_text(lines), encoding="utf-8")
    assert read_curve(tmp_path / CURVE) == lines


def test_a_curve_that_is_gone_has_no_lines(tmp_path):
    assert read_curve(tmp_path / CURVE) == []


LINE = '{"step": 1, "lr": 0.5, "losses": {"text": 1.5}, "elapsed_s": 2}\n'


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"step": 1}\n',
        "[]\n",
        '{"stp": 1}\n',
        "[" * 100_000,
        LINE.replace("1.5", "9" * 5000),
        LINE.replace("1.5", "9" * 400),
        LINE.replace("1.5", '"1.5"'),
        LINE.replace("1,", "true,"),
        LINE.replace("0.5", "null"),
        LINE.replace('{"text": 1.5}', "[1.5]"),
        LINE.replace("text", "\\ud800"),
    ],
)
def test_a_broken_curve_is_one_line_with_the_mend(text, tmp_path):
    (tmp_path / CURVE).write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match="not a curve: delete it") as refused:
        read_curve(tmp_path / CURVE)
    assert "\n" not in str(refused.value)


def test_whole_numbers_are_numbers_too(tmp_path):
    (tmp_path / CURVE).write_text(LINE, encoding="utf-8")
    assert read_curve(tmp_path / CURVE) == [Progress(step=1, lr=0.5, losses={"text": 1.5}, elapsed_s=2)]


def test_a_folder_in_place_of_a_curve_is_one_line(tmp_path):
    (tmp_path / CURVE).mkdir()
    with pytest.raises(WeightsError, match="not a curve: delete it"):
        read_curve(tmp_path / CURVE)
