"""Every kind of bad input: the message, the exit code, and what is left behind."""

import gzip

import pyarrow as pa
import pyarrow.parquet
import pytest
from support import HEADER, covey, document, leftovers, rows_text, table

GOOD = "1,5,4,120,0,Google,mobile,0"


def run_fails(tmp_path, content, *options, code=3, name="bad.csv"):
    """Runs on a file of this content, which must fail and leave nothing half-written; returns the message."""
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = covey("run", file, "-o", tmp_path / "out", *options, code=code)
    assert done.out == ""
    assert done.err.startswith("covey: error: ")
    assert leftovers(tmp_path) == []
    return done.err


def with_rows(*rows, valid=300):
    """Valid rows, then these: data row valid + 1 and on."""
    return rows_text(valid) + "".join(row + "\n" for row in rows)


def rejects_after_run(tmp_path, content, *options):
    (tmp_path / "bad.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    covey("run", tmp_path / "bad.csv", "--k", 2, "-o", tmp_path / "out", *options)
    return table(tmp_path / "out" / "rejects.csv")


def test_empty_file(tmp_path):
    assert "empty" in run_fails(tmp_path, "")
    assert not (tmp_path / "out").exists()


def test_header_only(tmp_path):
    message = run_fails(tmp_path, HEADER + "\n")
    assert "no" in message and "row" in message


def test_missing_file(tmp_path):
    done = covey("run", tmp_path / "none.csv", "-o", tmp_path / "out", code=5)
    assert "none.csv" in done.err
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("column, near", [
    ("clicks", "click"), ("referral_source", "referal_source"), ("conversion_label", "conversion_lable")])
def test_missing_column_suggests_the_nearest(tmp_path, column, near):
    message = run_fails(tmp_path, rows_text(20).replace(column, near, 1))
    assert f"'{column}'" in message
    assert f"did you mean '{near}'?" in message


def test_no_conversion_column(tmp_path):
    message = run_fails(tmp_path, rows_text(20).replace("conversion_label", "outcome", 1))
    assert "conversion_label" in message


def test_named_device_type_must_be_there(tmp_path):
    message = run_fails(tmp_path, rows_text(20), "--device-type", "device_typ")
    assert "did you mean 'device_type'?" in message


@pytest.mark.parametrize("row, column, text", [
    ("301,many,4,120,0,Google,mobile,0", "clicks", "many"),
    ("301,5,NaN,120,0,Google,mobile,0", "page_views", "NaN"),
    ("301,5,4,inf,0,Google,mobile,0", "time_spent", "inf"),
    ("301,5,4,-3,0,Google,mobile,0", "time_spent", "-3"),
    ("301,5,4,120,2,Google,mobile,0", "add_to_cart", "2"),
    ("301,5,4,120,0,Google,mobile,2", "conversion_label", "2"),
    ("301,5,4,120,0,Google,mobile,", "conversion_label", ""),
    ("301,,4,120,0,Google,mobile,0", "clicks", ""),
])
def test_bad_cell_is_dropped_and_named(tmp_path, row, column, text):
    rejects = rejects_after_run(tmp_path, with_rows(row, GOOD))
    assert len(rejects) == 1
    assert rejects[0]["file"] == str(tmp_path / "bad.csv")
    assert (rejects[0]["row"], rejects[0]["column"]) == ("301", column)
    assert rejects[0]["text"] == text
    assert rejects[0]["reason"]
    quality = document(tmp_path / "out" / "quality.json")
    assert (quality["rows_read"], quality["rows_kept"], quality["rows_dropped"]) == (302, 301, 1)
    assert sum(quality["dropped_by_reason"].values()) == 1


@pytest.mark.parametrize("row", ["301,5,4,120", "301,5,4,120,0,Google,mobile,0,9,9"])
def test_ragged_row_is_dropped_and_named(tmp_path, row):
    rejects = rejects_after_run(tmp_path, with_rows(row, GOOD))
    assert [(reject["row"], reject["column"]) for reject in rejects] == [("301", "")]
    assert "ragged" in rejects[0]["reason"]


def test_rows_behind_quoted_newlines_have_their_numbers(tmp_path):
    lines = rows_text(300).splitlines()
    lines[5] = lines[5].replace("mobile", '"mo\nbi\n\nle"').replace("desktop", '"desk\r\n\r\ntop"')
    rejects = rejects_after_run(tmp_path, "\n".join(lines) + "\n301,x,4,120,0,Google,mobile,0\n" + GOOD + "\n")
    assert [(reject["row"], reject["column"], reject["text"]) for reject in rejects] == [("301", "clicks", "x")]


def test_a_row_is_dropped_once_and_every_bad_cell_listed(tmp_path):
    rejects = rejects_after_run(tmp_path, with_rows("301,x,y,120,0,Google,mobile,0"))
    assert [reject["column"] for reject in rejects] == ["clicks", "page_views"]
    assert document(tmp_path / "out" / "quality.json")["rows_dropped"] == 1


def test_invalid_utf8(tmp_path):
    content = with_rows().encode() + b"301,5,4,120,0,Goo\xffgle,mobile,0\n"
    rejects = rejects_after_run(tmp_path, content)
    assert [(reject["row"], reject["column"]) for reject in rejects] == [("301", "referral_source")]
    assert rejects[0]["text"] == "Goo\\xFFgle"


def test_unterminated_quote(tmp_path):
    message = run_fails(tmp_path, with_rows('301,5,4,120,0,"Google,mobile,0', GOOD, GOOD))
    assert "quote" in message


def test_planted_defects_are_all_found(tmp_path):
    """generate --dirty lists what it planted; run must reject just those rows, but for the kinds that are fine."""
    covey("generate", "--rows", 20_000, "--dirty", "-o", tmp_path / "dirty.csv")
    planted = {row["row"]: row["kind"] for row in table(tmp_path / "dirty.defects.csv")}
    harmless = {"duplicate_row", "quoted_newline", "missing_category"}
    covey("run", tmp_path / "dirty.csv", "--k", 4, "-o", tmp_path / "out")
    rejected = {row["row"] for row in table(tmp_path / "out" / "rejects.csv")}
    assert rejected == {row for row, kind in planted.items() if kind not in harmless}
    quality = document(tmp_path / "out" / "quality.json")
    assert quality["duplicate_rows"] == sum(kind == "duplicate_row" for kind in planted.values())


def test_missing_categories_are_kept(tmp_path):
    rejects = rejects_after_run(tmp_path, with_rows("301,5,4,120,0,,,0"))
    assert rejects == []
    assert "(missing)" in [row["channel"] for row in table(tmp_path / "out" / "channels.csv")]
    assert "(missing)" in [row["device_type"] for row in table(tmp_path / "out" / "devices.csv")]


def test_too_many_rejects_fail_with_the_ledger_written(tmp_path):
    bad = [f"{row},x,4,120,0,Google,mobile,0" for row in range(301, 306)]
    message = run_fails(tmp_path, with_rows(*bad), "--k", "2")
    assert "--max-reject-rate" in message
    assert "rejects.csv" in message
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["quality.json", "rejects.csv"]
    assert [row["row"] for row in table(tmp_path / "out" / "rejects.csv")] == [str(row) for row in range(301, 306)]
    assert document(tmp_path / "out" / "quality.json")["rows_dropped"] == 5
    covey("run", tmp_path / "bad.csv", "--k", 2, "--max-reject-rate", 0.05, "--force", "-o", tmp_path / "out")
    assert (tmp_path / "out" / "personas.csv").exists()


def test_a_refused_run_spares_the_earlier_result(tmp_path, small):
    covey("run", small, "--k", 2, "-o", tmp_path / "out")
    before = (tmp_path / "out" / "personas.csv").read_bytes()
    (tmp_path / "bad.csv").write_text(with_rows(*["301,x,4,120,0,Google,mobile,0"] * 5))
    for _ in range(2):
        done = covey("run", tmp_path / "bad.csv", "--k", 2, "--force", "-o", tmp_path / "out", code=3)
        assert "out.refused/rejects.csv" in done.err
        assert (tmp_path / "out" / "personas.csv").read_bytes() == before
        assert len(table(tmp_path / "out.refused" / "rejects.csv")) == 5


@pytest.mark.parametrize("option, row", [
    ("--on-missing", "301,,4,120,0,Google,mobile,0"),
    ("--on-invalid", "301,x,4,120,0,Google,mobile,0"),
    ("--on-ragged", "301,5"),
])
def test_policy_fail(tmp_path, option, row):
    message = run_fails(tmp_path, with_rows(row), "--k", "2", option, "fail")
    assert "301" in message


def test_policy_impute_takes_the_median(tmp_path):
    rejects_after_run(tmp_path, with_rows("301,,4,120,0,Google,mobile,0"), "--on-missing", "impute",
                      "--keep-columns")
    clicks = sorted(int(line.split(",")[1]) for line in rows_text(300).splitlines()[1:])
    median = (clicks[149] + clicks[150]) / 2
    kept = pyarrow.parquet.read_table(tmp_path / "out" / "assignments.parquet")
    assert kept["clicks"].to_pylist()[300] == median
    assert document(tmp_path / "out" / "model.json")["grid"]["features"][0]["median"] == median
    assert document(tmp_path / "out" / "quality.json")["imputed_cells"] == {"clicks": 1}


@pytest.mark.parametrize("k", ["0", "-1", "x", "2:", "5:2", "2:x", "", "1.5"])
def test_k_that_makes_no_sense(tmp_path, k):
    message = run_fails(tmp_path, rows_text(20), f"--k={k}", code=2)
    assert "--k" in message


def test_k_above_the_rows(tmp_path):
    message = run_fails(tmp_path, rows_text(5), "--k", "6", code=2)
    assert "--k" in message and "5" in message


def test_k_above_the_distinct_points_is_reduced_with_a_warning(tmp_path):
    rows = [f"{row},{row % 3},4,120,0,Google,mobile,0" for row in range(9)]
    (tmp_path / "few.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    done = covey("run", tmp_path / "few.csv", "--k", 5, "-o", tmp_path / "out")
    assert "covey: warning:" in done.err and "distinct" in done.err
    assert document(tmp_path / "out" / "model.json")["fit"]["k"] == 3


def test_all_rows_equal(tmp_path):
    message = run_fails(tmp_path, "\n".join([HEADER] + [GOOD] * 20) + "\n", "--k", "2")
    assert "equal" in message


def test_truncated_parquet(tmp_path):
    pa.parquet.write_table(pa.table({"clicks": list(range(1000))}), tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-1], whole[:4]):
        assert "Parquet" in run_fails(tmp_path, content, name="cut.parquet")


def test_truncated_gzip(tmp_path):
    whole = gzip.compress(rows_text(1000).encode())
    assert "gzip" in run_fails(tmp_path, whole[: len(whole) // 2], name="cut.csv.gz")


def test_existing_output_folder(tmp_path, small):
    covey("run", small, "--k", 2, "-o", tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_bytes()
    done = covey("run", small, "--k", 3, "-o", tmp_path / "out", code=5)
    assert "exists already" in done.err and "--force" in done.err
    assert (tmp_path / "out" / "run.json").read_bytes() == before
    covey("run", small, "--k", 3, "--force", "-o", tmp_path / "out")
    assert document(tmp_path / "out" / "model.json")["fit"]["k"] == 3
    assert leftovers(tmp_path) == []


def test_force_spares_folders_that_are_no_results(tmp_path, small):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    done = covey("run", small, "--k", 2, "--force", "-o", tmp_path / "thesis", code=5)
    assert "chapter1.tex" in done.err
    assert (tmp_path / "thesis" / "chapter1.tex").exists()


@pytest.mark.parametrize("folder", ["no/such/place", "small.csv", "small.csv/out", "/proc/covey"])
def test_unwritable_output_folder(tmp_path, small, folder):
    done = covey("run", small, "--k", 2, "-o", tmp_path / folder, code=5)
    assert done.err.startswith("covey: error: ")
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("content", [
    b"", b"not json", b"{}", b"[1, 2]", b"\x00\xff", b'{"format": "covey model", "format_version": 99}'])
def test_a_model_that_is_none(tmp_path, small, content):
    (tmp_path / "model.json").write_bytes(content)
    done = covey("score", tmp_path / "model.json", small, "-o", tmp_path / "out", code=3)
    assert "not a covey model" in done.err
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_not_there(tmp_path, small):
    done = covey("score", tmp_path / "none.json", small, "-o", tmp_path / "out", code=5)
    assert "none.json" in done.err


def test_a_feature_cannot_also_be_the_conversion(tmp_path):
    message = run_fails(tmp_path, rows_text(20), "--features", "clicks,conversion_label", code=2)
    assert "conversion_label" in message


def test_column_names_are_shown_harmlessly(tmp_path):
    message = run_fails(tmp_path, rows_text(20).replace("clicks", "cl\x1b[31micks", 1))
    assert "\x1b" not in message
