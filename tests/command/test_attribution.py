"""What covey run and covey score say of channels and device types: tests.csv, the new columns, run.json, --margin."""

import json
import random

import pytest
from support import HEADER, SHOPPERS, SHOPPERS_OPTIONS, covey, document, needs_shoppers, table

COLUMNS = ["family", "test", "subject", "against", "statistic", "degrees", "degrees_within", "p", "p_adjusted",
           "effect", "effect_size", "effect_low", "effect_high", "verdict"]


def rows_of(folder, **wanted):
    """Rows of tests.csv with these cells."""
    return [row for row in table(folder / "tests.csv") if all(row[name] == text for name, text in wanted.items())]


@pytest.fixture(scope="module")
def result(sessions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attribution") / "result"
    done = covey("run", sessions, "--k", 4, "-o", folder)
    return folder, done.out


def test_google_against_ads_is_no_difference(result):
    (row,) = rows_of(result[0], test="two-proportion z", subject="Google", against="Ads")
    figure = lambda name, digits: f"{float(row[name]):.{digits}f}"
    assert (figure("statistic", 3), figure("p", 3)) == ("1.785", "0.074")
    assert [f"{100 * float(row[name]):.2f}" for name in ("effect_size", "effect_low", "effect_high")] == [
        "0.37", "-0.04", "0.77"]
    assert row["verdict"] == "no difference shown; equivalent within 1 point"
    (row,) = rows_of(result[0], test="equivalence within 1 point", subject="Google", against="Ads")
    assert (row["effect"], figure("effect_size", 3)) == ("Cohen's h", "0.009")


def test_no_table_shows_a_difference(result):
    for family in ("channel x conversion", "device type x conversion", "channel x persona"):
        (row,) = rows_of(result[0], family=family)
        assert row["verdict"] == "no difference shown"
    for row in rows_of(result[0], family="features by channel"):
        assert row["verdict"] == "no difference shown; the channel explains less than 1 % of the variance"
        assert row["degrees_within"] == "499995"
    assert "Conversion by channel: no difference shown" in result[1]
    assert "Pairs of channels: none of 10 differs; 10 equivalent within 1 point" in result[1]


def test_the_manifest_holds_the_rows(result):
    tests = document(result[0] / "run.json")["tests"]
    rows = table(result[0] / "tests.csv")
    assert list(rows[0]) == COLUMNS
    assert [row["verdict"] for row in tests["rows"]] == [row["verdict"] for row in rows]
    assert tests["channel_conversion"]["statistic"] == float(rows[0]["statistic"])
    assert tests["channel_persona"]["degrees"] == 12
    assert (tests["margin"], tests["merged_channels"]) == (0.01, [])


def test_channels_have_differences_and_standardised_rates(result):
    channels = table(result[0] / "channels.csv")
    manifest = document(result[0] / "run.json")["channels"]
    for row, entry in zip(channels, manifest):
        assert float(row["difference_low"]) < float(row["difference"]) < float(row["difference_high"])
        assert float(row["lift"]) == entry["lift"]
        for name in ("rate_by_device", "rate_by_persona", "rate_by_both"):
            # Devices and personas are spread evenly over the channels: little is left to adjust.
            assert abs(float(row[name]) - float(row["conversion_rate"])) < 0.002
            assert entry[name]["high"] == float(row[f"{name}_high"])
    assert "rate_by_device" not in table(result[0] / "devices.csv")[0]
    assert "difference" in table(result[0] / "devices.csv")[0]


@needs_shoppers
def test_online_shoppers_channels_differ(tmp_path):
    done = covey("run", SHOPPERS, *SHOPPERS_OPTIONS, "--k", 4, "--restarts", 2, "-o", tmp_path / "out")
    (row,) = rows_of(tmp_path / "out", family="channel x conversion")
    assert row["test"] == "Pearson chi-square, p simulated (9 expected counts below 5)"
    assert (f"{float(row['statistic']):.2f}", row["degrees"], f"{float(row['effect_size']):.3f}") == (
        "373.15", "19", "0.174")
    assert (row["p"], row["verdict"]) == ("0.0001", "channels differ")
    tests = document(tmp_path / "out" / "run.json")["tests"]
    assert tests["channel_conversion"]["sparse_cells"] == 9 and tests["device_conversion"] is None
    assert sorted(map(int, tests["merged_channels"])) == [12, 14, 16, 17, 18, 19]
    assert rows_of(tmp_path / "out", family="channel pairs", against="(other)")
    assert "Conversion by channel: channels differ" in done.out
    assert "6 channels merged for pairs" in done.out


@pytest.mark.parametrize("text, margin, words", [
    ("0.5pp", 0.005, "0.5 points"), ("2%", 0.02, "2 points"), ("0.01", 0.01, "1 point"), ("2.5 pp", 0.025, "2.5 points")])
def test_margin(small, tmp_path, text, margin, words):
    covey("run", small, "--k", 2, "--margin", text, "-o", tmp_path / "out")
    run = document(tmp_path / "out" / "run.json")
    assert (run["options"]["margin"], run["tests"]["margin"]) == (margin, margin)
    assert rows_of(tmp_path / "out", test=f"equivalence within {words}")


@pytest.mark.parametrize("text, told", [
    ("1", "100 percentage points"), ("0", "0 percentage points"), ("-1pp", "-1 percentage points"),
    ("21pp", "21 percentage points"), ("one", "not a margin"), ("pp", "not a margin"), ("nan", "nan"), ("1pp%", "not a margin")])
def test_bad_margins(small, tmp_path, text, told):
    done = covey("run", small, f"--margin={text}", "-o", tmp_path / "out", code=2)
    assert "--margin" in done.err and told in done.err
    assert not (tmp_path / "out").exists()


def test_margin_in_the_configuration(small, tmp_path):
    (tmp_path / "c.toml").write_text('k = 2\nmargin = 0.005\n')
    covey("run", small, "--config", tmp_path / "c.toml", "-o", tmp_path / "a")
    covey("score", tmp_path / "a", small, "--margin", "0.5pp", "-o", tmp_path / "b")
    assert (tmp_path / "a" / "tests.csv").read_bytes() == (tmp_path / "b" / "tests.csv").read_bytes()
    assert document(tmp_path / "b" / "run.json")["options"]["margin"] == 0.005


def test_without_conversion_or_channel(small, tmp_path):
    covey("run", small, "--k", 2, "-o", tmp_path / "fit")
    rows = [line.split(",") for line in small.read_text().splitlines()]
    (tmp_path / "no_conversion.csv").write_text("\n".join(",".join(row[:-1]) for row in rows) + "\n")
    covey("score", tmp_path / "fit", tmp_path / "no_conversion.csv", "-o", tmp_path / "a")
    families = {row["family"] for row in table(tmp_path / "a" / "tests.csv")}
    assert families == {"channel x persona", "features by channel"}
    assert "difference" not in table(tmp_path / "a" / "channels.csv")[0]
    (tmp_path / "plain.csv").write_text("\n".join(",".join(row[:5]) for row in rows) + "\n")
    done = covey("score", tmp_path / "fit", tmp_path / "plain.csv", "-o", tmp_path / "b")
    assert not (tmp_path / "b" / "tests.csv").exists() and "Tests" not in done.out
    assert document(tmp_path / "b" / "run.json")["tests"]["rows"] == []


def test_names_are_data(tmp_path):
    draw = random.Random(5)
    names = ["=cmd|'/c'!A1", "\x1b[31mred", "a,b", "(rest)"]
    lines = [f'{row},{draw.randint(0, 9)},{draw.randint(1, 9)},{draw.randint(1, 300)},{draw.randint(0, 1)},'
             f'"{draw.choice(names)}",mobile,{draw.randint(0, 1)}' for row in range(400)]
    (tmp_path / "names.csv").write_text(HEADER + "\n" + "\n".join(lines) + "\n")
    done = covey("run", tmp_path / "names.csv", "--k", 2, "-o", tmp_path / "out")
    assert "\x1b" not in done.out
    subjects = {row["subject"] for row in rows_of(tmp_path / "out", family="channels against the rest")}
    assert subjects == {"'=cmd|'/c'!A1", "\x1b[31mred", "a,b", "(rest)"}
    manifest = json.loads((tmp_path / "out" / "run.json").read_text())
    assert {row["subject"] for row in manifest["tests"]["rows"]} >= set(names)
