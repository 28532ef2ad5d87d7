"""What a member must keep that another package brings: the checks that our own members are tested by.

`backends.py` and `metrics.py` hold the promises of their family, one function each; it raises `BrokenPromiseError`,
which says what is wrong. `workshop.py` builds engines for a backend, `recordings.py` small recordings for a metric.
`examination.py` asks all promises of one member; `josie-bench plugin test` prints what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class BrokenPromiseError(AssertionError):
    """A promise that a member does not keep, in one line."""


class UncheckedError(Exception):
    """Why a promise cannot be held against a member, in one line: neither kept nor broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise, held against one member.

    Attributes:
        name: what is promised, as a statement.
        run: raises `BrokenPromiseError` where it is not kept and `UncheckedError` where that cannot be told; any other
            exception is the member's own.
    """

    name: str
    run: Callable[[], None]


def require(is_kept: object, otherwise: str) -> None:
    """Do nothing if a promise is kept.

    Raises:
        BrokenPromiseError: it is not; `otherwise` says what is wrong.
    """
    if not is_kept:
        raise BrokenPromiseError(otherwise)
