"""covey run from end to end: the figures that the data is known by, and the files that come of it."""

import math

import pyarrow.parquet
import pytest
from support import SHOPPERS, SHOPPERS_OPTIONS, covey, document, needs_shoppers, table


@pytest.fixture(scope="module")
def result(sessions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "result"
    covey("run", sessions, "--k", 4, "-o", folder)
    return folder


def test_personas_have_the_published_figures(result):
    personas = {row["persona"]: row for row in table(result / "personas.csv")}
    assert set(personas) == {"Ready-to-Buy", "Deep Researcher", "Window Shopper", "Passerby"}
    value = lambda persona, column: float(personas[persona][column])
    assert value("Ready-to-Buy", "add_to_cart") == 1
    assert abs(value("Ready-to-Buy", "conversion_rate") - 0.422) <= 0.005
    assert 110 <= value("Ready-to-Buy", "time_spent") <= 135
    assert abs(value("Deep Researcher", "time_spent") - 438) <= 5
    assert abs(value("Deep Researcher", "conversion_rate") - 0.20) <= 0.01
    assert abs(value("Window Shopper", "clicks") - 6.2) <= 0.2
    assert value("Window Shopper", "clicks") == max(value(name, "clicks") for name in personas)
    assert value("Window Shopper", "add_to_cart") < 0.02
    assert abs(value("Window Shopper", "conversion_rate") - 0.15) <= 0.01
    assert value("Passerby", "clicks") == min(value(name, "clicks") for name in personas)
    assert value("Passerby", "time_spent") == min(value(name, "time_spent") for name in personas)
    assert abs(value("Passerby", "conversion_rate") - 0.10) <= 0.01


def test_channels_have_the_published_figures(result):
    channels = {row["channel"]: row for row in table(result / "channels.csv")}
    assert list(channels) == ["Google", "Instagram", "Direct", "Email", "Ads"]
    expected = {"Google": (150_000, 20.29), "Instagram": (125_000, 20.29), "Ads": (50_000, 19.92)}
    for channel, (count, percent) in expected.items():
        assert int(channels[channel]["sessions"]) == count
        assert abs(100 * float(channels[channel]["conversion_rate"]) - percent) <= 0.02
    for row in channels.values():
        assert 140 <= float(row["time_spent"]) <= 141
        assert float(row["conversion_low"]) < float(row["conversion_rate"]) < float(row["conversion_high"])


def test_tables_agree_with_each_other(result):
    personas, channels = table(result / "personas.csv"), table(result / "channels.csv")
    cells, devices = table(result / "channel_personas.csv"), table(result / "devices.csv")
    for rows in (personas, channels, cells, devices):
        assert sum(int(row["sessions"]) for row in rows) == 500_000
    for persona in personas:
        of_persona = [row for row in cells if row["persona"] == persona["persona"]]
        assert sum(int(row["sessions"]) for row in of_persona) == int(persona["sessions"])
    conversions = {sum(int(row["conversions"]) for row in rows) for rows in (personas, channels, devices)}
    assert len(conversions) == 1


def test_assignments_are_those_of_the_tables(result):
    rows = pyarrow.parquet.read_table(result / "assignments.parquet")
    assert rows.column_names == ["id", "cluster", "persona", "distance", "pc1", "pc2"]
    assert rows.num_rows == 500_000
    assert rows["id"].to_pylist()[:3] == [1, 2, 3]
    counts = {entry["values"]: entry["counts"] for entry in rows["cluster"].value_counts().to_pylist()}
    for persona in table(result / "personas.csv"):
        assert counts[int(persona["cluster"])] == int(persona["sessions"])
    names = {entry["values"] for entry in rows["persona"].value_counts().to_pylist()}
    assert names == {row["persona"] for row in table(result / "personas.csv")}
    inertia = math.fsum(distance * distance for distance in rows["distance"].to_pylist())
    assert inertia == pytest.approx(document(result / "model.json")["fit"]["inertia"], rel=1e-9)


def test_manifest_tells_what_was_done(result):
    run = document(result / "run.json")
    assert run["options"]["k"] == [4]
    assert run["rows"] == {"read": 500_000, "kept": 500_000, "duplicates": 0,
                           "distinct_points": run["rows"]["distinct_points"]}
    assert [stage["stage"] for stage in run["timings"]["stages"]] == [
        "ingest", "prepare", "segment", "profile", "attribute", "recommend", "map", "write", "report"]
    assert run["backend"]["name"] in ("cpu", "cuda")
    assert "Apache Arrow" in run["versions"]
    assert sorted(run["files"]) == sorted(path.name for path in result.iterdir())


def test_the_model_names_no_place_time_or_machine(result, sessions):
    text = (result / "model.json").read_text()
    for word in (str(sessions.parent), "sessions.csv", "thread", "backend", "cpu", "seconds", "Arrow"):
        assert word not in text


def test_four_personas_are_clear(sessions, tmp_path):
    done = covey("run", sessions, "-o", tmp_path / "out")
    run = document(tmp_path / "out" / "run.json")
    assert run["choice"]["k"] == 4 and run["choice"]["structure"] == "clear"
    assert run["choice"]["as_good"] == []
    assert "Clear groups: k = 4." in done.out
    rows = table(tmp_path / "out" / "k_choice.csv")
    assert [row["k"] for row in rows if row["chosen"] == "1"] == ["4"]
    for row, entry in zip(rows, run["k"]):
        assert float(row["silhouette"]) == entry["silhouette"]
        assert float(row["gap"]) == entry["gap"]
        assert [float(value) for value in row["persona_jaccard"].split()] == entry["persona_jaccard"]


def test_without_evidence_calinski_harabasz_decides(few, tmp_path):
    done = covey("run", few, "--k", "2:5", "--restarts", 3, "--no-evidence", "-o", tmp_path / "out")
    run = document(tmp_path / "out" / "run.json")
    choices = run["k"]
    assert [choice["k"] for choice in choices] == [2, 3, 4, 5]
    best = max(choices, key=lambda choice: choice["calinski_harabasz"])
    assert [choice["chosen"] for choice in choices] == [choice is best for choice in choices]
    assert document(tmp_path / "out" / "model.json")["fit"]["k"] == best["k"]
    assert run["options"]["evidence"] is False
    assert run["choice"]["structure"] == "not tested" and choices[0]["gap"] is None
    assert "Calinski" in done.out and "not tested" in done.out


def test_a_list_of_k(few, tmp_path):
    covey("run", few, "--k", "2,4", "--restarts", 1, "-o", tmp_path / "out")
    assert [choice["k"] for choice in document(tmp_path / "out" / "run.json")["k"]] == [2, 4]


def test_columns_are_kept_on_request(small, tmp_path):
    covey("run", small, "--k", 2, "--keep-columns", "-o", tmp_path / "out")
    rows = pyarrow.parquet.read_table(tmp_path / "out" / "assignments.parquet")
    assert rows.column_names[6:] == ["clicks", "page_views", "time_spent", "add_to_cart",
                                     "referral_source", "device_type", "conversion_label"]
    assert rows["referral_source"].to_pylist()[0] in ("Google", "Ads", "Email")
    assert rows["clicks"].to_pylist()[0] == float(small.read_text().splitlines()[1].split(",")[1])


def test_no_device_type_is_fine_and_writes_no_table(small, tmp_path):
    text = small.read_text().replace("device_type", "browser", 1)
    small.write_text(text)
    covey("run", small, "--k", 2, "-o", tmp_path / "out")
    assert not (tmp_path / "out" / "devices.csv").exists()
    assert (tmp_path / "out" / "channels.csv").exists()


def test_multiplicity_equals_repeated_rows(tmp_path):
    rows = [(1, 10, "a", 0), (2, 20, "b", 1), (9, 90, "a", 1), (8, 80, "b", 0)]
    counts = [3, 1, 2, 5]
    header = "x,y,channel,bought"
    line = lambda row: ",".join(map(str, row))
    (tmp_path / "counted.csv").write_text("\n".join(
        [header + ",times"] + [f"{line(row)},{count}" for row, count in zip(rows, counts)]) + "\n")
    (tmp_path / "repeated.csv").write_text("\n".join(
        [header] + [line(row) for row, count in zip(rows, counts) for _ in range(count)]) + "\n")
    options = ["--features", "x,y", "--channel", "channel", "--conversion", "bought", "--k", 2]
    covey("run", tmp_path / "counted.csv", *options, "--multiplicity", "times", "-o", tmp_path / "a")
    covey("run", tmp_path / "repeated.csv", *options, "-o", tmp_path / "b")
    for name in ("personas.csv", "channels.csv", "channel_personas.csv"):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()


@needs_shoppers
def test_online_shoppers(tmp_path):
    covey("run", SHOPPERS, *SHOPPERS_OPTIONS, "--k", "2:6", "-o", tmp_path / "out")
    quality = document(tmp_path / "out" / "quality.json")
    assert (quality["rows_read"], quality["rows_kept"], quality["duplicate_rows"]) == (12_330, 12_330, 125)
    channels = table(tmp_path / "out" / "channels.csv")
    assert len(channels) == 20
    assert sum(int(row["conversions"]) for row in channels) == 1_908
    assert [row["channel"] for row in channels[:2]] == ["2", "1"]
    personas = table(tmp_path / "out" / "personas.csv")
    assert len({row["persona"] for row in personas}) == len(personas)
    assert any("PageValues" in row["persona"] or "Rates" in row["persona"] or "Related" in row["persona"]
               for row in personas)
    assert pyarrow.parquet.read_schema(tmp_path / "out" / "assignments.parquet").names[0] == "row"
