"""How quality falls over levels: figures by hand, and intervals against draws made another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.item_bootstrap import SEED
from josie_bench.statistics.retained import Pair, paired
from josie_bench.statistics.severity import area, falling, knee, until
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import ENGINE, WHOLE, Judged, JudgedItem, JudgeUse

SAID = "one two three four"
NOISE = Dropout(of=("audio",), snr_db=10.0)


def at(*values):
    return np.array(values, dtype=np.float64)


def pair(wrong, whole, names=None):
    """Return the items of `transcribe`, of each of which so many of its four words are wrong."""
    names = names or [f"s{index:02d}" for index in range(len(wrong))]
    rows = [
        JudgedItem(
            item=name,
            cluster=name,
            task="transcribe",
            side=side,
            texts={"reference": SAID, "written": " ".join(["x"] * count + SAID.split()[count:])},
        )
        for side, counts in ((ENGINE, wrong), (WHOLE, whole))
        for name, count in zip(names, counts, strict=True)
    ]
    uses = (JudgeUse(role="normaliser", identity="small"),)
    found = paired(Judged(tasks=("transcribe",), rows=tuple(rows), judges=uses, dropout=NOISE), "transcribe")
    assert isinstance(found, Pair)
    return found


def test_the_mean_is_over_the_range_of_the_levels():
    """From 0 to 2 all is left, and from 2 to 10 it falls to nothing: 2 and half of 8, of 10."""
    assert area(at(0, 2, 10), at(1, 1, 0)) == pytest.approx(0.6)


def test_a_curve_bends_where_it_is_farthest_from_its_chord():
    assert knee(at(0, 10, 20, 30), at(1.0, 0.9, 0.8, 0.0)) == 20.0  # chord there 1/3, which is 0.467 below
    assert knee(at(0, 10, 20, 30), at(1.0, 0.2, 0.1, 0.0)) == 10.0  # 0.467 above
    assert math.isnan(knee(at(0, 10, 20, 30), at(0.9, 0.6, 0.3, 0.0)))  # a straight line
    assert math.isnan(knee(at(0, 10, 20), at(1.0, 1.0, 0.0)))  # one place alone is no finding


def test_enough_is_left_until_it_first_is_not():
    assert until(at(0, 10, 20), at(1.0, 0.96, 0.80), 0.92) == pytest.approx(12.5)
    assert until(at(0, 10, 20), at(1.0, 0.84, 1.0), 0.92) == pytest.approx(5.0)  # that it returns is no matter
    assert until(at(0, 10), at(0.91, 0.2), 0.92) == -math.inf
    assert until(at(0, 10), at(1.0, 0.92), 0.92) == math.inf


@given(
    left=st.lists(st.floats(0.0, 2.0), min_size=4, max_size=8),
    steps=st.lists(st.floats(0.1, 50.0), min_size=8, max_size=8),
)
def test_figures_lie_within_what_they_are_made_of(left, steps):
    levels, values = np.cumsum(steps)[: len(left)], np.array(left)
    assert values.min() - 1e-9 <= area(levels, values) <= values.max() + 1e-9
    bend, end = knee(levels, values), until(levels, values)
    assert math.isnan(bend) or bend in levels[1:-1]
    assert math.isinf(end) or levels[0] <= end <= levels[-1]
    assert (end == math.inf) == bool((values >= 0.92).all())


def test_it_is_the_share_of_points_that_is_left():
    """With everything 1 of 4 words is wrong: 75 points; at the levels 75, 50 and 0."""
    found = falling([1.0, 2.0, 4.0], [pair([wrong] * 3, [1] * 3) for wrong in (1, 2, 4)])
    assert [each.value for each in found.left] == pytest.approx([1.0, 2 / 3, 0.0])
    assert found.area.value == pytest.approx((5 / 6 + 2 * 1 / 3) / 3)
    assert found.until.value == pytest.approx(1.0 + 0.08 / (1 / 3))
    assert (found.n, math.isnan(found.knee.value)) == (3, True)
    assert [found.area.interval, found.left[0].interval] == [None, None]  # three items bound nothing


def test_intervals_draw_the_items_for_all_levels_together():
    """A plain loop over the same draws, of counts that are known, gives the same bounds."""
    generator = np.random.default_rng(7)
    whole = generator.integers(0, 2, 40)
    wrong = [np.minimum(whole + (generator.random(40) < share), 4) for share in (0.1, 0.4, 0.9)]
    found = falling([1.0, 2.0, 3.0], [pair(one.tolist(), whole.tolist()) for one in wrong])
    draws = np.random.default_rng(SEED)
    areas, ends = [], []
    for _ in range(2_000):
        times = draws.multinomial(40, np.full(40, 1 / 40))
        full = 1 - times @ whole / 160
        left = [(1 - times @ one / 160) / full for one in wrong]
        areas.append((left[0] + 2 * left[1] + left[2]) / 4)
        ends.append(left[2])
    for figure, values in ((found.area, areas), (found.left[2], ends)):
        low, high = np.sort(values)[[50, 1949]]
        assert (figure.interval.low, figure.interval.high) == pytest.approx((low, high))
    assert "40 clusters, all levels together" in found.area.interval.method


def test_where_all_draws_say_the_same_there_is_no_interval():
    found = falling([1.0, 2.0, 3.0], [pair([wrong] * 30, [0] * 30) for wrong in (0, 1, 2)])
    assert found.area.value == pytest.approx((1.0 + 2 * 0.75 + 0.5) / 4)
    assert [found.area.interval, found.until.interval] == [None, None]


def test_a_bound_beyond_the_levels_is_open():
    """Enough is left at all levels in some draws: how far it goes beyond them nobody looked at."""
    wrong = [0] * 28 + [4] * 2
    found = falling([1.0, 2.0, 3.0], [pair(one, [0] * 30) for one in ([0] * 30, [0] * 30, wrong)])
    assert found.until.value == math.inf  # 28 of 30 is 0.933
    assert found.until.interval.high is None
    assert 2.0 < found.until.interval.low < 3.0


def test_levels_of_other_items_make_no_curve():
    one, two = pair([0, 1], [0, 0]), pair([0, 1], [0, 0], names=["s00", "s07"])
    assert falling([1.0, 2.0, 3.0], [one, one, two]) is None
