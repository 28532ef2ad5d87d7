"""The guard around a component that fails."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.runtime.guarded import ComponentFailedError, Guarded


class Decoder:
    """Gives a sound and a code, or raises."""

    signature = "signature"

    def __init__(self, sound=0.5, error=None):
        self.sound, self.error, self.undone, self.is_fresh = sound, error, 0, False

    def step(self, inputs):
        if self.error is not None:
            raise self.error
        return {"sound": np.array([0.0, self.sound], dtype=np.float32), "code": np.array([7])}

    def reset(self):
        self.is_fresh = True

    def undo(self):
        self.undone += 1

    def state(self, *names):
        return {"undone": self.undone}


def test_what_is_inside_is_given_on():
    inner = Decoder()
    guarded = Guarded("decoder", inner)
    assert guarded.step({})["code"] == [7]
    guarded.undo()
    guarded.reset()
    assert (guarded.signature, guarded.state(), inner.is_fresh) == ("signature", {"undone": 1}, True)


@pytest.mark.parametrize("sound", [np.nan, np.inf, -np.inf])
def test_no_number_that_is_none_gets_out(sound):
    with pytest.raises(ComponentFailedError, match="decoder gave sound that is not finite"):
        Guarded("decoder", Decoder(sound)).step({})


def test_what_was_raised_is_named_and_the_cause_so_that_want_of_memory_can_be_told():
    error = ValueError("shapes differ")
    with pytest.raises(ComponentFailedError, match="decoder raised ValueError: shapes differ") as raised:
        Guarded("decoder", Decoder(error=error)).step({})
    assert raised.value.__cause__ is error
