"""junit.xml: a test case per budget, for the build servers that show such files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from josie_bench.reports import RunData
from josie_bench.terms.result import CaseResult, Verdict
from josie_bench.writing import write_whole

FILES = ("junit.xml",)
MEASURED = "is measured"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `junit.xml` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    root = _suites(data)
    ET.indent(root)
    return [write_whole(folder / FILES[0], ET.tostring(root, encoding="utf-8", xml_declaration=True))]


def _suites(data: RunData) -> ET.Element:
    run = data.result.run
    tests = [test for case in data.result.cases for test in _tests(case)]
    counts = {
        "tests": len(tests),
        "failures": sum(test.find("failure") is not None for test in tests),
        "errors": sum(test.find("error") is not None for test in tests),
        "skipped": sum(test.find("skipped") is not None for test in tests),
    }
    attributes = {"name": _xml(run.suite)} | {name: str(count) for name, count in counts.items()}
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(root, "testsuite", attributes | {"timestamp": run.started.partition("+")[0]})
    suite.extend(tests)
    return root


def _tests(case: CaseResult) -> Iterator[ET.Element]:
    """Yield a test per budget; a case without one has a test all the same, so that a skip or error is seen."""
    for verdict in case.budgets:
        test = _test(case, verdict.expr)
        _judge(test, case, verdict)
        yield test
    if not case.budgets:
        test = _test(case, MEASURED)
        _judge_status(test, case)
        yield test


def _test(case: CaseResult, name: str) -> ET.Element:
    test = ET.Element("testcase", {"classname": _xml(case.id), "name": _xml(name)})
    if case.host is not None:
        properties = ET.SubElement(test, "properties")
        ET.SubElement(properties, "property", {"name": "host", "value": _xml(case.host)})
    return test


def _judge(test: ET.Element, case: CaseResult, verdict: Verdict) -> None:
    """Say how the budget went; a verdict on a case that is not OK is none."""
    if _judge_status(test, case):
        return
    detail = f"{verdict.result} ({verdict.severity}): {verdict.detail}"
    if verdict.severity != "gate" or verdict.result == "pass":
        ET.SubElement(test, "system-out").text = _xml(detail)
    elif verdict.result == "fail":
        _add(test, "failure", verdict.severity, detail)
    else:
        _add(test, "error", "n/a", detail)


def _judge_status(test: ET.Element, case: CaseResult) -> bool:
    """Note why the case has no verdict, and return whether that is so."""
    reason = case.reason or case.status
    if case.has_ended_well:
        return False
    if case.status == "SKIPPED":
        ET.SubElement(test, "skipped", {"message": _xml(reason)})
    else:
        _add(test, "error", case.status, f"{case.status}: {reason}")
    return True


def _add(test: ET.Element, tag: str, kind: str, message: str) -> None:
    ET.SubElement(test, tag, {"type": _xml(kind), "message": _xml(message)}).text = _xml(message)


def _xml(text: str) -> str:
    """Return `text` without the characters that XML cannot hold, such as a terminal's colour codes."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
