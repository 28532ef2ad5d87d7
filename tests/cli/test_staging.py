"""What choosing commands share: a name that no case bears, and how they are left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from josie_bench.cli.staging import leave_choice, spare_name


def run_of(*results):
    cases = [SimpleNamespace(id=name, status=status, reason=reason) for name, status, reason in results]
    return SimpleNamespace(path="FOLDER", state=SimpleNamespace(case_results=cases, stop=None))


@pytest.mark.parametrize(
    ("ids", "name"),
    [([], "mix"), (["mixed/a"], "mix"), (["mix/a"], "mix-mix"), (["mix/a", "mix-mix/b"], "mix-mix-mix")],
)
def test_a_name_is_taken_that_no_case_bears(ids, name):
    assert spare_name("mix", [SimpleNamespace(id=id_) for id_ in ids]) == name


@pytest.mark.parametrize(("lines", "code"), [(["a: b"], 0), ([], 3)])
def test_what_was_chosen_why_cases_failed_and_the_folder_are_said(capsys, lines, code):
    with pytest.raises(SystemExit) as left:
        leave_choice(run_of(("one", "ERROR", "it broke"), ("two", "OK", None)), iter(lines))
    assert left.value.code == code
    assert capsys.readouterr().out.splitlines() == [*lines, "one: ERROR: it broke", "FOLDER"]
