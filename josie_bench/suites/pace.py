"""How long the windows of a case take to come, and so when its trial has to be given up."""

from __future__ import annotations

from itertools import islice

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
        least = case.windows_of_all(case.warm_up.windows) + case.total_windows
        return case.idle_s + s_from_ns(next(islice(case.timetable().arrivals(), least - 1, None)).close_ns)
    warm_up_s = s_from_ns(last_slot(case, case.warm_up.windows).close_ns)
    return case.idle_s + max(case.warm_up.seconds, warm_up_s) + s_from_ns(last_slot(case, case.windows).close_ns)


def last_slot(case: Case, windows: int) -> Slot:
    """Return the last of so many windows."""
    return next(islice(case.slots(), windows - 1, None))


def usual_timeout_s(case: Case) -> float:
    """Return until when a trial is waited for where its suite does not say."""
    judged_s = 0.0 if case.judged is None else ITEM_S * case.judged.items * len(case.judged.tasks)
    return max(LEAST_TIMEOUT_S, START_S + SLACK * (paced_s(case) or case.idle_s) + judged_s)
