"""The benchmarks at a size that says nothing of speed: what they send, count and write is right."""

import json
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings

from tests.bench import __main__ as bench
from tests.bench import floors, pages, report, soak, writes
from tests.bench.plots import Line, plot

PERFORMANCE: Path = settings.BASE_DIR / "docs" / "performance.md"
MACHINE = report.machine()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """All three that need a site; none of them returns unless the answers are right."""
    found = {module.NAME: module.run("toy") for module in (pages, writes, soak)}
    again: dict[str, Any] = json.loads(json.dumps(found))
    # As text: what nobody had time to measure on a busy machine is NaN, which equals nothing.
    assert json.dumps(again) == json.dumps(found), "JSON keeps all of it"
    return again


def test_pages_and_all_floors_are_measured(measured: dict[str, Any]) -> None:
    rows = measured["pages"]["rows"]
    assert [(row["annotations"], row["viewer"]) for row in rows] == [
        (10, "anonymous"),
        (10, "signed in"),
    ]
    for row in rows:
        named = {f"{name}{more}" for name in ("page", *floors.KINDS) for more in ("", " 304")}
        assert set(row["figures"]) == named
        assert all(figure["cpu_ms"] > 0 for figure in row["figures"].values())
        assert row["sent"] > 1_000
        assert {(one["of"], one["clients"]) for one in row["clients"]} == {
            (of, clients) for of in ("page", floors.DJANGO) for clients in (2,)
        }


def test_a_floor_that_answers_something_else_is_no_floor() -> None:
    class Wrong:
        def ask(self, *_asked: Any) -> Any:
            return type("Answer", (), {"status": 200, "body": b"other"})

    asked = pages.Asked("django", None, "/", {}, 200, b"the page")  # type: ignore[arg-type]  # asks nobody
    with pytest.raises(pages.Different):
        pages._check(Wrong(), asked)  # type: ignore[arg-type]  # likewise


def test_a_constant_is_not_sent_again_to_whoever_has_it() -> None:
    headers = [("content-type", "text/html"), ("etag", '"1"'), ("vary", "Cookie")]
    constant = floors.Constant('"1"', headers, b"bytes")
    assert constant.answer(None) == ("200 OK", headers, b"bytes")
    assert constant.answer('"0"')[0] == "200 OK"
    status, kept, body = constant.answer('"1"')
    assert (status, body) == ("304 Not Modified", b"")
    assert kept == headers[1:]


def test_what_was_acknowledged_was_counted(measured: dict[str, Any]) -> None:
    rows = measured["writes"]["rows"]
    assert [row["door"] for row in rows] == ["bare", "api", "form"]
    assert all(row["errors"] == 0 for row in rows)
    # Each of the eight wrote before the clock began, at least.
    assert all(row["acknowledged"] >= 8 for row in rows)


@pytest.mark.parametrize(("added", "anchors"), [(4, 5), (6, 6), (5, 4)])
def test_a_database_that_holds_something_else_is_found_out(added: int, anchors: int) -> None:
    writes.check_count(5, 5, 5)
    with pytest.raises(writes.Miscounted):
        writes.check_count(5, added, anchors)


def test_every_write_is_heard_on_every_stream(measured: dict[str, Any]) -> None:
    found = measured["soak"]
    assert found["streams"] == 5
    assert found["requests"] > 0
    assert found["events_heard"] == found["writes"] * found["streams"]
    assert sum(sample["requests"] for sample in found["samples"]) <= found["requests"]
    assert all(sample["memory"] > 0 and sample["files"] > 0 for sample in found["samples"])


def test_tables_and_pictures_are_made_of_what_was_measured(
    measured: dict[str, Any], tmp_path: Path
) -> None:
    results = {
        name: {"size": "toy", "machine": MACHINE, "result": result}
        for name, result in measured.items()
    }
    document = tmp_path / "performance.md"
    document.write_text(PERFORMANCE.read_text(encoding="utf-8"), encoding="utf-8")
    report.publish(document, results)
    once = document.read_text(encoding="utf-8")
    report.publish(document, results)
    assert document.read_text(encoding="utf-8") == once
    for name, result in results.items():
        assert report.described(name, result) in once
    kept = json.loads((tmp_path / "performance" / report.FIGURES).read_text(encoding="utf-8"))
    assert kept == results
    for name in soak.plots(measured["soak"]):
        drawn = ET.parse(tmp_path / "performance" / name).getroot()  # noqa: S314 -- our own
        assert drawn.find(f"{SVG}polyline") is not None


def test_what_was_measured_before_stays_when_something_else_is(
    measured: dict[str, Any], tmp_path: Path
) -> None:
    document = tmp_path / "performance.md"
    document.write_text(PERFORMANCE.read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("pages", "soak"):
        result = {"size": "toy", "machine": MACHINE, "result": measured[name]}
        report.publish(document, {name: result})
    text = document.read_text(encoding="utf-8")
    assert "times the floor" in text
    assert "Soak of 0.03 minutes" in text


def test_the_document_has_a_place_for_each_benchmark() -> None:
    text = PERFORMANCE.read_text(encoding="utf-8")
    for name in (*report.BENCHMARKS, report.TARGETS):
        assert f"\nhere\n<!-- /bench:{name} -->" in report.place(text, name, "here")
    with pytest.raises(report.Unmarked):
        report.place(text, "nothing", "here")


def test_the_document_tells_the_figures_that_are_kept() -> None:
    figures = PERFORMANCE.with_suffix("") / report.FIGURES
    results = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    text = PERFORMANCE.read_text(encoding="utf-8")
    assert report.targets_table(results) in text
    assert all(report.described(name, result) in text for name, result in results.items())


def test_growth_is_told_from_noise() -> None:
    def samples(step: float, noise: float) -> list[dict[str, float]]:
        return [
            {
                "minute": number,
                "requests": 1,
                **dict.fromkeys(soak.WHAT, 100 + step * number + noise * math.sin(number * 7)),
            }
            for number in range(100)
        ]

    assert all(trend["flat"] for trend in soak.trends(samples(0, 0)).values())
    assert all(trend["flat"] for trend in soak.trends(samples(0, 20)).values())
    assert not any(trend["flat"] for trend in soak.trends(samples(1, 5)).values())
    by_chance = soak.trends(samples(0.2, 80))["memory"]
    assert by_chance["growth"] > soak.HELD
    assert by_chance["flat"]
    grown = soak.trends(samples(1, 0))["memory"]
    assert grown["growth"] == pytest.approx(79 / 159.5)


def test_a_line_goes_through_its_values() -> None:
    drawn = ET.fromstring(plot("Some <thing>", "MB", [0, 1, 2], [Line("it", [0, 10, 5])]))  # noqa: S314 -- our own
    line = drawn.find(f"{SVG}polyline")
    assert line is not None
    points = [tuple(map(float, one.split(","))) for one in line.attrib["points"].split()]
    across, up = zip(*points, strict=True)
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.2)
    assert up[0] - up[2] == pytest.approx((up[0] - up[1]) / 2, abs=0.2)
    assert up[1] < up[2] < up[0]


def test_a_benchmark_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", "pages,nothing"])
    assert "there is no nothing" in capsys.readouterr().err
