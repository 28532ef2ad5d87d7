"""`forgetful`: a backend that takes nothing back, is a little off and raises when it starts over."""

from __future__ import annotations

from toy_guest.lent import *  # noqa: F403

from josie_bench.backends import eager


class Forgetful:
    def __init__(self, inner):
        self.signature = inner.signature
        self.state = inner.state
        self._inner = inner

    def step(self, inputs):
        return {name: array + 1 for name, array in self._inner.step(inputs).items()}

    def reset(self):
        raise RuntimeError("what\nreset?")

    def undo(self):
        pass


def load(source):
    return Forgetful(eager.load(source))
