"""Which scheduler an order of a fleet means, and that fleet."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.backends import computes_on_gpu
from josie_bench.fleet import Fleet
from josie_bench.fleet.local import open_local
from josie_bench.plugins import find_member
from josie_bench.terms.case import Case
from josie_bench.terms.fleet_order import LOCAL, FleetOrder


def open_fleet(order: FleetOrder, cases: Sequence[Case]) -> Fleet:
    """Return the fleet that is asked for: a worker for each GPU where cases compute on one, else for so many cores.

    Raises:
        UnavailableError: it cannot be had here: Ray or a cluster is missing, or GPUs or cores for the workers.
    """
    is_on_gpu = needs_gpu(cases)
    if order.where == LOCAL:
        return open_local(order, is_on_gpu=is_on_gpu)
    from josie_bench.fleet.ray import open_ray

    return open_ray(order, is_on_gpu=is_on_gpu)


def needs_gpu(cases: Sequence[Case]) -> bool:
    """Return whether an engine of the cases computes on a GPU, so that each worker needs one of its own."""
    backends = {backend for case in cases for backend, _ in case.engines.pairs()}
    return any(computes_on_gpu(find_member("backends", backend)) for backend in backends)
