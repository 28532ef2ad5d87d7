"""`idle`: a backend that computes nothing and, naming no imports, passes for one that need not."""

from __future__ import annotations

from josie_bench.backends.null import *  # noqa: F403

SUMMARY = "computes nothing"
IMPORTS: tuple[str, ...] = ()
