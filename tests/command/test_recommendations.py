"""Recommendations from end to end: what the mission's data gives rise to, and what nothing may say without costs."""

import pytest
from support import covey, document, table


@pytest.fixture(scope="module")
def result(sessions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recommendations") / "result"
    covey("run", sessions, "--k", 4, "-o", folder)
    return folder


def rules(folder):
    return {row["rule"]: row for row in table(folder / "recommendations.csv")}


def test_the_mission_is_told_what_its_data_bear(result):
    found = rules(result)
    ads = found["test-before-cutting"]
    assert ads["recommendation"] == "Ads: cost data is missing; test before changing its spend"
    assert "no difference is shown" in ads["evidence"] and "equal within 1 point" in ads["evidence"]
    assert (float(ads["at_stake"]), ads["unit"]) == (9960, "conversions")
    assert "--spend" in ads["settles"]
    assert "Do not move budget" in found["keep-allocation"]["recommendation"]
    assert found["protect-dominant"]["recommendation"].startswith("Protect Google")
    assert found["retarget-engaged"]["recommendation"].startswith("Retarget Deep Researcher")
    assert "add_to_cart = 1" in found["use-the-rule"]["recommendation"]
    assert "one-audience" in found


def test_every_figure_at_stake_lies_in_its_interval(result):
    for row in table(result / "recommendations.csv"):
        assert row["evidence"] and row["settles"] and row["confidence"] in ("high", "moderate", "low")
        if row["at_stake"]:
            low, value, high = (float(row[name]) for name in ("at_stake_low", "at_stake", "at_stake_high"))
            assert low <= value <= high and row["unit"]


def test_figures_are_those_of_the_tables(result):
    channels = {row["channel"]: row for row in table(result / "channels.csv")}
    ads = rules(result)["test-before-cutting"]
    sessions = int(channels["Ads"]["sessions"])
    assert float(ads["at_stake_low"]) == pytest.approx(float(channels["Ads"]["conversion_low"]) * sessions, rel=1e-12)
    personas = {row["persona"]: row for row in table(result / "personas.csv")}
    researchers = personas["Deep Researcher"]
    assert float(rules(result)["retarget-engaged"]["at_stake"]) == (
        int(researchers["sessions"]) - int(researchers["conversions"]))


def test_nothing_says_spend_less_without_costs(result):
    text = (result / "recommendations.md").read_text()
    assert "Reduce the spend" not in text
    assert "Neither cut nor raise" in text


def test_files_say_the_same(result):
    rows, listed = table(result / "recommendations.csv"), document(result / "run.json")["recommendations"]
    assert [row["recommendation"] for row in rows] == [entry["recommendation"] for entry in listed]
    assert [row["number"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    headings = [line for line in (result / "recommendations.md").read_text().splitlines() if line.startswith("## ")]
    assert len(headings) == len(rows)


def test_spend_that_does_not_return_may_be_reduced(few, tmp_path):
    (tmp_path / "spend.csv").write_text("channel,amount\nAds,1000000\n")
    covey("run", few, "--k", 4, "--no-evidence", "--spend", tmp_path / "spend.csv", "--value", 10, "-o", tmp_path / "r")
    found = rules(tmp_path / "r")
    assert "Ads brings in less than it costs" == found["spend-does-not-return"]["recommendation"]
    assert "test-before-cutting" not in found


def test_paid_channels_are_those_the_user_names(few, tmp_path):
    covey("run", few, "--k", 4, "--no-evidence", "--paid", "Email,Direct", "-o", tmp_path / "r")
    titles = [row["recommendation"] for row in table(tmp_path / "r" / "recommendations.csv")]
    assert sum("cost data is missing" in title for title in titles) == 2
    assert not any(title.startswith("Ads:") for title in titles)


def test_a_paid_channel_that_is_not_there(few, tmp_path):
    done = covey("run", few, "--paid", "Addds", "-o", tmp_path / "r", code=2)
    assert "--paid" in done.err and "'Addds' is not a channel" in done.err
    assert "did you mean 'Ads'?" in done.err
    assert not (tmp_path / "r").exists()
