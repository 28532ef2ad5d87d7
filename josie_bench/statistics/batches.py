"""Batches: which windows one step of the model answered together, as their stamps tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from josie_bench.terms.recording import Ints, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """The steps of a model in which measured windows were answered, in order.

    Attributes:
        started_ns: `[steps]` when each began.
        took_ns: `[steps]` until the last of its answers was there.
        size: `[steps]` how many windows it answered.
    """

    started_ns: Ints
    took_ns: Ints
    size: Ints


def batches_of(recording: Recording) -> Batches:
    """Return the steps of one round: windows on which work began at one instant were stepped together."""
    rows = recording.answered()
    started, which, size = np.unique(recording.started_ns[rows], return_inverse=True, return_counts=True)
    finished = np.zeros_like(started)
    np.maximum.at(finished, which, recording.finished_ns[rows])
    return Batches(started_ns=started, took_ns=finished - started, size=size)
