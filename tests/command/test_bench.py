"""covey bench: the table, the document, what it refuses, and that unequal bits are never timed."""

import json
import os
import re
import subprocess

import pytest

from support import ROOT, covey, rows_text

EMULATED = os.environ.get("COVEY_EMULATED", "")

STEPS = ["load", "seeding", "iteration", "sweep", "labels", "projection"]
FEW = ["--k", "2:4", "--restarts", 2, "--repetitions", 3]


def bench(*arguments, **more):
    return json.loads(covey("bench", *arguments, "--json", **more).out)


def test_the_document(small):
    found = bench(small, *FEW, "--backend", "cpu")
    assert list(found) == ["covey", "data", "options", "copy_bytes_per_second", "backends", "equal_bits", "steps"]
    assert found["data"]["rows"] == 300 and 0 < found["data"]["distinct_points"] <= 300
    assert found["data"]["files"] == [str(small)]
    assert found["data"]["features"] == ["clicks", "page_views", "time_spent", "add_to_cart"]
    assert found["options"]["k"] == [2, 3, 4]
    assert found["options"]["repetitions"] == 3
    assert found["copy_bytes_per_second"] > 1e8
    assert [entry["name"] for entry in found["backends"]] == ["cpu"]
    assert found["equal_bits"] is None
    assert [step["step"] for step in found["steps"]] == STEPS
    for step in found["steps"]:
        assert len(step["seconds"]["cpu"]) == 3
        assert step["median"]["cpu"] == sorted(step["seconds"]["cpu"])[1] >= 0
        assert "speed_up" not in step


def test_two_back_ends_side_by_side(small):
    found = bench(small, *FEW, "--backend", "reference")
    assert [entry["name"] for entry in found["backends"]] == ["cpu", "reference"]
    assert all(entry["device"] for entry in found["backends"])
    assert found["equal_bits"] is True
    for step in found["steps"]:
        assert set(step["median"]) == {"cpu", "reference"}
        assert step["speed_up"] > 0


def test_the_table(small, tmp_path):
    text = covey("bench", small, *FEW, "--backend", "reference", cwd=tmp_path).out
    assert text.startswith("300 rows, ")
    assert "medians of 3" in text
    assert "equal bits on cpu and reference" in text
    assert re.search(r"^Step +cpu +reference +Speed-up$", text, re.M)
    assert len(re.findall(r"^\S.* \d+(?:\.\d+)?x$", text, re.M)) == len(STEPS)
    assert list(tmp_path.iterdir()) == [small] or list(tmp_path.iterdir()) == []


def test_one_side_alone_has_no_speed_up(small):
    text = covey("bench", small, *FEW, "--backend", "cpu").out
    assert "nothing to compare" in text and "Speed-up" not in text


def test_only_the_features_must_be_there(tmp_path):
    file = tmp_path / "plain.csv"
    file.write_text("a,b\n" + "".join(f"{row % 7},{row * row % 11}\n" for row in range(50)))
    found = bench(file, "--features", "a,b", *FEW, "--backend", "cpu")
    assert found["data"]["rows"] == 50


def test_one_feature_and_more_clusters_than_points(tmp_path):
    """Three distinct points: k = 4 and more become 3; with one feature there is one component."""
    file = tmp_path / "plain.csv"
    file.write_text("a\n" + "".join(f"{row % 3}\n" for row in range(50)))
    found = bench(file, "--features", "a", "--k", "2:6", "--repetitions", 1, "--backend", "reference")
    assert found["data"]["distinct_points"] == 3 and found["equal_bits"] is True


@pytest.mark.parametrize("options, message", [
    (["--repetitions", "0"], "--repetitions"),
    (["--k", "0"], "--k"),
    (["--restarts", "0"], "--restarts"),
    (["--scaling", "standrad"], "did you mean 'standard'?"),
    (["--backend", "gpu"], "back end"),
    (["--log1p", "click"], "--log1p"),
    (["--output", "x"], "unknown option '--output'"),
])
def test_usage_errors(small, options, message):
    done = covey("bench", small, *options, code=2)
    assert message in done.err and done.out == ""


def test_no_file_and_a_file_that_is_not_there(tmp_path):
    assert "no input file" in covey("bench", code=2).err
    assert "none.csv" in covey("bench", tmp_path / "none.csv", code=5).err


def test_data_that_cannot_be_used(tmp_path):
    file = tmp_path / "equal.csv"
    file.write_text("a,b\n" + "1,2\n" * 20)
    assert "nothing to cluster" in covey("bench", file, "--features", "a,b", code=3).err
    file.write_text(rows_text(20).replace("clicks", "klicks"))
    assert "clicks" in covey("bench", file, code=3).err


def test_config(small, tmp_path):
    (tmp_path / "covey.toml").write_text("k = [2, 3]\nrepetitions = 2\nbackend = 'cpu'\n[columns.clicks]\nmin = 0\n")
    found = bench(small, "--config", tmp_path / "covey.toml")
    assert found["options"]["k"] == [2, 3] and found["options"]["repetitions"] == 2
    (tmp_path / "covey.toml").write_text("[columns.click]\nmin = 0\n")
    assert "did you mean 'clicks'?" in covey("bench", small, "--config", tmp_path / "covey.toml", code=2).err


def test_a_gpu_that_is_missing_is_one_line(small):
    cuda = next(entry for entry in json.loads(covey("info", "--json").out)["backends"] if entry["name"] == "cuda")
    if cuda["available"]:
        pytest.skip("CUDA is available here")
    lines = covey("bench", small, *FEW).out.splitlines()
    assert [line for line in lines if line.startswith("cuda: ")] == ["cuda: " + cuda["reason"]]
    found = bench(small, *FEW)
    assert found["backends"][1] == {"name": "cuda", "reason": cuda["reason"]}
    done = covey("bench", small, *FEW, "--backend", "cuda", code=4)
    assert done.err.startswith("covey: error: ") and done.out == ""


@pytest.mark.skipif(not EMULATED, reason="this build has no emulated CUDA module (COVEY_EMULATED)")
def test_a_gpu_beside_the_cpu(small):
    preload = {"LD_PRELOAD": EMULATED}
    found = bench(small, *FEW, variables=preload)
    assert [entry["name"] for entry in found["backends"]] == ["cpu", "cuda"]
    assert "Emulated GPU" in found["backends"][1]["device"]
    assert found["equal_bits"] is True
    for nth in (1, 9):
        failing = preload | {"COVEY_EMULATOR_FAULT": f"cudaMalloc:2:{nth}"}
        assert "memory" in bench(small, *FEW, variables=failing)["backends"][1]["reason"]
        covey("bench", small, *FEW, "--backend", "cuda", code=4, variables=failing)


# Stands before the engine's own functions and changes one bit of the second back end's answer.
WRONG = """
#include <dlfcn.h>
#include <cstdlib>
#include <cstring>
#include "covey/kmeans.h"
#include "covey/pca.h"

static bool wrong(const char* what) {
  static int calls = 0;
  return std::strcmp(std::getenv("WRONG"), what) == 0 && ++calls == 2;
}

template <class Function>
static Function* next(const char* name) { return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name)); }

namespace covey {
std::vector<KMeansModel> fit_kmeans(Points& points, const KMeansOptions& options) {
  auto models = next<decltype(fit_kmeans)>("_ZN5covey10fit_kmeansERNS_6PointsERKNS_13KMeansOptionsE")(points, options);
  if (wrong("inertia")) models.back().inertia += 1;
  if (wrong("centroids")) models.back().centroids.q.back() ^= 1;
  if (wrong("iterations")) models.front().iterations += 1;
  return models;
}
Labels predict(Points& points, const Centroids& centroids, bool distances) {
  auto labels = next<decltype(predict)>("_ZN5covey7predictERNS_6PointsERKNS_9CentroidsEb")(points, centroids, distances);
  if (wrong("labels")) labels.label.back() ^= 1;
  if (wrong("distances")) labels.distance.back() ^= 1;
  return labels;
}
std::vector<std::vector<double>> project(Points& points, const Pca& pca) {
  auto scores = next<decltype(project)>("_ZN5covey7projectERNS_6PointsERKNS_3PcaE")(points, pca);
  if (wrong("scores")) scores.back().back() += 1e-12;
  return scores;
}
}  // namespace covey
"""


@pytest.fixture(scope="module")
def wrong_engine(tmp_path_factory):
    if "CXX" not in os.environ or os.environ.get("LD_PRELOAD"):
        pytest.skip("no compiler is named by CXX")
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "wrong.cpp").write_text(WRONG)
    subprocess.run([os.environ["CXX"], "-std=c++20", "-shared", "-fPIC", "-I", ROOT / "include", folder / "wrong.cpp",
                    "-o", folder / "wrong.so", "-ldl"], check=True)
    return folder / "wrong.so"


@pytest.mark.parametrize("what, word", [
    ("inertia", "inertia"), ("centroids", "centroids"), ("iterations", "inertias by k"), ("labels", "labels"),
    ("distances", "labels"), ("scores", "projection")])
def test_unequal_bits_are_not_timed(small, wrong_engine, what, word):
    done = covey("bench", small, "--k", 3, "--restarts", 2, "--backend", "reference", code=1,
                 variables={"LD_PRELOAD": str(wrong_engine), "WRONG": what})
    assert f"cpu and reference differ in their {word}: nothing is timed" in done.err
    assert done.out == ""
