"""Components whose calls are weighed: what stays is theirs, what they return is not, and later nothing is read."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.errors import EngineError
from josie_bench.runtime.weighed import Scales


class Process:
    """Sizes that grow as engines say."""

    def __init__(self):
        self.sizes = {"rss": 100, "heap_used": 50}
        self.reads = 0

    def read(self):
        self.reads += 1
        return dict(self.sizes)


class Engine:
    """Takes so much of its process in each call, in turn."""

    signature = "signature"

    def __init__(self, process, *added):
        self.process, self.added, self.undone, self.is_fresh = process, list(added), 0, False

    def step(self, inputs):
        self.process.sizes["heap_used"] += self.added.pop(0)
        return {"answer": np.array([inputs["asked"]])}

    def reset(self):
        self.is_fresh = True

    def undo(self):
        self.undone += 1

    def state(self, *names):
        return {"undone": self.undone}


class Forking(Engine):
    def fork(self):
        return Forking(self.process, 7)


def test_what_calls_leave_is_their_component_s_and_what_they_return_is_not():
    """Three calls return 5 each; the first keeps 40 beside, and another component's keep 30 in one call."""
    process = Process()
    scales = Scales(process.read)
    encoder, decoder = (
        scales.around("encoder", Engine(process, 45, 5, 5)),
        scales.around("decoder", Engine(process, 30)),
    )
    assert [int(encoder.step({"asked": n})["answer"][0]) for n in (1, 2, 3)] == [1, 2, 3]
    decoder.step({"asked": 0})
    grown = scales.grown()
    assert (grown["encoder", "heap_used"], grown["decoder", "heap_used"], grown["encoder", "rss"]) == (40, 30, 0)


def test_of_two_calls_the_smaller_is_the_usual_one():
    process = Process()
    scales = Scales(process.read)
    encoder = scales.around("encoder", Engine(process, 45, 5))
    for _ in range(2):
        encoder.step({"asked": 1})
    assert scales.grown()["encoder", "heap_used"] == 40


def test_nothing_is_read_once_the_scales_are_off():
    process = Process()
    scales = Scales(process.read)
    encoder = scales.around("encoder", Engine(process, 1, 1))
    encoder.step({"asked": 1})
    scales.is_off, read = True, process.reads
    encoder.step({"asked": 1})
    assert process.reads == read
    assert scales.grown()["encoder", "heap_used"] == 1


def test_all_else_is_given_on_and_a_fork_is_weighed_too():
    process = Process()
    scales = Scales(process.read)
    inner = Forking(process)
    weighed = scales.around("encoder", inner)
    weighed.undo()
    weighed.reset()
    assert (weighed.signature, weighed.state(), inner.is_fresh) == ("signature", {"undone": 1}, True)
    weighed.fork().step({"asked": 1})
    assert scales.grown()["encoder", "heap_used"] == 7
    with pytest.raises(EngineError, match="encoder: its backend holds one session"):
        scales.around("encoder", Engine(process)).fork()


class OnGpu(Engine):
    """Hands on where it computes."""

    def step_there(self, inputs):
        return self.step(inputs)

    def hold(self, array):
        return array

    def gpu_spans(self):
        return []


def test_what_computes_on_a_gpu_is_handed_on_as_it_is():
    engine = OnGpu(Process())
    assert Scales(engine.process.read).around("encoder", engine) is engine
