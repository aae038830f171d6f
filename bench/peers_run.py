"""Peers beside covey, in turn in one run: the same points (float32), start, iterations (tolerance 0) and threads.
Every peer runs in a process of its own, all of a case at once, one call at a time: A B C A B C ...; figures are
medians. An iteration is (a fit of 21 iterations - a fit of one) / 20, kindest to peers: neither checks, copies, trees
nor a last labelling count. Iterations that an engine did not need (it reached a fixed point) are not counted. A peer
2.5 times slower than the fastest after one round, 1.5 times after two, is not run again. Whole fits are compared too,
without a target. Inertias are computed here, in float64, and must agree within 2e-3. Started by bench/peers."""

import argparse
import datetime
import importlib.metadata
import json
import pathlib
import shlex
import subprocess
import sys
import time

import peers_report
import peers_suites
from peers_process import Machine

PACKAGES = ["scikit-learn", "scikit-learn-intelex", "faiss-cpu", "mlpack", "numpy", "pandas", "polars", "pyarrow"]


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="bench/peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows, three rounds: about 3 minutes")
    parser.add_argument("--full", action="store_true",
                        help="the notebook and the long sweeps too, and no case cut short: about 90 minutes")
    known = ", ".join(peers_suites.NAMES + peers_suites.EXTRA)
    parser.add_argument("--suites", default=",".join(peers_suites.NAMES),
                        help=f"of {known}; huge: 100 million sessions")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", default="build/peers/results", help="folder of results.md and results.json")
    parser.add_argument("--update", metavar="FILE",
                        help="replace the part of FILE between the lines <!-- peers --> and <!-- /peers -->")
    parser.add_argument("--lock", metavar="FILE", help="hold this file's lock (flock) while something is timed")
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for name in options.suites.split(","):
        if name not in peers_suites.NAMES + peers_suites.EXTRA:
            parser.error(f"no suite is called '{name}'")
    return options


def machine_text():
    lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    cores = sum(line.startswith("processor") for line in lines)
    memory = int(pathlib.Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]) / (1 << 20)
    return f"{model}, {cores} cores, {memory:.0f} GiB"


def versions(machine):
    def said(*command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    found = {"covey": said(machine.bin / "covey", "--version").removeprefix("covey ")}
    if commit := said("git", "describe", "--always", "--dirty"):
        found["covey"] += f" ({commit})"
    return found | {name: importlib.metadata.version(name) for name in PACKAGES}


def limits_of(machine):
    return machine.timed(machine.worker("covey"), "limits")


def libraries_of(machine):
    """Which numeric kernels the peers' processes run."""
    return {name: machine.worker(name).ask("libraries").get("libraries")
            for name in ("scikit-learn", "intelex", "faiss", "mlpack")}


def replace_between(file, text):
    begin, end = "<!-- peers -->\n", "<!-- /peers -->\n"
    whole = file.read_text(encoding="utf-8")
    before, rest = whole.split(begin, 1)
    file.write_text(before + begin + text + end + rest.split(end, 1)[1], encoding="utf-8")


def main():
    options = parsed(sys.argv[1:])
    machine, start = Machine(options), time.perf_counter()
    command = "bench/peers " + shlex.join(sys.argv[5:]) if len(sys.argv) > 5 else "bench/peers"
    about = {"date": datetime.date.today().isoformat(), "machine": machine_text(), "threads": options.threads,
             "command": command, "versions": versions(machine), "limits": limits_of(machine),
             "libraries": libraries_of(machine)}
    print(json.dumps(about["libraries"], indent=1), file=sys.stderr)
    suites, results = peers_suites.Suites(machine, options, about["limits"]), []
    folder = pathlib.Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    for name in options.suites.split(","):
        for result in getattr(suites, name)():
            results.append(result)
            about["minutes"] = (time.perf_counter() - start) / 60
            print(f"{about['minutes']:5.1f} min  " + peers_report.summary([result]).splitlines()[-1], file=sys.stderr)
            document = json.dumps(about | {"results": results}, indent=1)
            (folder / "results.json").write_text(document, encoding="utf-8")
    machine.close()
    text = peers_report.markdown(results, about)
    (folder / "results.md").write_text(text, encoding="utf-8")
    print(text)
    if options.update:
        replace_between(pathlib.Path(options.update), text)
    return 0 if all(result.get("inertias_agree", True) for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
