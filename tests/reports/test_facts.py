"""Facts of a machine in rows of words."""

from josie_bench.reports import RunData
from josie_bench.reports._facts import fact_table


def test_facts_of_the_host_are_flattened(run_data: RunData) -> None:
    assert [[cell.text for cell in row] for row in fact_table(run_data.result.host).rows] == [
        ["cpu", "a processor of 8 cores"],
        ["cpu count", "8"],
        ["gpu 1 name", "a card"],
        ["gpu 1 driver", "1.0"],
        ["is virtual", "no"],
        ["libraries numpy", "2.4.6"],
    ]


def test_facts_that_are_not_known_are_not_left_blank() -> None:
    facts = {"gpu": [], "driver": None, "flags": ["a", "b"], "zero": 0, "is_on": True}
    assert [row[1].text for row in fact_table(facts).rows] == ["—", "—", "a, b", "0", "yes"]
