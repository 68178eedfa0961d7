"""What a run claims: a row that misses its aim says so, in the table, in the file and in the picture."""

import random
import xml.etree.ElementTree as ET

import pytest

from benchmarks import picture, simulation
from benchmarks.row import Claim, percentile
from benchmarks.table import verdict

QUICK = Claim(row="append", ratio=1.6, aim=1.5, detail="")
SLOW = Claim(row="reads <plan> & list", ratio=1.6, bound="at most", aim=1.5, detail="")
TOLD = Claim(row="with the fold", ratio=0.1, aim=None, detail="")


def test_a_row_that_misses_its_aim_is_marked_as_missing_it() -> None:
    assert [verdict(row) for row in (QUICK, SLOW, TOLD)] == ["met", "MISSED", ""]
    assert [row.as_json()["met"] for row in (QUICK, SLOW, TOLD)] == [True, False, None]
    assert set(QUICK.as_json()) == {"row", "ratio", "aim", "met", "detail"}


def test_the_picture_is_well_formed_and_each_bar_lies_on_its_side_of_the_aim() -> None:
    root = ET.fromstring(picture.draw([QUICK, SLOW, TOLD], ["a machine <here>"]))
    bars = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("rx")]
    (line,) = root.iter("{http://www.w3.org/2000/svg}line")
    aim = float(line.get("x1", 0))
    assert float(bars[0].get("x", 0)) == pytest.approx(aim)
    assert float(bars[1].get("x", 0)) < aim
    assert len(bars) == 2
    assert "reads <plan> & list" in {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([3, 1, 2], share) for share in (0, 0.5, 0.99, 1)] == [1, 2, 3, 3]


def test_in_the_simulation_an_event_waits_for_the_group_before_its_own() -> None:
    assert list(simulation.waits([0.0, 0.1], fixed=1.0, each=0.5)) == pytest.approx([1.5, 2.9])
    assert sum(map(len, simulation.arrivals(100, 5.0, 4, random.Random(1)))) == pytest.approx(500, abs=100)
