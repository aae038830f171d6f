"""Spend, revenue and what conversions are worth: options, files and refusals."""

import random

import pytest
from support import covey, document, rows_text, shuffled, table

OPTIONS = ["--k", 2, "--restarts", 2]
SPEND = "channel,amount,currency,period\nAds,500,EUR,Oct\nGoogle,40,EUR,Oct\nAds,100,EUR,Nov\nGoogle,0,EUR,Nov\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """2,000 sessions with a column `revenue`, empty where nothing was bought."""
    draw = random.Random(5)
    header, *lines = rows_text(2000).splitlines()
    rows = [header + ",revenue"]
    rows += [line + "," + (f"{draw.randint(500, 9999) / 100}" if line.endswith(",1") else "") for line in lines]
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.csv").write_text("\n".join(rows) + "\n")
    (folder / "spend.csv").write_text(SPEND)
    return folder


def run(shop, out, *options, data="shop.csv"):
    return covey("run", shop / data, *OPTIONS, "-o", out, *options)


def by_channel(out):
    return {row["channel"]: row for row in table(out / "money.csv")}


def number(row, column):
    return float(row[column])


def test_spend_and_revenue(shop, tmp_path):
    out = tmp_path / "out"
    done = run(shop, out, "--spend", shop / "spend.csv", "--revenue", "revenue")
    rows, channels = by_channel(out), {row["channel"]: row for row in table(out / "channels.csv")}
    assert list(rows) == [*channels, "(total)"]
    sums = {}
    for row in table(shop / "shop.csv"):
        sums.setdefault(row["referral_source"], []).append(float(row["revenue"] or 0))
    for channel, amounts in sums.items():
        assert number(rows[channel], "revenue") == pytest.approx(sum(amounts), rel=1e-14)
        assert int(rows[channel]["sessions"]) == int(channels[channel]["sessions"])
    ads = rows["Ads"]
    assert number(ads, "spend") == 600
    assert number(ads, "cost_per_session") == pytest.approx(600 / int(ads["sessions"]))
    assert number(ads, "roas") == pytest.approx(number(ads, "revenue") / 600)
    assert number(ads, "roas_low") < number(ads, "roas") < number(ads, "roas_high")
    assert ads["verdict"] == "earns back its cost"
    assert rows["Email"]["spend"] == rows["Email"]["roas"] == "" and rows["Email"]["verdict"] == "spend unknown"
    total = rows["(total)"]
    assert number(total, "spend") == 640
    assert int(total["sessions"]) == int(ads["sessions"]) + int(rows["Google"]["sessions"])
    quality = document(out / "quality.json")
    empty = sum(row["revenue"] == "" for row in table(shop / "shop.csv"))
    assert quality["missing_as_zero"] == {"revenue": empty}
    manifest = document(out / "run.json")
    assert manifest["options"]["revenue"] == "revenue" and manifest["options"]["value"] is None
    assert manifest["money"]["currency"] == "EUR" and manifest["money"]["period"] == "2 periods: Nov, Oct"
    assert [row["channel"] for row in manifest["money"]["channels"]] == list(channels)
    assert "money.csv" in manifest["files"]
    assert "\nMoney\n" in done.out and "not profit" in done.out


def test_value(shop, tmp_path):
    run(shop, tmp_path / "out", "--value", "12.5")
    for channel, row in by_channel(tmp_path / "out").items():
        assert number(row, "revenue") == 12.5 * int(row["conversions"])
        assert row["spend"] == "" and row["verdict"] == "spend unknown"


def test_no_money_no_file(shop, tmp_path):
    done = run(shop, tmp_path / "out")
    assert not (tmp_path / "out" / "money.csv").exists()
    assert "money" not in document(tmp_path / "out" / "run.json") and "\nMoney\n" not in done.out


def test_revenue_changes_nothing_else(shop, tmp_path):
    run(shop, tmp_path / "with", "--revenue", "revenue")
    run(shop, tmp_path / "without")
    for name in ("model.json", "personas.csv", "channels.csv", "assignments.parquet"):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes(), name


def test_same_bytes_from_any_order_threads_and_format(shop, tmp_path):
    options = ["--spend", shop / "spend.csv", "--revenue", "revenue"]
    run(shop, tmp_path / "a", *options, "--threads", 1)
    shuffled(shop / "shop.csv", shop / "other.csv")
    run(shop, tmp_path / "b", *options, "--threads", 3, data="other.csv")
    shuffled(shop / "shop.csv", shop / "other.parquet", seed=2)
    run(shop, tmp_path / "c", *options, data="other.parquet")
    expected = (tmp_path / "a" / "money.csv").read_bytes()
    assert (tmp_path / "b" / "money.csv").read_bytes() == expected
    assert (tmp_path / "c" / "money.csv").read_bytes() == expected


def test_configuration_file(shop, tmp_path):
    (tmp_path / "run.toml").write_text(
        f'spend = "{shop / "spend.csv"}"\nrevenue = "revenue"\n[columns.revenue]\nmax = 1e4\n')
    run(shop, tmp_path / "out", "--config", tmp_path / "run.toml")
    assert number(by_channel(tmp_path / "out")["Ads"], "spend") == 600


def test_a_bad_amount_is_a_defect(shop, tmp_path):
    lines = (shop / "shop.csv").read_text().splitlines()
    lines[7] = lines[7].rpartition(",")[0] + ",a lot"
    (tmp_path / "bad.csv").write_text("\n".join(lines) + "\n")
    covey("run", tmp_path / "bad.csv", *OPTIONS, "--revenue", "revenue", "-o", tmp_path / "out")
    (reject,) = table(tmp_path / "out" / "rejects.csv")
    assert (reject["row"], reject["column"], reject["text"]) == ("7", "revenue", "a lot")
    done = covey("run", tmp_path / "bad.csv", *OPTIONS, "--revenue", "revenue", "--on-invalid", "fail", "-o",
                 tmp_path / "fails", code=3)
    assert "row 7, column 'revenue'" in done.err


def test_an_unknown_channel_is_a_warning(shop, tmp_path):
    (tmp_path / "spend.csv").write_text("amount;channel\n10;Gogle\n")
    done = run(shop, tmp_path / "out", "--spend", tmp_path / "spend.csv")
    assert "did you mean 'Google'?" in done.err
    row = by_channel(tmp_path / "out")["Gogle"]
    assert (row["spend"], row["sessions"], row["verdict"]) == ("10", "0", "no sessions in the data")


@pytest.mark.parametrize("options, code, message", [
    (["--value", "5", "--revenue", "revenue"], 2, "leave --value or --revenue out"),
    (["--value", "0"], 2, "give an amount above 0"),
    (["--value", "five"], 2, "--value"),
    (["--spend", "spend.csv", "--channel", ""], 2, "name it with --channel"),
    (["--revenue", "clicks"], 2, "named as feature and as revenue"),
    (["--revenue", "revenu"], 3, "did you mean 'revenue'?"),
    (["--spend", "none.csv"], 5, "none.csv"),
    (["--spend", "."], 5, "directory"),
    (["--spend", "bad.csv"], 3, "bad.csv:3: the amount is not a number: 'x'")])
def test_refused(shop, tmp_path, options, code, message):
    (tmp_path / "bad.csv").write_text("channel,amount\nAds,1\nGoogle,x\n")
    done = covey("run", shop / "shop.csv", *OPTIONS, "-o", "out", *options, code=code, cwd=tmp_path)
    assert message in done.err
    assert not (tmp_path / "out").exists()
