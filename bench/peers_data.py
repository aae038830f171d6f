"""The data of the cases: made once with fixed seeds, kept as raw files in the cache."""

import concurrent.futures
import os
import subprocess

import numpy as np

FEATURES = ["clicks", "page_views", "time_spent", "add_to_cart"]


class Data:
    """float32 points, row-major, in a file; a start of k rows; whole-number weights, or none."""

    def __init__(self, folder, name, rows, d, weights=""):
        self.name, self.file, self.rows, self.d, self.weights = name, folder / f"{name}.f32", rows, d, weights

    def points(self):
        return np.memmap(self.file, np.float32, "r", shape=(self.rows, self.d))

    def start(self, k):
        """File of the first k different rows."""
        chosen, seen = [], set()
        for row in self.points():
            if len(chosen) == k:
                break
            if row.tobytes() not in seen:
                seen.add(row.tobytes())
                chosen.append(np.array(row))
        file = self.file.with_name(f"{self.name}.start{k}")
        np.array(chosen, np.float32).tofile(file)
        return file

    def inertia(self, centroids):
        """Sum of weighted squared distances to the nearest centroid, in float64."""
        c, points, part = centroids.reshape(-1, self.d), self.points(), max(1, (1 << 24) // len(centroids))
        squares = (c * c).sum(1)
        weights = np.fromfile(self.weights, np.uint32) if self.weights else None

        def of_part(begin):
            x = points[begin:begin + part].astype(np.float64)
            nearest = (x * x).sum(1) + (squares - 2 * x @ c.T).min(1)
            return float(nearest.sum() if weights is None else (nearest * weights[begin:begin + part]).sum())

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return sum(pool.map(of_part, range(0, self.rows, part)))


def cloud(machine, kind, rows, d, k):
    """"mixture" or "overlap" (of 2 k clusters), or "noise", by cloud.h's rule."""
    data = Data(machine.cache, f"{kind}-{rows}x{d}-{2 * k}", rows, d)
    if not data.file.exists():
        answer = machine.worker("covey").ask("generate", cloud=kind, rows=rows, d=d, components=2 * k,
                                             file=str(data.file) + ".part")
        if "error" in answer:
            raise RuntimeError(answer["error"])
        os.replace(str(data.file) + ".part", data.file)
    return data


def sessions_file(machine, rows, extension="csv"):
    """Generated sessions, by covey generate with its default seed."""
    file = machine.cache / f"sessions-{rows}.{extension}"
    if not file.exists():
        part = file.with_name(f"part-{file.name}")
        subprocess.run([machine.bin / "covey", "generate", "--quiet", "--force", "--rows", str(rows), "-o", part],
                       check=True)
        os.replace(part, file)
    return file


def session_values(machine, rows, jitter):
    """The features in float64; jittered by less than half a unit, so that no two rows are equal."""
    from pyarrow import csv
    table = csv.read_csv(sessions_file(machine, rows), convert_options=csv.ConvertOptions(include_columns=FEATURES))
    values = np.column_stack([table[name].to_numpy().astype(np.float64) for name in FEATURES])
    return values + np.random.default_rng(1).uniform(0, 0.5, values.shape) if jitter else values


def sessions(machine, rows, jitter):
    """Generated sessions, standardised."""
    data = Data(machine.cache, f"sessions-{rows}{'-jittered' if jitter else ''}", rows, len(FEATURES))
    if not data.file.exists():
        values = session_values(machine, rows, jitter)
        ((values - values.mean(0)) / values.std(0)).astype(np.float32).tofile(data.file)
    return data


def distinct_sessions(machine, rows):
    """The distinct points of the generated sessions and how often each occurs."""
    weights = machine.cache / f"sessions-{rows}-distinct.weights"
    whole = sessions(machine, rows, False)
    file = machine.cache / f"sessions-{rows}-distinct.f32"
    if not weights.exists():
        rows_as_one = np.ascontiguousarray(whole.points()).view(np.dtype((np.void, 4 * whole.d)))[:, 0]
        unique, counts = np.unique(rows_as_one, return_counts=True)
        unique.view(np.float32).tofile(file)
        counts.astype(np.uint32).tofile(weights)
    return Data(machine.cache, f"sessions-{rows}-distinct", weights.stat().st_size // 4, whole.d, str(weights))
