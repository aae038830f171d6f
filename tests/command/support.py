"""Calls of the command under test (COVEY_BIN), and the data that tests share."""

import csv
import json
import os
import pathlib
import random
import subprocess

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

BIN = os.environ.get("COVEY_BIN", "covey")
ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("COVEY_DATA", ROOT.parent / "shared" / "data"))
SHOPPERS = DATA / "online_shoppers_intention.csv"

needs_shoppers = pytest.mark.skipif(
    not SHOPPERS.exists(), reason=f"Online Shoppers is not in {DATA} (set COVEY_DATA)")

SHOPPERS_OPTIONS = [
    "--features", "Administrative_Duration,Informational_Duration,ProductRelated,"
    "ProductRelated_Duration,BounceRates,ExitRates,PageValues",
    "--channel", "TrafficType", "--conversion", "Revenue"]

HEADER = "session_id,clicks,page_views,time_spent,add_to_cart,referral_source,device_type,conversion_label"


def environment(**extra):
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    return kept | extra


def covey(*arguments, code=0, stdin=None, cwd=None, timeout=120, variables=None):
    """Runs the command and checks its exit code; standard input is closed unless given as bytes. `variables` are
    added to the environment."""
    done = subprocess.run(
        [BIN, *map(str, arguments)], input=stdin if stdin is not None else b"", cwd=cwd,
        capture_output=True, timeout=timeout, env=environment(**(variables or {})))
    done.out = done.stdout.decode()
    done.err = done.stderr.decode()
    assert done.returncode == code, f"exit {done.returncode}, not {code}:\n{done.err}\n{done.out[-2000:]}"
    return done


def table(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def document(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def rows_text(count, seed=1):
    """CSV text of that many sessions of two kinds, all valid."""
    draw = random.Random(seed)
    lines = [HEADER]
    for row in range(1, count + 1):
        eager = draw.random() < 0.4
        lines.append(",".join(map(str, [
            row, draw.randint(4, 9) if eager else draw.randint(0, 4), draw.randint(1, 9),
            draw.randint(200, 600) if eager else draw.randint(1, 150), int(eager and draw.random() < 0.5),
            draw.choice(["Google", "Ads", "Email"]), draw.choice(["mobile", "desktop"]),
            int(draw.random() < (0.4 if eager else 0.1))])))
    return "\n".join(lines) + "\n"


def shuffled(source, target, seed=1):
    """Writes the rows of a CSV file in another order, cells untouched, as CSV or Parquet by extension."""
    if target.suffix == ".csv":
        with open(source, encoding="utf-8") as stream:
            header, *lines = stream.readlines()
        random.Random(seed).shuffle(lines)
        target.write_text(header + "".join(lines), encoding="utf-8")
    else:
        rows = pa.csv.read_csv(source)
        order = list(range(rows.num_rows))
        random.Random(seed).shuffle(order)
        pa.parquet.write_table(rows.take(order), target)
    return target


def leftovers(folder):
    return sorted(entry.name for entry in pathlib.Path(folder).iterdir() if ".covey-" in entry.name)
