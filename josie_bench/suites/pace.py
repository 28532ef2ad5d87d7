"""How long the windows of a case take to come, and so when its trial has to be given up."""

from __future__ import annotations

from itertools import chain, islice

from josie_bench.plugins import find_member
from josie_bench.terms.case import Case
from josie_bench.terms.schedule import Slot
from josie_bench.terms.timebase import s_from_ns

LEAST_TIMEOUT_S = 900.0
START_S = 300.0  # engines to load, a warm-up up to its cap, the audit
SLACK = 1.5
ITEM_S = 120.0  # of a corpus: through the engines and the reference, heard and judged on a busy machine


def paced_s(case: Case) -> float | None:
    """Return the least seconds of a trial's windows at their pace, with idleness and warm-up; 0 in virtual time.

    None where the model sets the pace.
    """
    if case.is_virtual:
        return 0.0
    if find_member("scenarios", case.scenario).ARRIVAL != "isochronous":
        return None
    if case.sessions.visits is not None:
        return case.idle_s + _replayed_s(case)
    longest_s = max(case.warm_up.seconds, s_from_ns(last_slot(case, case.warm_up.windows).close_ns))
    return case.idle_s + min(longest_s, case.warm_up.cap_s) + s_from_ns(last_slot(case, case.windows).close_ns)


def _replayed_s(case: Case) -> float:
    """Return when the last window of recorded sessions closes, by the warm-up's rule were all answered at once."""
    arrivals, warm_up = case.timetable().arrivals(), case.warm_up
    first, least = next(arrivals), case.windows_of_all(warm_up.windows)
    for arrival in chain([first], arrivals):
        spent_s = s_from_ns(arrival.close_ns - first.close_ns)
        if (arrival.index + 1 >= least and spent_s >= warm_up.seconds) or spent_s >= warm_up.cap_s:
            break
    return s_from_ns(next(islice(arrivals, case.total_windows - 1, None)).close_ns)


def last_slot(case: Case, windows: int) -> Slot:
    """Return the last of so many windows."""
    return next(islice(case.slots(), windows - 1, None))


def usual_timeout_s(case: Case) -> float:
    """Return until when a trial is waited for where its suite does not say."""
    judged_s = 0.0 if case.judged is None else ITEM_S * case.judged.items * len(case.judged.tasks)
    return max(LEAST_TIMEOUT_S, START_S + SLACK * (paced_s(case) or case.idle_s) + judged_s)
