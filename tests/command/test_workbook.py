"""tables.xlsx: every sheet holds what the CSV file of its name holds, text as text and numbers as numbers."""

import csv
import os
import re
import time
import zipfile
from xml.etree import ElementTree

import pytest
from support import HEADER, covey, rows_text, shuffled

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SHEETS = ["personas", "k_choice", "channels", "channel_personas", "devices", "tests", "money", "recommendations"]
# Columns of text; all others hold numbers.
TEXT = {"persona", "reason", "defining", "rule", "equals_rule", "verdict", "persona_silhouette", "persona_jaccard",
        "channel", "device_type", "family", "test", "subject", "against", "effect", "recommendation", "action",
        "evidence", "unit", "confidence", "settles"}
COUNTS = {"cluster", "sessions", "conversions", "k", "chosen", "iterations", "number"}
SHARES = {"share", "precision", "recall", "conversion_rate", "conversion_low", "conversion_high", "difference",
          "difference_low", "difference_high", "break_even_rate", "break_even_margin",
          *(f"rate_by_{what}{end}" for what in ("device", "persona", "both") for end in ("", "_low", "_high"))}
HOSTILE = ["=1+1", "</script><img src=x onerror=alert(1)>", "🦆 ducks 👩‍👩‍👧", "שלום עולם", "x" * 300, "2", "007",
           "'quoted", "+3", "-5", "@sum", "http://example.com", "a,b \"c\"", "_x0041_"]


def position(reference):
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", reference).groups()
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return int(row) - 1, column - 1


def unescaped(text):
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


class Workbook:
    def __init__(self, file):
        self.archive = zipfile.ZipFile(file)
        self.strings = [unescaped("".join(part.text or "" for part in item.iter(f"{MAIN}t")))
                        for item in self.xml("xl/sharedStrings.xml")]
        styles = self.xml("xl/styles.xml")
        formats = {item.get("numFmtId"): item.get("formatCode") for item in styles.iter(f"{MAIN}numFmt")}
        formats |= {"0": "General", "3": "#,##0"}
        self.formats = [formats[item.get("numFmtId")] for item in styles.find(f"{MAIN}cellXfs")]
        self.bold = [item.get("fontId") != "0" for item in styles.find(f"{MAIN}cellXfs")]
        targets = {item.get("Id"): item.get("Target") for item in self.xml("xl/_rels/workbook.xml.rels")}
        self.sheets = {item.get("name"): self.xml("xl/" + targets[item.get(LINK)])
                       for item in self.xml("xl/workbook.xml").find(f"{MAIN}sheets")}

    def xml(self, name):
        return ElementTree.fromstring(self.archive.read(name))

    def cells(self, name):
        """By row and column: text as str, numbers as float; and the style."""
        cells = {}
        for cell in self.sheets[name].iter(f"{MAIN}c"):
            assert cell.find(f"{MAIN}f") is None
            value, style = cell.find(f"{MAIN}v").text, int(cell.get("s", 0))
            kind = cell.get("t", "n")
            assert kind in ("s", "n")
            cells[position(cell.get("r"))] = (self.strings[int(value)] if kind == "s" else float(value), style)
        return cells


def csv_rows(file):
    with open(file, newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def plain(text):
    """Text of a CSV cell without the apostrophe that keeps spreadsheets from running it."""
    return text[1:] if re.match(r"'[=+\-@\t\r]", text) else text


def check_sheet(book, folder, name):
    header, *rows = csv_rows(folder / f"{name}.csv")
    cells = book.cells(name)
    for column, title in enumerate(header):
        value, style = cells.pop((0, column))
        assert value == plain(title) and book.bold[style]
    for row, line in enumerate(rows, 1):
        for column, (title, text) in enumerate(zip(header, line, strict=True)):
            if text == "":
                assert (row, column) not in cells
                continue
            value, style = cells.pop((row, column))
            if title in TEXT or text == "inf":
                # Lists of numbers are text that no apostrophe was put before.
                assert value == plain(text), (name, row, title)
                continue
            # The library writes 16 digits.
            assert isinstance(value, float) and value == pytest.approx(float(text), rel=1e-15, abs=0)
            expected = "#,##0" if title in COUNTS else "0.00 %" if title in SHARES else "General"
            assert book.formats[style] == expected, (name, title)
    assert cells == {}


def check_workbook(folder, expected):
    book = Workbook(folder / "tables.xlsx")
    assert list(book.sheets) == expected
    for name in expected:
        check_sheet(book, folder, name)
        sheet = book.sheets[name]
        assert sheet.find(f".//{MAIN}pane").get("state") == "frozen"
        assert sheet.find(f"{MAIN}autoFilter").get("ref").startswith("A1:")
        assert all(8 <= float(column.get("width")) < 61 for column in sheet.iter(f"{MAIN}col"))
        assert sheet.find(f"{MAIN}hyperlinks") is None
    return book


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Sessions of channels, device types and features with names that are no plain words."""
    file = tmp_path_factory.mktemp("data") / "hostile.csv"
    rows = [line.split(",") for line in rows_text(2_000).splitlines()[1:]]
    for row, cells in enumerate(rows):
        cells[5] = '"' + HOSTILE[row * row % 97 % len(HOSTILE)].replace('"', '""') + '"'
        cells[6] = ["=cmd", "2", "007"][row % 3]
    file.write_text("\n".join([HEADER.replace("clicks", "=clicks"), *map(",".join, rows)]) + "\n", encoding="utf-8")
    return file


OPTIONS = ["--features", "=clicks,page_views,time_spent,add_to_cart", "--k", "2:4", "--value", 30]


@pytest.fixture(scope="module")
def result(hostile, tmp_path_factory):
    folder = tmp_path_factory.mktemp("result") / "out"
    covey("run", hostile, *OPTIONS, "-o", folder)
    return folder


def test_every_sheet_equals_its_csv(result):
    book = check_workbook(result, SHEETS)
    names = {value for (_, column), (value, _) in book.cells("channels").items() if column == 0}
    assert names == {"channel", *HOSTILE}
    devices = {value for (_, column), (value, _) in book.cells("devices").items() if column == 0}
    assert devices == {"device_type", "=cmd", "2", "007"}


def test_only_the_tables_that_there_are(small, tmp_path):
    covey("run", small, "--k", 2, "-o", tmp_path / "out")
    check_workbook(tmp_path / "out", [name for name in SHEETS if name != "money"])
    covey("score", tmp_path / "out", small, "-o", tmp_path / "scored")
    check_workbook(tmp_path / "scored", ["personas", "channels", "channel_personas", "devices", "tests"])


def test_the_same_bytes(hostile, result, tmp_path):
    expected = (result / "tables.xlsx").read_bytes()
    time.sleep(2)  # times in zip files go by two seconds
    variants = {
        "shuffled": [shuffled(hostile, tmp_path / "shuffled.csv")],
        "reference": [hostile, "--backend", "reference"],
        "cpu": [hostile, "--backend", "cpu", "--threads", 3],
    }
    for name, arguments in variants.items():
        covey("run", *arguments, *OPTIONS, "-o", tmp_path / name, variables={"TZ": "Asia/Tokyo"})
        assert (tmp_path / name / "tables.xlsx").read_bytes() == expected, name


def test_many_channels(tmp_path):
    """Rows beyond 50,000 are counted, not shown; nothing is left in the folder for temporary files."""
    lines = [HEADER] + [f"{row},{row % 9},1,{row % 100},0,{row % 40_000:05},mobile,{row % 2}" for row in range(80_000)]
    (tmp_path / "many.csv").write_text("\n".join(lines) + "\n")
    spare = tmp_path / "spare"
    spare.mkdir()
    covey("run", tmp_path / "many.csv", "--k", 2, "--restarts", 1, "--no-evidence", "-o", tmp_path / "out",
          variables={"TMPDIR": os.fspath(spare)})
    assert list(spare.iterdir()) == []
    book = Workbook(tmp_path / "out" / "tables.xlsx")
    check_sheet(book, tmp_path / "out", "channels")
    lines = csv_rows(tmp_path / "out" / "channel_personas.csv")
    cells = book.cells("channel_personas")
    assert len(lines) - 1 > 50_000
    assert cells[(50_000, 0)][0] == lines[50_000][0]
    assert cells[(50_001, 0)][0] == f"and {len(lines) - 50_001:,} more rows in channel_personas.csv"
    assert max(row for row, _ in cells) == 50_001
