"""A result without what tells whose machine it came from, as it is written into a run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from josie_bench.evidence.identity import identity_here
from josie_bench.evidence.redaction import CONTROLS, redaction_of
from josie_bench.evidence.vocabulary import own_words
from josie_bench.reports.result import RESULT
from josie_bench.terms.result import Result


def public_result(result: Result, folder: Path, environment: Mapping[str, str]) -> Result:
    """Return the result without home paths, names and secrets, which a reason or a setting may have brought in.

    Nor does anything in it steer the terminal that it is printed on.

    Ids of cases stay as they are: the lock and the raw series bear them too.

    Args:
        result: of a run on this machine.
        folder: of the run.
        environment: the variables of the process, whose secrets are looked for.
    """
    redaction = redaction_of(
        identity_here(environment), folder=folder, keep=[case.id for case in result.cases], vocabulary=own_words()
    )
    return RESULT.validate_python(CONTROLS.value(redaction.value(RESULT.dump_python(result))))
