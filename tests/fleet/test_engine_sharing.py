"""Hosts that share no folder: an engine is built once for all of a kind, and what is changed on its way is not used."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from josie_bench.engines.store import EngineRequest, find
from josie_bench.engines.travel import content_sha256
from josie_bench.fleet import BUILD, GIVE, HAVE, TAKE, Answer, Lost
from josie_bench.fleet import worker as worker_module
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.engine_sharing import MOST_ENGINES, share_engines
from josie_bench.suites.identity import case_sha
from josie_bench.suites.sources import Sources
from tests.bench.cases import make_case
from tests.engines.test_travel import put
from tests.fleet.in_process import InProcessFleet, law_case, plan_for
from tests.fleet.scaling_engines import shared

WORKERS = ("worker1", "worker2", "worker3")


@pytest.fixture(autouse=True)
def _builders(monkeypatch):
    """Build by hand, which takes no process that loads torch; two builds of an engine differ, as in truth."""
    draw = count()

    def build(root, request, timeout_s):
        for recipe in request.recipes().values():
            if find(root, recipe) is None:
                put(root, recipe, b"build %d" % next(draw))

    monkeypatch.setattr(worker_module, "find_or_build", build)


def engine_case():
    case = make_case(backend="null", id="zeros/null-fp32/w100")
    return replace(case, sha=case_sha(case, Sources()))


class Course:
    """A fleet whose every worker is on a host of its own with a store of its own, and what was said of sharing."""

    def __init__(self, folder, count=3, stores=None, spoil=lambda worker, request, said: said):
        names = WORKERS[:count]
        self.fleet = InProcessFleet(count, machines={name: name for name in names}, spoil=spoil)
        self.fleet.stores = stores or {name: folder / name for name in names}
        self.crew = Crew(fleet=self.fleet, store=folder)
        self.crew.enlist(names)
        self.fleet.asked.clear()
        self.said = []
        self.plan = plan_for(folder)

    def share(self, *cases):
        share_engines(self.crew, cases, self.plan, lambda case, text: self.said.append(text))

    def asked(self, what):
        return [worker for worker, ask in self.fleet.asked if ask == what]

    def held(self, name, case):
        """Return what the engines of a case are in the store of a worker, once it has verified them."""
        recipes = EngineRequest.of(case).recipes().values()
        engines = [find(self.fleet.stores[name], recipe) for recipe in recipes]
        return [None if engine is None else content_sha256(engine) for engine in engines]


def test_what_none_has_is_built_once_and_carried_to_the_others(tmp_path):
    course, case = Course(tmp_path), engine_case()
    course.share(case)
    built = course.held("worker1", case)
    assert None not in built
    assert [course.held(name, case) for name in WORKERS] == [built] * 3
    assert course.asked(BUILD) == ["worker1"]
    assert course.asked(GIVE) == ["worker1"] * len(built)
    course.fleet.asked.clear()
    course.share(case)
    assert {ask for _, ask in course.fleet.asked} == {HAVE}


def test_what_one_has_is_not_built_again(tmp_path):
    case = engine_case()
    first = Course(tmp_path, count=2)
    first.share(case)
    later = Course(tmp_path)
    later.share(case)
    assert later.asked(BUILD) == []
    assert set(later.asked(TAKE)) == {"worker3"}
    assert later.held("worker3", case) == first.held("worker1", case)


def test_hosts_that_share_a_folder_carry_nothing(tmp_path):
    course = Course(tmp_path, stores=dict.fromkeys(WORKERS, tmp_path / "shared"))
    course.share(engine_case())
    assert course.asked(BUILD) == ["worker1"]
    assert course.asked(GIVE) == []


def test_one_host_and_cases_without_engines_are_asked_for_nothing(tmp_path):
    Course(tmp_path, count=1).share(engine_case())
    course = Course(tmp_path)
    course.share(law_case("one"))
    assert course.fleet.asked == []


def test_an_engine_that_was_changed_on_its_way_is_not_taken(tmp_path):
    def spoil(worker, request, said):
        return Answer(told=said.told, files=said.files | {"a.so": b"code"}) if request["ask"] == GIVE else said

    course, case = Course(tmp_path, count=2, spoil=spoil), engine_case()
    course.share(case)
    assert set(course.held("worker2", case)) == {None}
    assert any("worker2 did not take" in text and "was changed on its way" in text for text in course.said)
    assert set(course.crew.here) == {"worker1", "worker2"}


def test_who_cannot_build_leaves_it_to_each(tmp_path):
    def spoil(worker, request, said):
        return Answer(told={"refused": "no compiler"}) if request["ask"] == BUILD else said

    course = Course(tmp_path, count=2, spoil=spoil)
    course.share(engine_case())
    assert course.said[-1] == "worker1 built nothing: no compiler"
    assert course.asked(TAKE) == []


def test_a_worker_that_dies_over_a_build_is_let_in_again_and_the_others_go_on(tmp_path):
    def spoil(worker, request, said):
        return Lost(reason="its process was ended by SIGKILL") if request["ask"] == BUILD else said

    course = Course(tmp_path, count=2, spoil=spoil)
    course.share(engine_case())
    assert set(course.crew.here) == {"worker1", "worker2"}
    assert course.said[-1] == "worker1 built nothing: its process was ended by SIGKILL"


def test_one_that_is_lost_and_does_not_come_back_is_asked_for_nothing_more(tmp_path):
    lost = set()

    def spoil(worker, request, said):
        if (worker, request["ask"]) == ("worker2", TAKE):
            lost.add(worker)
        return Lost(reason="its machine is gone") if worker in lost else said

    course = Course(tmp_path, spoil=spoil)
    course.share(engine_case())
    assert set(course.crew.here) == {"worker1", "worker3"}
    assert course.asked(TAKE).count("worker2") == 1
    assert course.asked(TAKE).count("worker3") == len(course.held("worker3", engine_case()))
    assert None not in course.held("worker3", engine_case())


def test_what_one_cannot_give_another_who_has_it_does(tmp_path):
    def spoil(worker, request, said):
        is_its = worker == "worker1" and request["ask"] == GIVE
        return Answer(told={"refused": "not in the store any more"}) if is_its else said

    case = engine_case()
    first = Course(tmp_path, count=2)
    first.share(case)
    later = Course(tmp_path, spoil=spoil)
    later.share(case)
    assert later.asked(BUILD) == []
    assert later.held("worker3", case) == first.held("worker2", case)


MANY = {f"engine{number}": None for number in range(MOST_ENGINES + 1)}


@pytest.mark.parametrize("held", [None, {"a": 1}, {"a\nb": None}, {"a": "no digest"}, MANY])
def test_a_worker_that_says_of_its_engines_what_none_of_ours_does_is_used_no_more(tmp_path, held):
    def spoil(worker, request, said):
        is_its = worker == "worker2" and request["ask"] == HAVE
        return Answer(told={"held": held}) if is_its else said

    course, case = Course(tmp_path, spoil=spoil), engine_case()
    course.share(case)
    assert set(course.crew.here) == {"worker1", "worker3"}
    (refusal,) = course.crew.refused
    assert refusal.reason.startswith("what it says of its engines is broken")
    assert None not in course.held("worker3", case)


@pytest.mark.parametrize("hosts", [4, 7])
def test_builds_grow_with_the_kinds_of_host_and_copies_with_the_hosts(tmp_path, hosts):
    """Two kinds of host and five components: ten builds, each given once; every other host is carried five."""
    found, _ = shared(tmp_path, hosts)
    carried = 5 * (hosts - 2)
    # asked of each what it has, before and after the builds; two builds; ten engines given
    assert found == {
        "needed": 5 * hosts, "built": 10, BUILD: 2, GIVE: 10, TAKE: carried, "messages": 2 * hosts + 2 + 10 + carried
    }  # fmt: skip
