"""covey score: a saved model labels new sessions."""

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from support import SHOPPERS, SHOPPERS_OPTIONS, covey, document, leftovers, needs_shoppers, rows_text, shuffled, table


def assignments(folder):
    return pyarrow.parquet.read_table(folder / "assignments.parquet")


def without_reason(rows):
    return [{key: value for key, value in row.items() if key != "reason"} for row in rows]


def test_the_fitted_file_gets_the_labels_of_the_fit(sessions, tmp_path):
    covey("run", sessions, "--k", 4, "-o", tmp_path / "fit")
    covey("score", tmp_path / "fit", sessions, "-o", tmp_path / "score")
    assert assignments(tmp_path / "score").equals(assignments(tmp_path / "fit"))
    assert without_reason(table(tmp_path / "score" / "personas.csv")) == without_reason(
        table(tmp_path / "fit" / "personas.csv"))
    for name in ("channels.csv", "devices.csv", "channel_personas.csv", "tests.csv"):
        assert (tmp_path / "score" / name).read_bytes() == (tmp_path / "fit" / name).read_bytes()
    assert not (tmp_path / "score" / "model.json").exists()


@needs_shoppers
@pytest.mark.parametrize("options", [[], ["--scaling", "robust"], ["--scaling", "none", "--log1p", "PageValues"]])
def test_online_shoppers(tmp_path, options):
    covey("run", SHOPPERS, *SHOPPERS_OPTIONS, *options, "--k", 5, "--restarts", 2, "-o", tmp_path / "fit")
    covey("score", tmp_path / "fit" / "model.json", SHOPPERS, "--backend", "reference", "-o", tmp_path / "score")
    assert assignments(tmp_path / "score").equals(assignments(tmp_path / "fit"))


@pytest.fixture
def model(small, tmp_path):
    covey("run", small, "--k", 3, "-o", tmp_path / "fit")
    return tmp_path / "fit" / "model.json"


def test_labels_go_by_session_not_by_place(model, small, tmp_path):
    covey("score", model, shuffled(small, tmp_path / "other.csv"), "-o", tmp_path / "out")
    label = lambda folder: dict(zip(*(assignments(folder)[name].to_pylist() for name in ("id", "cluster"))))
    assert label(tmp_path / "out") == label(tmp_path / "fit")


def test_one_far_away_session(model, tmp_path):
    (tmp_path / "one.csv").write_text(
        "clicks,page_views,time_spent,add_to_cart\n1000000000,3,1e12,1\n")
    done = covey("score", model, tmp_path / "one.csv", "-o", tmp_path / "out")
    rows = assignments(tmp_path / "out")
    assert rows.num_rows == 1 and rows.column_names[0] == "row"
    assert "beyond the model's grid" in done.err
    personas = table(tmp_path / "out" / "personas.csv")
    assert sum(int(row["sessions"]) for row in personas) == 1
    assert "conversion_rate" not in personas[0]
    assert not (tmp_path / "out" / "channels.csv").exists()


def test_unknown_categories_are_counted(model, tmp_path):
    text = rows_text(50, seed=2).replace("Google", "TikTok")
    (tmp_path / "new.csv").write_text(text)
    done = covey("score", model, tmp_path / "new.csv", "-o", tmp_path / "out")
    count = text.count("TikTok")
    assert document(tmp_path / "out" / "quality.json")["unknown_categories"] == [
        {"column": "referral_source", "category": "TikTok", "sessions": count}]
    assert "TikTok" in done.err and str(count) in done.err


def test_a_missing_feature_is_refused_with_the_nearest(model, small, tmp_path):
    small.write_text(small.read_text().replace("time_spent", "timespend", 1))
    done = covey("score", model, small, "-o", tmp_path / "out", code=3)
    assert "'time_spent'" in done.err and "did you mean 'timespend'?" in done.err
    assert leftovers(tmp_path) == []


def test_missing_values_take_the_model_s_median(model, tmp_path):
    median = document(model)["grid"]["features"][2]["median"]
    (tmp_path / "new.csv").write_text("clicks,page_views,time_spent,add_to_cart\n9,9,,1\n9,9,7,1\n")
    covey("score", model, tmp_path / "new.csv", "--on-missing", "impute", "--keep-columns",
          "-o", tmp_path / "out")
    assert assignments(tmp_path / "out")["time_spent"].to_pylist() == [median, 7]


def test_bounds_of_the_model_hold(small, tmp_path):
    (tmp_path / "c.toml").write_text("k = 2\n[columns.page_views]\nmax = 9\n")
    covey("run", small, "--config", tmp_path / "c.toml", "-o", tmp_path / "fit")
    small.write_text(small.read_text() + "301,1,10,5,0,Google,mobile,0\n")
    covey("score", tmp_path / "fit", small, "-o", tmp_path / "out")
    rejects = table(tmp_path / "out" / "rejects.csv")
    assert [(row["row"], row["column"]) for row in rejects] == [("301", "page_views")]


def test_columns_may_have_other_names(model, small, tmp_path):
    small.write_text(small.read_text().replace("referral_source", "came_by", 1))
    covey("score", model, small, "--channel", "came_by", "-o", tmp_path / "out")
    assert (tmp_path / "out" / "channels.csv").read_bytes() == (tmp_path / "fit" / "channels.csv").read_bytes()


def test_json(model, small, tmp_path):
    import json
    done = covey("score", model, small, "--json", "-o", tmp_path / "out")
    assert json.loads(done.out)["command"] == "score"
