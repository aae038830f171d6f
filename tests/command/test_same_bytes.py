"""One data set and seed give one model.json and one personas.csv, whatever computes them and in whatever order."""

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from support import SHOPPERS, SHOPPERS_OPTIONS, covey, needs_shoppers, shuffled

FILES = ("model.json", "personas.csv", "channels.csv", "channel_personas.csv", "k_choice.csv", "tests.csv",
         "recommendations.csv", "recommendations.md", "tables.xlsx")


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def parquet_of(source, target):
    pa.parquet.write_table(pa.csv.read_csv(source), target)
    return target


def check_all(source, options, tmp_path):
    variants = {
        "one thread": [source, "--backend", "cpu", "--threads", 1],
        "two threads": [source, "--backend", "cpu", "--threads", 2],
        "seven threads": [source, "--backend", "cpu", "--threads", 7],
        "reference": [source, "--backend", "reference"],
        "parquet": [parquet_of(source, tmp_path / "rows.parquet")],
        "shuffled": [shuffled(source, tmp_path / "shuffled.csv")],
        "shuffled parquet": [shuffled(source, tmp_path / "shuffled.parquet", seed=2)],
    }
    expected = None
    for name, arguments in variants.items():
        folder = tmp_path / name.replace(" ", "_")
        covey("run", *arguments, *options, "-o", folder)
        found = bytes_of(folder)
        if expected is None:
            expected = found
        assert found == expected, name


def test_generated_sessions(few, tmp_path):
    check_all(few, ["--k", "2:5", "--restarts", 3], tmp_path)


@needs_shoppers
def test_online_shoppers(tmp_path):
    check_all(SHOPPERS, [*SHOPPERS_OPTIONS, "--k", 4, "--restarts", 3], tmp_path)


@pytest.mark.parametrize("scaling", ["min-max", "robust", "none"])
def test_other_scalings(few, tmp_path, scaling):
    options = ["--k", 3, "--restarts", 2, "--scaling", scaling, "--log1p", "time_spent", "--start", "random"]
    covey("run", few, *options, "--backend", "cpu", "-o", tmp_path / "a")
    covey("run", shuffled(few, tmp_path / "shuffled.parquet"), *options, "--backend", "reference",
          "-o", tmp_path / "b")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_half_a_million_sessions(sessions, tmp_path):
    covey("run", sessions, "--k", 4, "--threads", 1, "-o", tmp_path / "a")
    covey("run", shuffled(sessions, tmp_path / "shuffled.parquet"), "--k", 4, "--threads", 2,
          "-o", tmp_path / "b")
    covey("run", sessions, "--k", 4, "--backend", "reference", "-o", tmp_path / "c")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b") == bytes_of(tmp_path / "c")


def test_generated_parquet_equals_generated_csv(few, tmp_path):
    covey("generate", "--rows", 20_000, "-o", tmp_path / "few.parquet")
    covey("run", few, "--k", 4, "-o", tmp_path / "a")
    covey("run", tmp_path / "few.parquet", "--k", 4, "-o", tmp_path / "b")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_two_files_equal_one(few, tmp_path):
    header, *lines = few.read_text().splitlines(keepends=True)
    (tmp_path / "first.csv").write_text(header + "".join(lines[:7_001]))
    (tmp_path / "second.csv").write_text(header + "".join(lines[7_001:]))
    options = ["--k", 4, "--restarts", 2]
    covey("run", few, *options, "-o", tmp_path / "a")
    covey("run", tmp_path / "first.csv", tmp_path / "second.csv", *options, "-o", tmp_path / "b")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assignments = [(tmp_path / name / "assignments.parquet").read_bytes() for name in "ab"]
    assert assignments[0] == assignments[1]


def test_another_seed_is_another_model(few, tmp_path):
    for seed in (1, 2):
        covey("run", few, "--k", 4, "--restarts", 1, "--max-iterations", 1, "--seed", seed,
              "-o", tmp_path / str(seed))
    assert (tmp_path / "1" / "model.json").read_bytes() != (tmp_path / "2" / "model.json").read_bytes()
