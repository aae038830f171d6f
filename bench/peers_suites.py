"""The suites of bench/peers: each yields results, dicts that hold at least a line of the summary: case, data, covey,
peer, ratio, target, met (None: no target), note."""

import pathlib
import statistics
import subprocess
import sys
import tempfile

import peers_data
from peers_fits import FitCase, synthetic

HERE = pathlib.Path(__file__).resolve().parent
SWEEP = {"k": list(range(2, 11)), "restarts": 10, "iterations": 300, "tolerance": 1e-4}
UNSEEN = [(2_000_000, 3, 7), (1_000_000, 6, 12), (700_000, 10, 10), (500_000, 24, 40), (300_000, 50, 100),
          (200_000, 100, 500), (100_000, 300, 64), (50_000, 784, 10)]


def size_text(rows):
    return f"{rows // 10 ** 6}M" if rows % 10 ** 6 == 0 else f"{rows // 1000}k"


def seconds_text(seconds):
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def line(result, case, target=None, measured=None, **more):
    """Completes a result. `target`: (text, least ratio); `measured`: the ratio held against it."""
    ratio = result.get("ratio") if measured is None else measured
    met = None if target is None else (ratio or 0) >= target[1] and result.get("inertias_agree", True)
    return result | {"case": case, "target": target[0] if target else "", "met": met, "note": ""} | more


def contenders(result):
    """covey, and the peers that are at most 1.5 times slower than the fastest."""
    rows = [row for row in result["engines"] if "seconds" in row]
    least = min(row["seconds"] for row in rows if row["engine"] != "covey")
    return ["covey", *(row["engine"] for row in rows if row["seconds"] <= 1.5 * least and row["engine"] != "covey")]


class Suites:
    def __init__(self, machine, options, limits):
        self.machine, self.options, self.limits = machine, options, limits
        self.rounds = 3 if options.quick else 5
        self.budget = 10 if options.quick else 600 if options.full else 60  # seconds of a case

    def rows(self, rows):
        return rows // 20 if self.options.quick else rows

    def fit(self, data, k, case, measure="iteration", target=None, iterations=21, only=None):
        found = FitCase(data, k, iterations, measure, only).run(self.machine, self.rounds, self.budget)
        return line(found, case, target)

    def low(self):
        rows = self.rows(500_000)
        for data in [peers_data.sessions(self.machine, rows, True), *synthetic(self.machine, rows, 4, 4)]:
            yield self.fit(data, 4, f"{size_text(rows)}, d 4, k 4", target=(">= 10x", 10))
        rows = self.rows(10_000_000)
        for data in [peers_data.sessions(self.machine, rows, True), *synthetic(self.machine, rows, 4, 4)]:
            result = self.fit(data, 4, f"{size_text(rows)}, d 4, k 4", target=(">= 7x", 7))
            yield result
            yield self.bandwidth(result)

    def bandwidth(self, result):
        """What the iteration reads of the points, as a share of the copy bandwidth measured in this run."""
        covey = next(row for row in result["engines"] if row["engine"] == "covey")
        share = result["distinct"] * result["d"] * 4 / covey["iteration"] / self.limits["copy"]
        return {"case": result["case"], "data": result["data"], "target": ">= 70 % of copy bandwidth",
                "met": share >= 0.7, "covey_text": f"{share:.0%}", "note": ""}

    def distinct(self):
        rows = self.rows(10_000_000)
        as_they_are = self.fit(peers_data.sessions(self.machine, rows, False), 4,
                               f"{size_text(rows)}, d 4, k 4, over distinct points", target=(">= 100x", 100))
        yield as_they_are
        weighted = self.fit(peers_data.distinct_sessions(self.machine, rows), 4,
                            f"the distinct points of {size_text(rows)}, sample_weight", target=(">= 5x", 5),
                            only=["covey", "scikit-learn lloyd", "scikit-learn elkan"])
        yield weighted

    def middle(self):
        for rows, d, k, target in [(1_000_000, 16, 16, (">= 4x", 4)), (1_000_000, 32, 64, (">= 2x", 2))]:
            rows = self.rows(rows)
            for data in synthetic(self.machine, rows, d, k):
                yield self.fit(data, k, f"{size_text(rows)}, d {d}, k {k}", target=target)

    def high(self):
        rows, d, k = self.rows(500_000), 128, 256
        for data in synthetic(self.machine, rows, d, k):
            name = f"{size_text(rows)}, d {d}, k {k}"
            cold = self.fit(data, k, f"{name}, 20 iterations from a cold start", "cold", (">= 1.5x", 1.5), 20)
            yield cold
            yield self.fit(data, k, f"{name}, to convergence (at most 100)", "fit", (">= 3x", 3), 100,
                           None if self.options.full else contenders(cold))

    def unseen(self):
        for rows, d, k in UNSEEN:
            rows = self.rows(rows)
            for data in synthetic(self.machine, rows, d, k):
                yield self.fit(data, k, f"{size_text(rows)}, d {d}, k {k}")

    def sweep(self):
        for rows, limit, least in [(500_000, 0.3, 60), (10_000_000, 1.5, None)]:
            rows = self.rows(rows)
            data = peers_data.sessions(self.machine, rows, False)
            peers = ["scikit-learn", "intelex"] if least or self.options.full else []
            yield from self.sweep_of(data, f"sweep, {size_text(rows)} sessions", peers, limit, least)

    def sweep_of(self, data, case, peers, limit, least):
        """Every repetition has a seed of its own: which optimum ten restarts find is luck, and from k = 8 on moves
        the inertia by a percent, for every engine. So inertias are compared by the best of equally many seeds; the
        target asks that no k be more than 0.1 % worse."""
        times, inertias, notes = {}, {}, []
        for turn in range(self.rounds):
            again = turn < 3 if data.rows <= 10 ** 6 else turn == 0  # beyond, a sweep of a peer takes minutes
            for name in ["covey", *(peers if again or (self.options.full and data.rows <= 10 ** 6) else [])]:
                worker = self.machine.worker(name)
                with self.machine.quiet():
                    load = self.machine.timed(worker, "load", file=str(data.file), rows=data.rows, d=data.d, weights="")
                    answer = self.machine.timed(worker, "sweep", seed=turn + 1, **SWEEP)
                if "error" in answer:
                    notes.append(f"{name}: {answer['error']}")
                    continue
                times.setdefault(name, []).append(load["seconds"] + answer["seconds"])
                inertias.setdefault(name, []).append(answer["inertia"])
        medians = {name: statistics.median(found) for name, found in times.items()}
        seeds = len(inertias.get("scikit-learn", []))
        best = {name: [min(each) for each in zip(*found[:seeds])] for name, found in inertias.items()}
        excess = [ours / theirs - 1 for ours, theirs in zip(best["covey"], best.get("scikit-learn", []))]
        worse = max(excess, default=None)
        result = {"data": data.name, "measure": "sweep", "medians": medians,
                  "repetitions": {name: len(found) for name, found in times.items()}, "notes": notes,
                  "inertias": inertias, "inertia_worse_by": worse, "inertias_agree": worse is None or worse <= 1e-3}
        covey = medians["covey"]
        yield line(result, f"{case}: seconds, load included", (f"< {limit} s", 1), limit / covey,
                   covey_text=seconds_text(covey), ratio=None,
                   note="" if excess else "inertias not compared: see --full")
        if "scikit-learn" in medians:
            ratio = medians["scikit-learn"] / covey
            theirs = ", ".join(f"{name} {seconds_text(found)}" for name, found in medians.items() if name != "covey")
            note = f"inertia, best of {seeds} seeds: worst k {worse:+.3%}, mean {statistics.mean(excess):+.3%}"
            yield line(result, case, (f">= {least}x scikit-learn", least) if least else None, ratio,
                       covey_text=seconds_text(covey), peer_text=theirs, ratio=ratio, note=note)

    def run(self):
        """Whole commands from CSV, in turn with readers of the same file."""
        for rows in (500_000, 10_000_000):
            rows = self.rows(rows)
            file = peers_data.sessions_file(self.machine, rows)
            with tempfile.TemporaryDirectory(dir=self.machine.cache) as folder:
                yield from self.run_of(file, rows, folder)

    def run_command(self, file, folder):
        covey = self.machine.bin / "covey"
        known = subprocess.run([covey, "run", "--help"], capture_output=True, text=True, check=True).stdout
        fewer = [option for option in ("--no-evidence", "--no-report") if option in known]
        return [covey, "run", file, "--tolerance", "1e-4", "--threads", self.machine.threads, "--backend", "cpu",
                "--force", "--quiet", *fewer, "-o", f"{folder}/result"]

    def run_of(self, file, rows, folder):
        command, times, peak = self.run_command(file, folder), {}, 0
        for _ in range(self.rounds):
            seconds, bytes_now = self.machine.command(command)
            times.setdefault("covey", []).append(seconds)
            peak = max(peak, bytes_now)
            for reader in ("pyarrow", "polars"):
                answer = self.machine.timed(self.machine.worker("readers"), "read", file=str(file), reader=reader)
                if "error" not in answer:
                    times.setdefault(reader, []).append(answer["seconds"])
        medians = {name: statistics.median(found) for name, found in times.items()}
        covey, large = medians["covey"], rows >= 10 ** 6
        result = {"data": file.name, "measure": "run", "medians": medians, "peak_bytes": peak,
                  "repetitions": self.rounds}
        case = f"covey run, {size_text(rows)} sessions of CSV"
        if large:
            times_arrow = covey / medians["pyarrow"]
            yield line(result, case, ("<= 2.5x the typed Arrow read", 1), 2.5 / times_arrow,
                       covey_text=seconds_text(covey), ratio=medians["pyarrow"] / covey,
                       peer_text=f"pyarrow's read {seconds_text(medians['pyarrow'])}",
                       note=f"{times_arrow:.2f}x the read")
            each = peak / rows
            yield line(result, f"memory, {case}", ("<= 120 bytes a session", 1), 120 / each,
                       covey_text=f"{each:.0f} bytes a session", ratio=None)
        else:
            yield line(result, case, ("< 0.6 s", 1), 0.6 / covey, covey_text=seconds_text(covey), ratio=None)
        if self.options.full:
            seconds, bytes_now = self.machine.command([sys.executable, "-B", HERE / "peers_notebook.py", file, folder])
            yield line(result | {"notebook_peak_bytes": bytes_now}, f"{case}, against the notebook",
                       covey_text=seconds_text(covey), peer_text=f"notebook {seconds_text(seconds)}",
                       ratio=seconds / covey,
                       note=f"the notebook once; {bytes_now / 1e9:.1f} GB there, {peak / 1e9:.2f} GB here")

    def huge(self):
        """Parquet of 10 and of 100 million sessions: memory, and how time grows."""
        found = {}
        for rows in (10_000_000, 100_000_000):
            file = peers_data.sessions_file(self.machine, self.rows(rows), "parquet")
            with tempfile.TemporaryDirectory(dir=self.machine.cache) as folder:
                runs = [self.machine.command(self.run_command(file, folder))
                        for _ in range(self.rounds if rows == 10_000_000 else 1)]
            seconds, peak = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
            found[rows] = seconds
            each = peak / self.rows(rows)
            yield line({"data": file.name, "measure": "run", "seconds": seconds, "peak_bytes": peak},
                       f"memory, covey run, {size_text(self.rows(rows))} sessions of Parquet",
                       ("<= 120 bytes a session", 1), 120 / each,
                       covey_text=f"{each:.0f} bytes a session ({seconds_text(seconds)})", ratio=None)
        growth = found[100_000_000] / found[10_000_000]
        yield line({"data": "sessions", "measure": "run"}, "time from 10M to 100M sessions", ("<= 10.5x", 1),
                   10.5 / growth, covey_text=f"{growth:.2f}x", ratio=None)


NAMES = ["low", "distinct", "middle", "high", "unseen", "sweep", "run"]
EXTRA = ["huge"]
