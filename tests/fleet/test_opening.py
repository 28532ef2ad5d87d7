"""Which fleet an order means, and what a worker needs."""

from __future__ import annotations

import pytest

from josie_bench.backends import computes_on_gpu
from josie_bench.fleet import opening
from josie_bench.fleet.local import LocalFleet
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.fleet_order import FleetOrder
from tests.bench.cases import make_case


def test_local_workers_are_processes_here():
    fleet = opening.open_fleet(FleetOrder(where="local", count=1), [make_case()])
    assert isinstance(fleet, LocalFleet)
    fleet.close()


@pytest.mark.parametrize("where", ["auto", "ray://10.0.0.1:10001"])
def test_all_else_is_for_ray(where, monkeypatch):
    from josie_bench.fleet import ray

    asked = []
    monkeypatch.setattr(ray, "open_ray", lambda order, is_on_gpu: asked.append((order.where, is_on_gpu)))
    opening.open_fleet(FleetOrder(where=where), [make_case()])
    assert asked == [(where, False)]


def test_a_worker_needs_a_gpu_where_an_engine_computes_on_one():
    on_gpu = next(name for name in member_names("backends") if computes_on_gpu(find_member("backends", name)))
    assert not opening.needs_gpu([make_case(backend="eager")])
    assert opening.needs_gpu([make_case(backend="eager"), make_case(backend=on_gpu)])
