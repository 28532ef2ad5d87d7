"""How long each window of a simulated system takes: a law whose truth is known, drawn from seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.timebase import ns_from_ms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VIRTUAL, REAL = "virtual", "real"
CLOCKS = (VIRTUAL, REAL)
DRIFT_WINDOWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLaw:
    """Service time of window k: mode · exp(sigma·x_k + run_sigma·g) · (1 + drift·k/1000), and a stall now and then.

    x is a standard normal AR(1) series, x_k = rho·x_{k−1} + √(1 − rho²)·e_k, and g one standard normal draw a trial.

    Attributes:
        median_ms: of the usual mode.
        sigma: spread of the logarithm within a trial.
        rho: autocorrelation of the logarithm from one window to the next, −1 < rho < 1.
        run_sigma: spread of the logarithm between trials.
        stall_ms: the middle one of every `stall_every` windows takes so much longer.
        stall_every: None where nothing stalls.
        drift: by which share of the first window's time a window is longer after 1000 windows.
        second_median_ms: of the second mode.
        second_share: of the windows that are in the second mode, each by a draw of its own.
        further_ms: what every window more takes that is stepped together with a first.
        seed: of the draws, beside the case's own.
        clock: `virtual`, where nothing runs, or `real`, where the harness runs and each window waits its time out.
    """

    median_ms: float = 180.0
    sigma: float = 0.08
    rho: float = 0.0
    run_sigma: float = 0.0
    stall_ms: float = 0.0
    stall_every: int | None = None
    drift: float = 0.0
    second_median_ms: float = 180.0
    second_share: float = 0.0
    further_ms: float = 0.0
    seed: int = 0
    clock: str = VIRTUAL

    def service_ms(self, count: int, *, case_seed: int, trial: int) -> Floats:
        """Return `[count]` service times of one trial; a longer trial begins with those of a shorter one.

        Args:
            count: of windows, warm-up included.
            case_seed: the case's own.
            trial: which of the case's trials, 0-based; each draws anew.
        """
        noise, modes, run = (np.random.default_rng([self.seed, case_seed, trial, part]) for part in range(3))
        logarithm = self.sigma * autoregressive(noise.standard_normal(count), self.rho)
        logarithm += self.run_sigma * run.standard_normal()
        is_second = modes.random(count) < self.second_share
        median = np.where(is_second, self.second_median_ms, self.median_ms)
        index = np.arange(count)
        service: Floats = median * np.exp(logarithm) * (1.0 + self.drift * index / DRIFT_WINDOWS)
        if self.stall_every is not None:
            service += np.where(index % self.stall_every == self.stall_every // 2, self.stall_ms, 0.0)
        return service

    def service_ns(self, count: int, *, case_seed: int, trial: int) -> Ints:
        """Return the same in whole nanoseconds, at least one."""
        service = self.service_ms(count, case_seed=case_seed, trial=trial)
        return np.array([max(1, ns_from_ms(ms)) for ms in service.tolist()], dtype=np.int64)


def autoregressive(draws: Floats, rho: float) -> Floats:
    """Return a stationary AR(1) series of unit variance, `[…, n]`, from independent standard normal draws, `[…, n]`."""
    series = draws.copy()
    fresh = math.sqrt(1.0 - rho * rho)
    for index in range(1, series.shape[-1]) if rho else ():
        series[..., index] = rho * series[..., index - 1] + fresh * draws[..., index]
    return series
