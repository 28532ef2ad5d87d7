"""One file for each library version and GPU, for one builder at a time, and only where it is asked for."""

from __future__ import annotations

import os
import threading

import pytest

from josie_bench.engines.inventory import take_inventory
from josie_bench.engines.manifest import Recipe
from josie_bench.engines.timing_cache import timing_cache


def recipe(version="10.13.2", target="sm90", component="audio_decoder", *, is_asked=True):
    return Recipe(
        component=component, backend="tensorrt", precision="fp16", target=target,
        made_of={"tools": {"tensorrt": version}, "options": {"timing_cache": True} if is_asked else {}},
    )  # fmt: skip


def test_nothing_is_there_for_engines_that_ask_for_none(tmp_path):
    with timing_cache(tmp_path, recipe(is_asked=False)) as file:
        assert file is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("other", "is_same"),
    [({"component": "audio_encoder"}, True), ({"version": "10.14.1"}, False), ({"target": "sm100"}, False)],
)
def test_it_is_shared_by_what_one_release_builds_for_one_gpu(other, is_same, tmp_path):
    with timing_cache(tmp_path, recipe()) as file:
        pass
    with timing_cache(tmp_path, recipe(**other)) as second:
        assert (second == file) is is_same


def test_whoever_shares_it_waits_until_it_is_free(tmp_path):
    told, order = threading.Event(), []

    def second():
        with timing_cache(tmp_path, recipe(component="audio_encoder"), told.set):
            order.append("second")

    with timing_cache(tmp_path, recipe()):
        other = threading.Thread(target=second)
        other.start()
        assert told.wait(20.0)
        order.append("first")
    other.join(20.0)
    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []


def test_it_is_the_store_s_own_and_no_stranger_in_it(tmp_path):
    with timing_cache(tmp_path, recipe()) as file:
        file.write_bytes(os.urandom(8))
    found = take_inventory(tmp_path, is_thorough=True)
    assert (found.engines, found.leftovers, found.others) == ((), (), ())
    assert file.parent == tmp_path
