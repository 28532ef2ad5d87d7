"""Growth from the imported libraries to the end, by round, worked by hand."""

from __future__ import annotations

from josie_bench.terms.memory_growth import growths
from josie_bench.terms.recording import PREDICTED, MemoryReading


def reading(phase, name, count, number=0) -> MemoryReading:
    return MemoryReading(phase=phase, name=name, byte_count=count, round=number)


TERMS = [reading(PREDICTED, "weights.audio_encoder", 30), reading(PREDICTED, "rings.audio_encoder", 5)]


def test_growth_is_the_end_less_the_imported_libraries():
    told = [
        *TERMS,
        *(reading("imported", name, count) for name, count in {"rss": 100, "heap_used": 40, "rss_file": 50}.items()),
        *(reading("end", name, count) for name, count in {"rss": 160, "heap_used": 85, "rss_file": 55}.items()),
    ]
    (growth,) = growths(told)
    assert (growth.predicted, growth.measured, growth.unexplained) == (35, 60, 25)
    assert (growth.allocated, growth.free, growth.files) == (45, None, 5)


def test_what_is_resident_and_what_is_given_out_are_predicted_apart():
    """Weights of a file and code belong to no allocator; what a pool never touches is not resident."""
    mixed = {"mapped.audio_encoder": 100, "code": 20, "arena.audio_encoder": 7, "packed.audio_encoder": 3}
    told = [
        *(reading(PREDICTED, name, count) for name, count in mixed.items()),
        reading("imported", "rss", 0),
        reading("end", "rss", 130),
    ]
    (growth,) = growths(told)
    assert (growth.predicted, growth.given_out, growth.unexplained) == (123, 10, 7)


def test_each_round_is_a_process_of_its_own():
    later = [reading(PREDICTED, "weights.audio_encoder", 35, 1), reading("imported", "rss", 100, 1)]
    told = [*TERMS, reading("imported", "rss", 90), reading("end", "rss", 100), *later, reading("end", "rss", 130, 1)]
    assert [growth.measured for growth in growths(told)] == [10, 30]


def test_without_a_prediction_or_an_end_there_is_none():
    assert growths(TERMS) == []
    assert growths([*TERMS, reading("imported", "rss", 90)]) == []
    assert growths([reading("imported", "rss", 90), reading("end", "rss", 100)]) == []
