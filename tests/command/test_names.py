"""Profiles and names: rules that can be checked on the data, and names that the user gives."""

import csv
import statistics

import pyarrow.parquet
import pytest
from support import covey, document, table


@pytest.fixture
def rows(small):
    with open(small, newline="", encoding="utf-8") as stream:
        return [{name: float(row[name]) for name in ("clicks", "page_views", "time_spent", "add_to_cart")}
                for row in csv.DictReader(stream)]


def meets(row, rule):
    def holds(condition):
        feature, relation, value = condition.split(" ")
        return {"=": row[feature] == float(value), ">=": row[feature] >= float(value),
                "<=": row[feature] <= float(value)}[relation]
    return all(map(holds, rule.split(" and ")))


def test_rules_and_medians_hold_on_the_data(small, rows, tmp_path):
    done = covey("run", small, "--k", 3, "-o", tmp_path / "out")
    clusters = pyarrow.parquet.read_table(tmp_path / "out" / "assignments.parquet")["cluster"].to_pylist()
    for persona in table(tmp_path / "out" / "personas.csv"):
        own = [row for row, cluster in zip(rows, clusters) if cluster == int(persona["cluster"])]
        met = [cluster for row, cluster in zip(rows, clusters) if meets(row, persona["rule"])]
        right = met.count(int(persona["cluster"]))
        assert float(persona["precision"]) == right / len(met)
        assert float(persona["recall"]) == right / len(own)
        assert f"  {persona['rule']}: precision" in done.out
        for feature in rows[0]:
            assert float(persona[f"median_{feature}"]) == statistics.median(row[feature] for row in own)
        told = document(tmp_path / "out" / "run.json")["personas"][int(persona["cluster"])]
        assert told["rule"]["text"] == persona["rule"]
        assert "; ".join(told["defining"]) == persona["defining"]


def test_given_names_go_everywhere(small, tmp_path):
    covey("run", small, "--k", 2, "-o", tmp_path / "own")
    own = [row["persona"] for row in table(tmp_path / "own" / "personas.csv")]
    names = tmp_path / "names.csv"
    names.write_text(f'persona,name\n"{own[1]}",Stayers\n')
    covey("run", small, "--k", 2, "--names", names, "-o", tmp_path / "out")
    expected = [own[0], "Stayers"]
    personas = table(tmp_path / "out" / "personas.csv")
    assert [row["persona"] for row in personas] == expected
    assert personas[1]["reason"].startswith(f"Named by the user; by evidence '{own[1]}': ")
    assert [c["persona"] for c in document(tmp_path / "out" / "model.json")["clusters"]] == expected
    assert {row["persona"] for row in table(tmp_path / "out" / "channel_personas.csv")} == set(expected)
    assert document(tmp_path / "out" / "run.json")["options"]["names"] == str(names)
    covey("score", tmp_path / "out", small, "-o", tmp_path / "scored")
    scored = table(tmp_path / "scored" / "personas.csv")
    assert [row["persona"] for row in scored] == expected
    assert scored[1]["reason"] == "as the model names it"
    assert scored[1]["rule"] == personas[1]["rule"]


@pytest.mark.parametrize("text, message", [
    ("persona,name\nNobody at all,x\n", "names.csv:2: there is no persona 'Nobody at all'"),
    ("cluster,name\n2,x\n", "names.csv:2: there is no cluster '2'"),
    ("cluster,title\n0,x\n", "names.csv:1: the header line is 'cluster,title'"),
])
def test_bad_names_are_refused(small, tmp_path, text, message):
    (tmp_path / "names.csv").write_text(text)
    done = covey("run", small, "--k", 2, "--names", tmp_path / "names.csv", "-o", tmp_path / "out", code=3)
    assert message in done.err
    assert not (tmp_path / "out").exists()


def test_a_file_of_names_that_is_not_there(small, tmp_path):
    done = covey("run", small, "--k", 2, "--names", tmp_path / "none.csv", "-o", tmp_path / "out", code=5)
    assert "none.csv" in done.err
