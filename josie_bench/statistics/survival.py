"""Onsets of which some never came: the Kaplan-Meier estimate, its quartiles, and the mean up to a limit.

Who did not answer within the limit is censored there: neither left out, which would flatter, nor counted as an answer
at the limit. Between events the estimate S(t), the share that is still silent, holds its value; with d_i answers at t_i
among the n_i that were silent until then, S(t) = Π_{t_i ≤ t} (1 − d_i/n_i).

- Its variance is Greenwood's, and its interval that of log(−log S), which stays between 0 and 1.
- A quantile is the first time at which S is at most 1 − p; its bounds are the first times at which the lower and the
  upper bound of S are (Brookmeyer and Crowley, 1982). Where S or a bound never falls so low there is none.
- The mean up to the limit T is E[min(t, T)], the area under S where all onsets are positive; an onset before the turn
  ended is negative and counts as such. Its variance is Σ A_i² d_i / (n_i (n_i − d_i)), A_i the area from t_i on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from josie_bench.statistics.proportion import wilson
from josie_bench.terms.recording import Bools
from josie_bench.terms.score import Interval, Score, missing

Floats = NDArray[np.float64]

LEVEL = 0.95
QUARTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}
BY_GREENWOOD = "Kaplan-Meier, Greenwood, log-log; onsets taken as independent"
OF_MEAN = "Kaplan-Meier, normal; onsets taken as independent"
BY_WILSON = "Wilson; turns taken as independent"
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """The estimate at each time at which something began.

    Attributes:
        time: `[events]` in order, each once.
        share: `[events]` S(t) from that time on.
        begun, at_risk: `[events]` d and n.
        low, high: `[events]` the bounds of S; where it is 0 there are none (NaN).
        n: how many onsets there are, those that never came too.
    """

    time: Floats
    share: Floats
    begun: Floats
    at_risk: Floats
    low: Floats
    high: Floats
    n: int


def kaplan_meier(times: Floats, came: Bools, level: float = LEVEL) -> Survival:
    """Return the estimate of `times`.

    Args:
        times: `[onsets]` when each came, or until when it had not.
        came: `[onsets]` False where it had not.
        level: of the two-sided intervals.
    """
    time, begun = np.unique(times[came], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), time, side="left")
    share = np.cumprod(1.0 - begun / at_risk)
    is_inner = (share > ROUNDING) & (share < 1.0)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(begun / (at_risk * (at_risk - begun).astype(np.float64)))
    reach = np.zeros(len(time))
    reach[is_inner] = float(special.ndtri((1.0 + level) / 2.0)) * np.sqrt(greenwood[is_inner])
    reach[is_inner] /= np.abs(np.log(share[is_inner]))
    low, high = np.where(is_inner, share ** np.exp(reach), share), np.where(is_inner, share ** np.exp(-reach), share)
    return Survival(
        time=time,
        share=np.where(share > ROUNDING, share, 0.0),
        begun=begun.astype(np.float64),
        at_risk=at_risk.astype(np.float64),
        low=np.where(share > ROUNDING, low, np.nan),
        high=np.where(share > ROUNDING, high, np.nan),
        n=len(times),
    )


def onset_scores(times: Floats, came: Bools, limit: float, level: float = LEVEL) -> dict[str, Score]:
    """Return quartiles, the mean up to the limit and the response rate of onsets, censored at `limit` at the latest.

    Args:
        times: `[turns]` from the turn's end to the answer, or for how long there was none.
        came: `[turns]` whether an answer came; one after the limit counts as none.
        limit: until when an answer is waited for, in the unit of `times`.
        level: of the two-sided intervals.
    """
    if not len(times):
        nothing = missing("no_samples", "nothing happened that was to be followed")
        return dict.fromkeys((*QUARTILES, "restricted_mean", "response_rate"), nothing)
    in_time = came & (times <= limit)
    curve = kaplan_meier(np.minimum(times, limit), in_time, level)
    return {name: _quantile(curve, p, limit, level) for name, p in QUARTILES.items()} | {
        "restricted_mean": _restricted_mean(curve, limit, level),
        "response_rate": _response_rate(int(np.count_nonzero(in_time)), len(times), level),
    }


def _quantile(curve: Survival, p: float, limit: float, level: float) -> Score:
    value = _first(curve, curve.share, p)
    if value is None:
        detail = f"of {curve.n} fewer than {p:.0%} came within {limit:g}"
        return missing("censored", detail, n=curve.n)
    low, high = _first(curve, curve.low, p), _first(curve, curve.high, p)
    is_bounded = low is not None or high is not None
    interval = Interval(level=level, low=low, high=high, method=BY_GREENWOOD) if is_bounded else None
    return Score(value=value, n=curve.n, interval=interval)


def _first(curve: Survival, series: Floats, p: float) -> float | None:
    places = np.flatnonzero(series <= 1.0 - p + ROUNDING)
    return float(curve.time[places[0]]) if len(places) else None


def _restricted_mean(curve: Survival, limit: float, level: float) -> Score:
    masses = -np.diff(curve.share, prepend=1.0)
    last = float(curve.share[-1]) if len(curve.share) else 1.0
    mean = float(masses @ curve.time) + last * limit
    areas = np.cumsum((curve.share * np.diff(curve.time, append=limit))[::-1])[::-1]
    left = curve.at_risk - curve.begun
    terms = areas[left > 0] ** 2 * (curve.begun / curve.at_risk)[left > 0] / left[left > 0]
    variance = float(terms.sum())
    if variance == 0.0:  # all at once, or none at all: how far they scatter is not known
        return Score(value=mean, n=curve.n)
    reach = float(special.ndtri((1.0 + level) / 2.0)) * math.sqrt(variance)
    interval = Interval(level=level, low=mean - reach, high=mean + reach, method=OF_MEAN)
    return Score(value=mean, n=curve.n, interval=interval)


def _response_rate(count: int, n: int, level: float) -> Score:
    low, high = wilson(count, n, level)
    interval = Interval(level=level, low=low, high=high, method=BY_WILSON)
    return Score(value=count / n, n=n, count=count, interval=interval)
