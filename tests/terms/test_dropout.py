"""What is lost of a conversation: by turns, at random in bursts, and late."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.terms.dropout import Dropout


def lost(dropout: Dropout, count: int, seed: int = 0) -> list[bool]:
    return [dropout.loses(index, seed) for index in range(count)]


def test_by_turns_they_arrive_and_do_not() -> None:
    assert lost(Dropout(of=("vision",), present=3, absent=2), 8) == [
        False,
        False,
        False,
        True,
        True,
        False,
        False,
        False,
    ]


def test_without_a_return_they_are_gone_for_good() -> None:
    assert lost(Dropout(of=("vision",), present=3), 6) == [False] * 3 + [True] * 3


def test_what_is_late_is_not_lost() -> None:
    assert lost(Dropout(of=("audio",), late_ms=600.0), 50) == [False] * 50


@pytest.mark.parametrize(("share", "burst"), [(0.2, 3.0), (0.5, 1.0), (0.05, 10.0), (0.75, 4.0)])
def test_at_random_the_share_and_the_bursts_are_as_said(share: float, burst: float) -> None:
    """Over 40,000 windows; a standard error of the mean burst is sqrt(burst (burst - 1) / bursts)."""
    windows = 40_000
    found = lost(Dropout(of=("audio",), lost=share, burst=burst), windows)
    runs = np.array([len(list(run)) for is_lost, run in groupby(found) if is_lost])
    assert np.mean(found) == pytest.approx(share, rel=0.1)
    error = max(0.001, float(np.sqrt(burst * (burst - 1.0) / len(runs))))
    assert abs(runs.mean() - burst) < 5.0 * error


@settings(max_examples=50)
@given(seed=st.integers(0, 2**31 - 1), index=st.integers(0, 20_000))
def test_a_window_s_fate_hangs_on_its_index_and_the_seed_alone(seed: int, index: int) -> None:
    dropout = Dropout(of=("audio",), lost=0.3, burst=2.0)
    before = dropout.loses(index, seed)
    dropout.loses(index + 50_000, seed)  # asks for many more stretches
    assert dropout.loses(index, seed) == before
    assert Dropout(of=("vision",), lost=0.3, burst=2.0).loses(index, seed) == before


def test_other_seeds_lose_other_windows() -> None:
    dropout = Dropout(of=("audio",), lost=0.3, burst=2.0)
    assert lost(dropout, 100, seed=1) != lost(dropout, 100, seed=2)


def test_sessions_of_one_seed_lose_other_windows_at_random_and_the_same_by_turns() -> None:
    dropout = Dropout(of=("audio",), lost=0.3, burst=2.0)
    first, second = ([dropout.loses(index, 1, session) for index in range(100)] for session in (0, 1))
    assert first == lost(dropout, 100, seed=1) != second
    assert [Dropout(of=("audio",), present=1).loses(1, 0, session) for session in (0, 7)] == [True, True]


def test_what_arrives_for_no_window_is_never_there() -> None:
    never = Dropout(of=("text",), present=0)
    assert lost(never, 3) == [True] * 3
    assert never.is_total
    assert not Dropout(of=("text",), present=1).is_total
    assert not Dropout(of=("text",), late_ms=600.0).is_total


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"present": 0}, "absent"),
        ({"late_ms": 600.0}, "late 600 ms"),
        ({"present": 6}, "lost after 6"),
        ({"lost": 0.25}, "bursty: 25 % lost, 1 in a row"),
        ({"present": 4, "absent": 2, "late_ms": 300.0}, "returning: 4 there, 2 away; late 300 ms"),
    ],
)
def test_how_it_is_lost_has_a_name(said: dict[str, float], words: str) -> None:
    assert Dropout(of=("audio",), **said).pattern == words


def test_it_goes_through_json() -> None:
    dropout = Dropout(of=("audio", "text"), present=3, lost=0.1, burst=2.0, late_ms=5.0)
    data = {"of": ["audio", "text"], "present": 3, "absent": None, "lost": 0.1, "burst": 2.0, "late_ms": 5.0}
    assert Dropout.from_json(data) == dropout


def test_it_is_read_from_what_a_lock_says_of_a_case() -> None:
    dropout = Dropout(of=("audio", "text"), present=3, lost=0.1, burst=2.0, late_ms=600.0)
    locked = {"of": ["audio", "text"], "present": 3, "absent": None, "lost": 0.1, "burst": 2.0, "late": "600.0 ms"}
    assert Dropout.from_settings({"dropout": locked}) == dropout
    assert Dropout.from_settings({"preset": "nano"}) is None
