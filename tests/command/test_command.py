"""The command itself: help, options, configuration, streams, signals, and the small subcommands."""

import json
import os
import pty
import re
import signal
import subprocess
import time

import pytest
from support import (BIN, SHOPPERS, covey, document, environment, leftovers, needs_shoppers, rows_text, shuffled,
                     table)


def test_version():
    assert re.fullmatch(r"covey \d+\.\d+\.\d+\n", covey("--version").out)


def test_help_names_every_command():
    text = covey("--help").out
    for command in ("run", "score", "generate", "inspect", "bench", "info"):
        assert re.search(rf"^ +{command} ", text, re.M)
    assert "Exit codes" in text


@pytest.mark.parametrize("command", ["run", "score", "generate", "inspect", "bench", "info"])
def test_every_command_has_help(command):
    text = covey(command, "--help").out
    assert f"covey {command}" in text
    assert max(map(len, text.splitlines())) <= 110


def test_no_command_prints_the_help_and_fails():
    assert "Exit codes" in covey(code=2).err


@pytest.mark.parametrize("arguments, message", [
    (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
    (["run", "--restart", "3"], "unknown option '--restart'; did you mean '--restarts'?"),
    (["run", "--bakcend=cpu"], "unknown option '--bakcend'; did you mean '--backend'?"),
    (["--quite", "run"], "unknown option '--quite'; did you mean '--quiet'?"),
    (["run", "x.csv", "--frobnicate"], "unknown option '--frobnicate'"),
    (["run", "x.csv", "--restarts", "many", "-o", "out"], "--restarts"),
    (["run", "x.csv", "--restarts", "0", "-o", "out"], "--restarts"),
    (["run", "x.csv", "--threads", "-1", "-o", "out"], "threads"),
    (["run", "x.csv", "--scaling", "standrad", "-o", "out"], "did you mean 'standard'?"),
    (["run", "x.csv", "--start", "best", "-o", "out"], "--start"),
    (["run", "x.csv", "--backend", "gpu", "-o", "out"], "back end"),
    (["run", "x.csv", "--on-missing", "skip", "-o", "out"], "--on-missing"),
    (["run", "x.csv", "--on-invalid", "impute", "-o", "out"], "--on-invalid"),
    (["run", "x.csv", "--delimiter", "ab", "-o", "out"], "--delimiter"),
    (["run", "x.csv", "--max-reject-rate", "2", "-o", "out"], "--max-reject-rate"),
    (["run", "x.csv", "--tolerance", "-1", "-o", "out"], "--tolerance"),
    (["run", "x.csv"], "-o DIR"),
    (["run", "-o", "out"], "no input file"),
    (["score", "-o", "out"], "no model"),
    (["inspect"], "no file"),
    (["info", "extra"], "unexpected argument 'extra'"),
])
def test_usage_errors(tmp_path, arguments, message):
    done = covey(*arguments, code=2, cwd=tmp_path)
    assert message in done.err
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_unknown_log1p_feature(small, tmp_path):
    assert "--log1p" in covey("run", small, "--k", 2, "--log1p", "click", "-o", tmp_path / "out", code=2).err


def test_cuda_that_cannot_be_had_is_a_device_error(small, tmp_path):
    backends = {entry["name"]: entry for entry in json.loads(covey("info", "--json").out)["backends"]}
    if backends["cuda"]["available"]:
        pytest.skip("CUDA is available here")
    done = covey("run", small, "--k", 2, "--backend", "cuda", "-o", tmp_path / "out", code=4)
    assert done.err.startswith("covey: error: ")
    covey("run", small, "--k", 2, "-o", tmp_path / "out")
    assert document(tmp_path / "out" / "run.json")["backend"]["note"]


def test_config_fills_what_the_command_line_leaves_out(small, tmp_path):
    (tmp_path / "covey.toml").write_text(
        'k = [2, 3]\nrestarts = 2\non_missing = "impute"\nmax-reject-rate = 0.5\n'
        'features = ["clicks", "time_spent"]\nkeep_columns = true\n'
        "[columns.clicks]\nmax = 8\ninteger = true\n[columns.conversion_label]\ninteger = false\n")
    covey("run", small, "--config", tmp_path / "covey.toml", "--restarts", 3, "-o", tmp_path / "out")
    options = document(tmp_path / "out" / "run.json")["options"]
    assert options["k"] == [2, 3]
    assert options["restarts"] == 3
    assert options["on_missing"] == "impute"
    assert options["features"] == ["clicks", "time_spent"]
    assert options["keep_columns"] is True
    assert options["columns"]["clicks"] == {"min": 0, "max": 8, "integer": True}
    assert options["columns"]["conversion_label"] == {"min": 0, "max": 1}
    assert {row["column"] for row in table(tmp_path / "out" / "rejects.csv")} == {"clicks"}


@pytest.mark.parametrize("text, message", [
    ("restart = 3\n", "unknown key 'restart'; did you mean 'restarts'?"),
    ("\n[colums.clicks]\nmin = 0\n", "did you mean 'columns'?"),
    ("[columns.clicks]\nminimum = 0\n", "unknown key 'minimum'"),
    ("[columns.click]\nmin = 0\n", "did you mean 'clicks'?"),
    ("[columns.clicks]\nmin = \"0\"\n", "not a number"),
    ("k = \n", "covey.toml:1"),
    ("restarts = \"many\"\n", "restarts"),
    ("output = {}\n", "output"),
    ("config = \"other.toml\"\n", "unknown key 'config'"),
])
def test_config_errors(small, tmp_path, text, message):
    (tmp_path / "covey.toml").write_text(text)
    done = covey("run", small, "--config", tmp_path / "covey.toml", "-o", tmp_path / "out", code=2)
    assert message in done.err and "covey.toml" in done.err
    assert not (tmp_path / "out").exists()


def test_config_that_is_not_there(small, tmp_path):
    covey("run", small, "--config", tmp_path / "none.toml", "-o", tmp_path / "out", code=5)


def test_standard_input(small, tmp_path):
    covey("run", "-", "--k", 2, "-o", tmp_path / "a", stdin=small.read_bytes())
    covey("run", small, "--k", 2, "-o", tmp_path / "b")
    for name in ("model.json", "personas.csv", "channels.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_json_is_one_document_and_quiet_prints_nothing(small, tmp_path):
    done = covey("run", small, "--k", 2, "--json", "-o", tmp_path / "a")
    assert json.loads(done.out) == document(tmp_path / "a" / "run.json")
    assert len(json.loads(done.out)["personas"]) == 2
    done = covey("--quiet", "run", small, "--k", 2, "-o", tmp_path / "b")
    assert (done.out, done.err) == ("", "")


def test_tables_and_the_place_of_the_files(small, tmp_path):
    done = covey("run", small, "--k", 2, "-o", "out", cwd=tmp_path)
    for word in ("Personas", "Channels", "Device types", "Google", "mobile", "300 rows read"):
        assert word in done.out
    assert "Files in out" in done.out.splitlines()[-1]
    assert "\x1b" not in done.out
    assert done.err == ""


def test_a_reader_that_leaves_is_no_failure(small, tmp_path):
    done = subprocess.run(f"{BIN} run {small} --k 2 -o {tmp_path}/out | true; echo ${{PIPESTATUS[0]}}",
                          shell=True, executable="/bin/bash", capture_output=True, text=True)
    assert done.stdout == "0\n" and done.stderr == ""
    assert (tmp_path / "out" / "run.json").exists()


def test_a_full_disk_behind_standard_output_is_reported(small, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BIN, "run", small, "--k", "2", "-o", tmp_path / "out"], stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 5 and "standard output" in done.stderr


def on_terminal(arguments, **extra):
    """Output of the command on a terminal of its own."""
    try:
        terminal, end = pty.openpty()
    except OSError:
        pytest.skip("no pseudo-terminal here")
    process = subprocess.Popen([BIN, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=end, stderr=end,
                               env=environment(TERM="xterm", **extra))
    os.close(end)
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(terminal)
    assert process.wait() == 0
    return b"".join(chunks).decode()


def test_progress_and_colours_on_a_terminal_only(sessions, tmp_path):
    slow = ["run", sessions, "--k", "2:6", "--restarts", 5]
    text = on_terminal([*slow, "-o", tmp_path / "a"])
    assert "segment" in text
    assert "\x1b[" in text
    text = on_terminal([*slow, "--no-color", "--quiet", "-o", tmp_path / "b"])
    assert text == ""
    assert "\x1b[3" not in on_terminal(["run", sessions, "--k", 3, "-o", tmp_path / "c"], NO_COLOR="1")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("delay", [0.02, 0.3, 1.0])
def test_signals_leave_nothing(sessions, tmp_path, number, code, delay):
    process = subprocess.Popen(
        [BIN, "run", sessions, "--k", "2:30", "--restarts", "20", "--backend", "reference", "-o", tmp_path / "out"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(delay)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    # In its first milliseconds the process is still being loaded, and dies of the signal itself.
    assert process.returncode in ((code, -number) if delay < 0.1 else (code,)), err
    assert (out, err) == (b"", b"")
    assert list(tmp_path.iterdir()) == []


def test_signal_while_standard_input_is_waited_for(tmp_path):
    process = subprocess.Popen([BIN, "run", "-", "-o", tmp_path / "out"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(500):
        if leftovers(tmp_path):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    process.stdin.close()
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_signal_leaves_no_generated_file(tmp_path):
    process = subprocess.Popen([BIN, "generate", "--rows", "2000000000", "-o", tmp_path / "big.csv"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(500):
        if list(tmp_path.iterdir()):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 143
    assert list(tmp_path.iterdir()) == []


def test_an_ignored_signal_stays_ignored(small, tmp_path):
    command = f"trap '' INT; {BIN} run - --k 2 -o {tmp_path}/out"
    process = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               start_new_session=True)
    for _ in range(500):
        if leftovers(tmp_path):
            break
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(small.read_bytes(), timeout=20)
    assert process.returncode == 0
    assert (tmp_path / "out" / "run.json").exists()


def test_info():
    info = json.loads(covey("info", "--json").out)
    assert [entry["name"] for entry in info["backends"]] == ["reference", "cpu", "cuda"]
    assert info["backends"][0]["available"] and info["backends"][1]["available"]
    assert all("device" in entry or "reason" in entry for entry in info["backends"])
    assert info["simd_targets"]
    assert isinstance(info["gpus"], list)
    assert {"Apache Arrow", "oneTBB"} <= set(info["libraries"])
    text = covey("info").out
    assert "SIMD targets" in text and info["covey"] in text


def test_inspect_suggests_a_command_that_works(small, tmp_path):
    report = json.loads(covey("inspect", small, "--json").out)
    assert report["rows"] == 300
    assert [column["name"] for column in report["columns"]][:2] == ["session_id", "clicks"]
    assert report["command"].startswith(f"covey run {small} ")
    command = report["command"].replace("covey", BIN, 1).replace("-o result", f"--k 2 -o {tmp_path}/out")
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert (tmp_path / "out" / "personas.csv").exists()
    text = covey("inspect", small).out
    assert "To run on it" in text and "time_spent" in text


@needs_shoppers
def test_inspect_online_shoppers():
    report = json.loads(covey("inspect", SHOPPERS, "--json").out)
    assert report["rows"] == 12_330 and len(report["columns"]) == 18
    assert report["suggestion"]["conversion"] == "Revenue"


def test_inspect_quotes_for_the_shell(tmp_path):
    file = tmp_path / "it's $HOME; a file.csv"
    file.write_text(rows_text(30))
    command = json.loads(covey("inspect", file, "--json").out)["command"]
    echoed = subprocess.run(command.replace("covey run", "printf '%s\\n'", 1), shell=True, check=True,
                            capture_output=True, text=True).stdout
    assert echoed.splitlines()[0] == str(file)


def test_other_delimiters(small, tmp_path):
    text = small.read_text()
    for name, mark, options in (("a", ";", []), ("b", "\t", []), ("c", "|", ["--delimiter", "|"]),
                                ("d", "\t", ["--delimiter", "tab"])):
        small.write_text(text.replace(",", mark))
        covey("run", small, "--k", 2, *options, "-o", tmp_path / name)
    models = {(tmp_path / name / "model.json").read_bytes() for name in "abcd"}
    assert len(models) == 1


def test_a_file_may_be_called_like_a_command(small, tmp_path):
    small.rename(tmp_path / "info")
    covey("run", "info", "--k", 2, "-o", "score", cwd=tmp_path)
    covey("run", shuffled(tmp_path / "info", tmp_path / "s.csv"), "--k", 2, "-o", "out", cwd=tmp_path)
    assert (tmp_path / "score" / "model.json").read_bytes() == (tmp_path / "out" / "model.json").read_bytes()
