"""Whether a trial is warm: its windows take what they will go on taking."""

from __future__ import annotations

import numpy as np

from josie_bench.terms.case import WarmUp

SETTLED_WINDOWS = 20
SETTLED_RISE = 0.01  # of the median, over all of them
CHANCE_ORDER = 60  # pairs that rise less pairs that fall: 1.96 √(n (n − 1) (2 n + 5) / 18), Mann and Kendall's 5 %


def is_settled(compute_ns: list[int], rule: WarmUp) -> bool:
    """Return whether the last 20 compute times no longer trend: chance may order them so, or they rise by 1 % at most.

    By Mann and Kendall the trend is beyond chance (5 %), by Theil and Sen it is large: a few slow windows tell neither.
    Of 10,000 steady lognormal series each, with a scatter of 1 to 20 %, 5 % seem to trend, 22 % of AR(1) with ρ = 0.5
    and half of those with ρ = 0.9. That costs them 0.1, 0.8 and 4 more windows of warm-up on average, for whoever seems
    to trend is looked at again after the next. A rise by 0.9 % a window is seen in 97 % of series that scatter by 5 %.

    A rule that asks for fewer than 20 windows gives up this check, and so do blocks of so many kinds that there are
    fewer than 20 windows of one: a trend over a handful of windows is mostly noise.
    """
    last = np.array(compute_ns[-SETTLED_WINDOWS:], dtype=np.float64)
    if rule.windows < SETTLED_WINDOWS or len(last) < SETTLED_WINDOWS:
        return True
    early, late = np.triu_indices(SETTLED_WINDOWS, k=1)
    rises = last[late] - last[early]
    rise = np.median(rises / (late - early)) * (SETTLED_WINDOWS - 1)
    return bool(abs(np.sign(rises).sum()) <= CHANCE_ORDER or abs(rise) <= SETTLED_RISE * np.median(last))
