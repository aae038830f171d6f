"""tables.xlsx holds what the CSV files hold, cell by cell, and runs nothing, whatever the names in the data."""

import csv
import random
import re
import xml.etree.ElementTree as tree
import zipfile

import pytest
from support import covey, document

CHANNELS = ["=1+1", "</script><img src=x onerror=alert(1)>", "\N{GRINNING FACE}", "שלום\u202eevil", "w" * 300, "2", "007",
            "+3", "'quoted", 'a,"b"', "_x0041_", "http://example.com/"]
DEVICES = ["@SUM(A1)", "-mobile"]
PERSONAS = ["=HYPERLINK(\"http://example.com\")", "-buyers"]
FEATURES = ["=clicks", "time <spent>"]

# All others hold numbers, or nothing.
TEXT = {"channel", "device_type", "persona", "reason", "defining", "rule", "equals_rule", "verdict", "family", "test",
        "subject", "against", "effect", "recommendation", "action", "evidence", "unit", "confidence", "settles",
        "persona_silhouette", "persona_jaccard"}
OPTIONS = ["--features", ",".join(FEATURES), "--channel", "channel", "--conversion", "bought"]

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def write_csv(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    draw = random.Random(3)
    rows = [[*FEATURES, "channel", "device_type", "bought"]]
    for row in range(1200):
        eager = row % 3 == 0
        rows.append([draw.randint(40, 60) if eager else draw.randint(1, 9), draw.randint(1, 9),
                     CHANNELS[row % len(CHANNELS)], draw.choice(DEVICES), int(draw.random() < (0.5 if eager else 0.1))])
    write_csv(folder / "in.csv", rows)
    write_csv(folder / "spend.csv", [["channel", "amount"], ["=1+1", 100], ["007", 12.5], ["-unknown", 3]])
    write_csv(folder / "names.csv", [["cluster", "name"], *enumerate(PERSONAS)])
    return folder


@pytest.fixture(scope="module")
def result(data):
    covey("run", data / "in.csv", *OPTIONS, "--k", "2", "--restarts", 2, "--value", 30, "--spend", data / "spend.csv",
          "--names", data / "names.csv", "--no-report", "-o", data / "out")
    return data / "out"


def plain(text):
    """As spreadsheets read _xHHHH_."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def column_of(reference):
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def workbook(path):
    """Rows of {column: value} by sheet: str for text, float for numbers."""
    with zipfile.ZipFile(path) as book:
        read = lambda name: tree.fromstring(book.read(name))
        texts = [plain("".join(part.text or "" for part in entry.iter(MAIN + "t")))
                 for entry in read("xl/sharedStrings.xml")]
        targets = {entry.get("Id"): entry.get("Target") for entry in read("xl/_rels/workbook.xml.rels")}
        sheets = {}
        for sheet in read("xl/workbook.xml").iter(MAIN + "sheet"):
            sheets[sheet.get("name")] = [
                {column_of(cell.get("r")): texts[int(cell.findtext(MAIN + "v"))] if cell.get("t") == "s"
                 else float(cell.findtext(MAIN + "v")) for cell in row}
                for row in read("xl/" + targets[sheet.get(RELATION)]).iter(MAIN + "row")]
    return sheets


def raw(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def as_given(text):
    """Without the apostrophe that keeps spreadsheets from running text of a CSV file."""
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@\t\r" else text


def check_sheets(folder):
    sheets = workbook(folder / "tables.xlsx")
    tables = [path.stem for path in folder.glob("*.csv") if path.name != "rejects.csv"]
    assert sorted(sheets) == sorted(tables)
    for name, rows in sheets.items():
        header, *lines = raw(folder / (name + ".csv"))
        assert rows[0] == dict(enumerate(map(as_given, header)))
        assert len(rows) == 1 + len(lines), name
        for found, line in zip(rows[1:], lines):
            for at, (title, text) in enumerate(zip(header, line, strict=True)):
                where = (name, title, text)
                is_text = title in TEXT or (name == "recommendations" and title == "rule")
                if text == "":
                    assert at not in found, where
                elif is_text or text in ("inf", "-inf"):
                    assert found[at] == as_given(text), where
                else:
                    assert isinstance(found[at], float), where
                    assert found[at] == pytest.approx(float(text), rel=2e-15, abs=0), where
            assert set(found) <= set(range(len(line)))
    return sheets


def test_every_sheet_equals_its_csv(result):
    sheets = check_sheets(result)
    assert list(sheets) == ["personas", "k_choice", "channels", "channel_personas", "devices", "tests", "money",
                            "recommendations"]
    first = lambda name: [row[0] for row in sheets[name][1:]]
    assert sorted(first("channels")) == sorted(CHANNELS)
    assert sorted(first("devices")) == sorted(DEVICES)
    assert {"=1+1", "-unknown", "(total)"} <= set(first("money"))
    assert {row[1] for row in sheets["personas"][1:]} == set(PERSONAS)
    assert set(FEATURES) <= set(sheets["personas"][0].values())


def test_the_workbook_runs_nothing_and_links_nowhere(result):
    with zipfile.ZipFile(result / "tables.xlsx") as book:
        assert book.testzip() is None
        names = book.namelist()
        parts = {name: book.read(name).decode() for name in names}
    assert [name for name in names if not name.endswith((".xml", ".rels"))] == []
    for name, text in parts.items():
        assert not re.search("<f[ >/]|<hyperlink", text), name
        assert 'TargetMode="External"' not in text, name
    assert "tables.xlsx" in document(result / "run.json")["files"]


def test_shares_are_shown_in_percent_and_counts_in_thousands(result):
    with zipfile.ZipFile(result / "tables.xlsx") as book:
        styles = tree.fromstring(book.read("xl/styles.xml"))
        sheet = tree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # personas
    codes = {entry.get("numFmtId"): entry.get("formatCode") for entry in styles.iter(MAIN + "numFmt")} | {"3": "#,##0"}
    formats = [codes.get(entry.get("numFmtId")) for entry in styles.find(MAIN + "cellXfs")]
    cells = {cell.get("r"): formats[int(cell.get("s", 0))] for cell in sheet.iter(MAIN + "c")}
    assert [cells[name] for name in ("B2", "C2", "D2", "E2")] == [None, "#,##0", "0.00 %", None]


def test_score_writes_a_workbook_too(data, result):
    covey("score", result, data / "in.csv", "-o", data / "scored")
    sheets = check_sheets(data / "scored")
    assert list(sheets) == ["personas", "channels", "channel_personas", "devices", "tests"]
    assert sorted(row[0] for row in sheets["channels"][1:]) == sorted(CHANNELS)
    assert "tables.xlsx" in document(data / "scored" / "run.json")["files"]
