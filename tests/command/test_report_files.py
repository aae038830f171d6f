"""The files of the report: which are written and where, and that they depend on the data alone."""

import importlib.util
import pathlib
import re
import socket

import pytest
from support import covey, document, rows_text, shuffled

OPTIONS = ["--k", "2:3", "--restarts", 2]
REPORT = ("report.html", "pca.png")
PLOTLY = pathlib.Path(importlib.util.find_spec("plotly").origin).parent / "package_data" / "plotly.min.js"


def entries(folder):
    return sorted(entry.name for entry in folder.iterdir())


def report_of(folder):
    return {name: (folder / name).read_bytes() for name in REPORT}


def test_no_report(small, tmp_path):
    covey("run", small, *OPTIONS, "--no-report", "-o", tmp_path / "out")
    run = document(tmp_path / "out" / "run.json")
    assert not set(REPORT) & set(entries(tmp_path / "out"))
    assert run["options"]["report"] is False and sorted(run["files"]) == entries(tmp_path / "out")
    assert not {"map", "report"} & {stage["stage"] for stage in run["timings"]["stages"]}


def test_no_report_asks_for_no_plotly(small, tmp_path):
    covey("run", small, *OPTIONS, "--no-report", "--plotly", f"link={tmp_path / 'plotly.js'}", "-o", tmp_path / "out")
    assert entries(tmp_path) == ["out", "small.csv"]


def test_plotly_is_written_once_and_linked(small, tmp_path):
    shared = tmp_path / "shared scripts" / "plotly#1 ü.js"
    shared.parent.mkdir()
    covey("run", small, *OPTIONS, "--plotly", f"link={shared}", "-o", tmp_path / "a")
    assert shared.read_bytes() == PLOTLY.read_bytes()
    assert entries(shared.parent) == [shared.name]
    page = (tmp_path / "a" / "report.html").read_bytes()
    assert len(page) < 1_000_000
    assert b'<script src="../shared%20scripts/plotly%231%20%C3%BC.js"></script>' in page
    assert document(tmp_path / "a" / "run.json")["options"]["shared_plotly"] == str(shared)

    written = shared.stat()
    covey("run", small, *OPTIONS, "--plotly", "link=shared scripts/plotly#1 ü.js", "-o", "b", cwd=tmp_path)
    again = shared.stat()
    assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert (tmp_path / "b" / "report.html").read_bytes() == page
    covey("run", small, *OPTIONS, "-o", tmp_path / "inline")
    assert PLOTLY.read_bytes() in (tmp_path / "inline" / "report.html").read_bytes()


@pytest.mark.parametrize("content", [b"", b"my script", PLOTLY.read_bytes() + b"\n"],
                         ids=["empty", "other", "longer"])
def test_another_file_of_that_name_is_refused_and_spared(small, tmp_path, content):
    shared = tmp_path / "plotly.js"
    shared.write_bytes(content)
    done = covey("run", small, *OPTIONS, "--plotly", f"link={shared}", "-o", tmp_path / "out", code=5)
    assert f"{shared}: is not the Plotly.js" in done.err
    assert "name a file that is not there yet, and covey writes it" in done.err
    assert shared.read_bytes() == content
    assert entries(tmp_path) == ["plotly.js", "small.csv"]


@pytest.mark.parametrize("value", ["cdn", "link", "link=", "Inline", ""])
def test_unknown_places_of_plotly(small, tmp_path, value):
    done = covey("run", small, *OPTIONS, "--plotly", value, "-o", tmp_path / "out", code=2)
    assert "--plotly" in done.err and "link=FILE" in done.err
    assert entries(tmp_path) == ["small.csv"]


@pytest.mark.parametrize("target", ["none/plotly.js", "small.csv/plotly.js", "folder", "/proc/plotly.js", "loop/plotly.js"])
def test_plotly_that_cannot_be_written(small, tmp_path, target):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    done = covey("run", small, *OPTIONS, "--plotly", f"link={target}", "-o", "out", code=5, cwd=tmp_path)
    assert target in done.err and "Plotly.js" in done.err
    assert entries(tmp_path) == ["folder", "loop", "small.csv"] and entries(tmp_path / "folder") == []


def test_plotly_that_cannot_be_written_is_refused_before_sessions_are_read(tmp_path):
    done = covey("run", tmp_path / "none.csv", "--plotly", f"link={tmp_path / 'none' / 'plotly.js'}", "-o",
                 tmp_path / "out", code=5)
    assert "none.csv" not in done.err and "Plotly.js cannot be written" in done.err


@pytest.mark.parametrize("output, link", [("out", "out/plotly.js"), ("out/", "./other/../out/plotly.js"),
                                          ("link", "out/plotly.js"), ("new", "new/plotly.js")])
def test_plotly_among_the_results_is_refused(small, tmp_path, output, link):
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to("out")
    covey("run", small, *OPTIONS, "--no-report", "-o", tmp_path / "out")
    before = entries(tmp_path / "out")
    done = covey("run", small, *OPTIONS, "--force", "--plotly", f"link={link}", "-o", output, code=2, cwd=tmp_path)
    assert "name a file outside the output folder" in done.err
    assert entries(tmp_path / "out") == before and entries(tmp_path) == ["link", "other", "out", "small.csv"]


def test_the_report_depends_on_the_data_alone(few, tmp_path):
    variants = {
        "a": [few, "--threads", 1],
        "b": [few, "--threads", 2, "--backend", "cpu"],
        "c": [few, "--backend", "reference"],
        "d": [shuffled(few, tmp_path / "other.csv")],
        "e": [shuffled(few, tmp_path / "other.parquet", seed=2), "--keep-columns"],
    }
    (tmp_path / "a folder").mkdir()
    reports = {}
    for name, arguments in variants.items():
        folder = tmp_path / "a folder" / name if name == "e" else tmp_path / name
        covey("run", *arguments, *OPTIONS, "-o", folder)
        reports[name] = report_of(folder)
        assert reports[name] == reports["a"], name
    assert reports["a"]["pca.png"].startswith(b"\x89PNG")
    covey("run", few, *OPTIONS, "--seed", 2, "-o", tmp_path / "seed")
    assert report_of(tmp_path / "seed")["report.html"] != reports["a"]["report.html"]


def test_the_page_names_no_place_time_machine_or_file(tmp_path):
    places = tmp_path / "a-place"
    places.mkdir()
    (places / "visits-of-may.csv").write_text(rows_text(300))
    (places / "empty-file.csv").write_text(rows_text(0))
    (places / "costs.csv").write_text("channel,amount\nAds,100\nNobody,5\n")
    (places / "personas-by.csv").write_text("cluster,name\n0,Stayers\n")
    (places / "asked.toml").write_text("restarts = 2\n")
    done = covey("run", places / "visits-of-may.csv", places / "empty-file.csv", "--k", 2, "--value", 3, "--spend",
                 places / "costs.csv", "--names", places / "personas-by.csv", "--config", places / "asked.toml", "-o",
                 tmp_path / "the-output")
    assert "empty-file.csv" in done.err and "costs.csv" in done.err  # warnings that the page tells, too
    page = (tmp_path / "the-output" / "report.html").read_text()
    page = page.replace(PLOTLY.read_text(), "")
    words = ["a-place", "visits-of-may", "empty-file", "costs.csv", "personas-by", "asked.toml", "the-output",
             str(tmp_path), "/tmp/", "/home/", "/work/"]
    assert [word for word in words if word in page] == []
    assert not re.search(rf"\b{re.escape(socket.gethostname())}\b", page)
    assert not re.search(r"\b20[2-9]\d-\d\d|\b\d\d:\d\d\b", page)
    text = page[:page.index("<script")]
    for told in ("A file of sessions has a header line but no rows", "What channels cost: &#39;Nobody&#39;",
                 "Named by the user; by evidence"):
        assert told in text
