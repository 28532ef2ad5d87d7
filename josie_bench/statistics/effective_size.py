"""How many independent windows a series is worth, for windows of one run follow each other and are alike.

What decides how sure a percentile or a ratio is, is how the *exceedances* cluster, I_k = 1[X_k > q], and not how the
values do. With r_j their autocorrelation, τ = 1 + 2 Σ r_j is by how much their count varies more than an independent
one, and n_eff = n / τ. The sum ends before the first r_j below 0.02: beyond it is noise.

Dependence does not cross processes, so products are taken within each run only. Deviations are from the mean of all
runs: where whole runs are slow, r_j stays up over the length of a run and τ becomes the design effect of clusters.

An estimate of τ that is low by chance would make intervals too narrow just then. So τ is taken one standard error above
it: τ·√((4M+2)/n) for a sum over M lags (Madras and Sokal, 1988). And a tail with few exceedances cannot show how they
cluster: of 30 windows above a p99, few are neighbours. So it counts as no less dependent than that of the 50 outermost
windows; where nothing was exceeded at all, as the outermost 5 % if these are more.

How often intervals hold the truth by this rule, and by the sum alone, with the floor alone and with the standard error
alone, stands in docs/statistics.md; `nox -s proofs` writes it. At ρ = 0.9 it takes some 300 windows to see the
dependence. Fewer than 30 cannot tell at all: in every third series of ten independent ones chance alone would leave too
few for a median. They are taken as independent, and intervals say so.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.recording import Bools, Ints

Floats = NDArray[np.float64]

STOP = 0.02
FEWEST = 50
FEWEST_TO_TELL = 30
TAIL_SHARE = 0.05


def effective_size(exceeds: Bools, runs: Ints | None = None, *, is_within: bool = False) -> float:
    """Return n_eff = n / τ, at most n, of the windows that a series of flags rests on.

    Args:
        exceeds: `[windows]` in order of arrival, those of one run after each other.
        runs: `[windows]` the run that each belongs to; one run if not given.
        is_within: whether runs differ for good, so that deviations are from the mean of each.
    """
    if not len(exceeds):
        return 0.0
    groups = runs if is_within and runs is not None else np.zeros(len(exceeds))
    place = np.unique(groups, return_inverse=True)[1]
    means = np.bincount(place, weights=exceeds) / np.bincount(place)
    return len(exceeds) / inflation(exceeds - means[place], runs)


def tail_effective_size(
    values: Floats, exceeds: Bools, runs: Ints | None = None, overlap: int = 1, *, is_within: bool = False
) -> float:
    """Return n_eff of a tail of `values`, no more than that of its `FEWEST` outermost windows; n where it cannot tell.

    Args:
        values: `[windows]` in order of arrival; +inf marks one that never ended.
        exceeds: `[windows]` whether each lies above the quantile or the bound; the rarer side is the tail.
        runs: as of `effective_size`.
        overlap: how many values in a row have something in common, whatever they are.
        is_within: as of `effective_size`.
    """
    n, above = len(values), int(np.count_nonzero(exceeds))
    if n < FEWEST_TO_TELL:
        return n / overlap
    size = effective_size(exceeds, runs, is_within=is_within)
    outermost = min(FEWEST if 0 < above < n else max(FEWEST, math.ceil(TAIL_SHARE * n)), n // 2)
    if min(above, n - above) >= outermost:
        return size
    ordered = np.sort(values)
    is_upper = above <= n - above
    wider = values > ordered[n - outermost - 1] if is_upper else values < ordered[outermost]
    return min(size, effective_size(wider, runs, is_within=is_within))


def shared_effective_size(
    values: Floats, exceeds: Bools, runs: Ints | None, sessions: Ints | None, overlap: int = 1
) -> float:
    """Return n_eff of flags of windows that several sessions shared a machine for: the fewer of two.

    In order of arrival, what hits all sessions at once is a burst; session by session, what always hits the same one.
    The second looks at the flags alone: who comes last in a lock-step always waits longest, and while nobody is late
    that says nothing.

    Args:
        values: as of `tail_effective_size`.
        exceeds: likewise.
        runs: likewise.
        sessions: `[windows]` which session each is of; None where there is one.
        overlap: likewise.
    """
    together = tail_effective_size(values, exceeds, runs, overlap)
    if sessions is None:
        return together
    order = np.argsort(sessions, kind="stable")
    return min(together, effective_size(exceeds[order], sessions[order]))


def sessions_effective_size(values: Floats, exceeds: Bools, runs: Ints | None, sessions: Ints | None) -> float:
    """Return n_eff of a tail of windows that several sessions shared a machine for: the fewer of two.

    In order of arrival, what hits all sessions at once is a burst. Session by session, so is what lasts in one while
    others come between, such as speech; there who always waits longest differs for good from who never does.

    Args:
        values: as of `tail_effective_size`.
        exceeds: likewise.
        runs: likewise.
        sessions: `[windows]` which session each is of; None where there is one.
    """
    together = tail_effective_size(values, exceeds, runs)
    if sessions is None:
        return together
    order = np.argsort(sessions, kind="stable")
    return min(together, tail_effective_size(values[order], exceeds[order], sessions[order], is_within=True))


def inflation(deviations: Floats, runs: Ints | None = None) -> float:
    """Return τ one standard error above its estimate, at least 1.

    Args:
        deviations: `[windows]` in order of arrival, from the mean of all.
        runs: as of `effective_size`.
    """
    correlated = _correlations(deviations, runs)
    if not len(correlated):
        return 1.0
    return _tau(correlated) * (1.0 + math.sqrt((4 * len(correlated) + 2) / len(deviations)))


def correlation_time(deviations: Floats) -> float:
    """Return the estimate of τ itself, of one run: how many windows say as much as an independent one.

    Args:
        deviations: `[windows]` in order of arrival, from their mean.
    """
    return _tau(_correlations(deviations, None))


def _tau(correlated: Floats) -> float:
    return 1.0 + 2.0 * float(correlated.sum())


def _correlations(deviations: Floats, runs: Ints | None) -> Floats:
    """Return r_1, r_2, … up to the first below `STOP`: products within a run at every lag, over those at none."""
    if not deviations.any():
        return np.zeros(0)
    rows = _by_run(deviations, runs)
    spectrum = np.fft.rfft(rows, 2 * rows.shape[1], axis=1)  # twice as long, so that no product wraps around
    products = np.fft.irfft((np.abs(spectrum) ** 2).sum(axis=0), 2 * rows.shape[1])[: rows.shape[1]]
    found: Floats = products[1:] / products[0]
    ends = np.flatnonzero(found < STOP)
    return found[: ends[0]] if len(ends) else found


def _by_run(deviations: Floats, runs: Ints | None) -> Floats:
    """Return `[runs, longest]`, shorter runs filled up with zeros, which add no product."""
    if runs is None:
        return deviations[np.newaxis]
    _, place, sizes = np.unique(runs, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    column = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = np.zeros((len(sizes), int(sizes.max())))
    rows[place[order], column] = deviations[order]
    return rows
