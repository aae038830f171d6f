"""Cases that fit from a given start: every engine in turn, round after round, and medians."""

import math
import statistics

import numpy as np

import peers_data

# Relative. Peers add float32 products in float32; covey's sums are exact. On overlapping clusters a few labels of a
# million differ, on noise the paths part for good after some iterations and end in solutions that are about as good.
INERTIA_TOLERANCE = 2e-3
HOPELESS = [2.5, 1.5]  # a peer so many times slower than the fastest after one round, after more, is not run again
SHORT, MOST_ROUNDS = 2.0, 25  # seconds that a case is measured for, where so many rounds are enough for them


def variants(rows, d):
    """(worker, variant) of each engine that makes sense on this shape."""
    chosen = [("covey", "covey"), ("scikit-learn", "lloyd"), ("scikit-learn", "elkan"), ("intelex", "lloyd"),
              ("faiss", "faiss"), ("mlpack", "hamerly")]
    if rows <= 1_000_000 and d <= 16:
        chosen += [("mlpack", "elkan"), ("mlpack", "naive")]
        if d <= 6:
            chosen.append(("mlpack", "dualtree"))
    return chosen


def title(worker, variant):
    return worker if variant in ("covey", "faiss") else f"{worker} {variant}"


class Engine:
    def __init__(self, worker, variant):
        self.worker, self.variant, self.name = worker, variant, title(worker, variant)
        self.short, self.long, self.iterations, self.error = [], [], [], ""

    def usable(self):
        return not self.error and bool(self.long)

    def done(self):
        """Iterations of the long fit."""
        return max(self.iterations[-1], 1)

    def per_iteration(self):
        """By the difference to a fit of one iteration: neither set-up nor the last labelling counts."""
        difference = statistics.median(self.long) - statistics.median(self.short)
        return max(difference, 1e-9) / max(self.done() - 1, 1)

    def cold(self):
        """Of the whole fit, set-up included."""
        return statistics.median(self.long) / self.done()

    def seconds(self, measure):
        return {"iteration": self.per_iteration, "cold": self.cold,
                "fit": lambda: statistics.median(self.long)}[measure]()


class FitCase:
    """`iterations`: of the long fit; a short one of one iteration is timed beside it. `measure`: what is compared.
    `only`: names of the engines that take part."""

    def __init__(self, data, k, iterations, measure, only=None):
        self.data, self.k, self.iterations, self.measure = data, k, iterations, measure
        self.engines = [engine for engine in (Engine(*each) for each in variants(data.rows, data.d))
                        if only is None or engine.name in only]

    def run(self, machine, rounds, budget):
        start = str(self.data.start(self.k))
        workers, loads = {}, {}
        for name in {engine.worker for engine in self.engines}:
            workers[name] = machine.worker(name)
        self.machine, self.workers, self.start = machine, workers, start
        with machine.quiet():
            for name, worker in workers.items():
                loads[name] = machine.timed(worker, "load", file=str(self.data.file), rows=self.data.rows,
                                            d=self.data.d, weights=self.data.weights)
            for engine in self.engines:
                engine.error = loads[engine.worker].get("error", "")
                self.fit(engine, 1)  # compiles, allocates
        began, turn = machine.busy, 0
        while turn < rounds or (machine.busy - began < SHORT and turn < MOST_ROUNDS):
            with machine.quiet():
                self.round(turn)
            turn += 1
            if machine.busy - began > budget:
                break
        self.complete_iterations()
        with machine.quiet():
            inertias = {engine.name: self.inertia(engine) for engine in self.engines if engine.usable()}
        return self.result(loads, inertias)

    def round(self, turn):
        for engine in self.contenders(turn):
            short, long = self.fit(engine, 1), self.fit(engine, self.iterations)
            if not engine.error:
                engine.short.append(short["seconds"])
                engine.long.append(long["seconds"])
                engine.iterations.append(long["iterations"])

    def fit(self, engine, iterations, centroids=""):
        if engine.error:
            return {}
        asked = {"start": self.start, "k": self.k, "iterations": iterations, "centroids": centroids}
        if engine.worker != "covey":
            asked["variant"] = engine.variant
        answer = self.machine.timed(self.workers[engine.worker], "fit", **asked)
        engine.error = answer.get("error", "")
        return answer

    def contenders(self, turn):
        if turn == 0:
            return self.engines
        factor = HOPELESS[min(turn, len(HOPELESS)) - 1]
        peers = [engine for engine in self.engines if engine.worker != "covey" and engine.usable()]
        least = min((engine.seconds(self.measure) for engine in peers), default=math.inf)
        return [engine for engine in self.engines
                if engine.worker == "covey" or (engine.usable() and engine.seconds(self.measure) <= factor * least)]

    def complete_iterations(self):
        """mlpack does not say how many iterations it did: as many as covey, which stops at the same fixed point."""
        covey = next((engine for engine in self.engines if engine.worker == "covey" and engine.usable()), None)
        for engine in self.engines:
            if engine.usable() and engine.iterations[-1] == 0:
                engine.iterations.append(covey.done() if covey else self.iterations)

    def inertia(self, engine):
        file = self.machine.cache / "centroids.f64"
        self.fit(engine, self.iterations, str(file))
        return self.data.inertia(np.fromfile(file, np.float64))

    def result(self, loads, inertias):
        exact = inertias.get("covey", math.nan)
        rows, peers = [], []
        for engine in self.engines:
            row = {"engine": engine.name, "error": engine.error}
            if engine.usable():
                row |= {"seconds": engine.seconds(self.measure), "iteration": engine.per_iteration(),
                        "fit": statistics.median(engine.long), "iterations": engine.done(),
                        "repetitions": len(engine.long), "inertia_off": inertias[engine.name] / exact - 1}
                if engine.worker != "covey":
                    peers.append(row)
            rows.append(row)
        covey = next(row for row in rows if row["engine"] == "covey")
        best = min(peers, key=lambda row: row["seconds"], default=None)
        ratio = best["seconds"] / covey["seconds"] if best and "seconds" in covey else None
        fits = [row["fit"] / covey["fit"] for row in peers if "fit" in covey]
        agree = all(abs(row["inertia_off"]) <= INERTIA_TOLERANCE for row in peers)
        return {"n": self.data.rows, "d": self.data.d, "k": self.k, "data": self.data.name, "measure": self.measure,
                "load_seconds": loads["covey"].get("seconds"), "distinct": loads["covey"].get("distinct"),
                "engines": rows, "fastest_peer": best and best["engine"], "ratio": ratio,
                "fit_ratio": min(fits, default=None), "inertias_agree": agree}


def synthetic(machine, rows, d, k):
    """From d = 100 on a mixture's clusters part, so there is one whose clusters overlap too."""
    kinds = ["mixture", "overlap", "noise"] if d >= 100 else ["mixture", "noise"]
    return [peers_data.cloud(machine, kind, rows, d, k) for kind in kinds]
