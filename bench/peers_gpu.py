#!/usr/bin/env python3
"""Peers beside covey on a GPU: the same points (cloud.h's rule), the same start (the first k rows) and the same number
of iterations; time of one iteration (a long fit less a short one), inertia of the result in float64, ratios to covey.
A package that is not there is named. covey's own rows are read from covey_gpu_bench's JSON.
usage: peers_gpu.py [--covey gpu_bench.json]... [--shapes ROWSxDxK,...] [--clouds mixture,noise] [--peers NAME,...]
       [--iterations 20] [--device cuda|cpu] [--seconds LIMIT]"""

import argparse
import concurrent.futures
import importlib
import json
import os
import statistics
import sys
import time
import warnings

import numpy as np

CHUNK = 1 << 22  # numbers that a thread makes at a time


def mixed(x):
    """SplitMix64 at positions x, as in cloud.h."""
    x = (x + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def rows_of(cloud, components, begin, end, d):
    u = np.uint64
    row = np.arange(begin, end, dtype=u)[:, None]
    bits = mixed(row * u(d) + np.arange(d, dtype=u))
    if cloud == "noise":
        value = bits >> u(41)
    else:
        component = mixed(u(1 << 40) + row) % u(components)
        twenty = u((1 << 20) - 1)
        value = mixed(u(1 << 41) + component * u(d) + np.arange(d, dtype=u)) >> u(42)
        value += (bits & twenty) + ((bits >> u(20)) & twenty) + ((bits >> u(40)) & twenty)
    return value.astype(np.float32) * np.float32(2.0**-20)


def points_of(cloud, components, rows, d):
    points = np.empty((rows, d), np.float32)

    chunk = max(1, CHUNK // d)

    def fill(begin):
        end = min(begin + chunk, rows)
        points[begin:end] = rows_of(cloud, components, begin, end, d)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(0, rows, chunk)))
    return points


def inertia_on_gpu(points, centroids):
    """The same by PyTorch: on the CPU large shapes take minutes."""
    torch = torch_on("cuda")
    c = torch.as_tensor(np.asarray(centroids), dtype=torch.float64, device="cuda")
    total, part = 0.0, max(1, (1 << 28) // max(c.shape))
    for begin in range(0, len(points), part):
        x = torch.as_tensor(points[begin:begin + part], device="cuda").double()
        least = torch.addmm((c * c).sum(1), x, c.T, alpha=-2).min(1).values
        total += float(((x * x).sum(1) + least).sum())
    return total


def inertia_of(points, centroids, device):
    """Sum of squared distances to the nearest centroid, in float64."""
    try:
        if device == "cuda":
            return inertia_on_gpu(points, centroids)
    except ImportError:
        pass
    c, part = np.asarray(centroids, np.float64), 1 << 16

    def of_part(begin):
        x = points[begin:begin + part].astype(np.float64)
        return float(((x * x).sum(1) + ((c * c).sum(1) - 2 * x @ c.T).min(1)).sum())

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(of_part, range(0, len(points), part)))


def torch_on(device):
    torch = importlib.import_module("torch")
    if device == "cuda" and not torch.cuda.is_available():
        raise ImportError("PyTorch sees no GPU")
    return torch


# A peer is prepare(points, start) -> fit(iterations) -> centroids as numpy; prepare moves the data where it computes.
# Empty clusters do not occur from these starts.

def torch_lloyd(points, start, device):
    """Plain Lloyd in float32: a matrix product for the distances, index_add_ for the sums."""
    torch = torch_on(device)
    x, begin = torch.as_tensor(points, device=device), torch.as_tensor(start, device=device)
    k, chunk = len(start), max(1, (1 << 28) // max(len(start), points.shape[1]))

    def fit(iterations):
        c = begin.clone()
        for _ in range(iterations):
            sums, counts = torch.zeros_like(c), torch.zeros(k, device=device)
            for part in x.split(chunk):
                label = torch.addmm((c * c).sum(1), part, c.T, alpha=-2).argmin(1)
                sums.index_add_(0, label, part)
                counts += torch.bincount(label, minlength=k)
            c = sums / counts[:, None]
        return c.cpu().numpy()

    return fit


def cupy_lloyd(points, start, device):
    """The same in CuPy: a matrix product for the distances, bincount for the sums."""
    if device != "cuda":
        raise ImportError("CuPy needs a GPU")
    cupy = importlib.import_module("cupy")
    x, begin = cupy.asarray(points), cupy.asarray(start)
    k, chunk = len(start), max(1, (1 << 28) // max(len(start), points.shape[1]))

    def fit(iterations):
        c = begin.copy()
        for _ in range(iterations):
            sums, counts = cupy.zeros_like(c), cupy.zeros(k, cupy.float32)
            for at in range(0, len(x), chunk):
                part = x[at:at + chunk]
                label = ((c * c).sum(1) - 2 * part @ c.T).argmin(1)
                for f in range(x.shape[1]):
                    sums[:, f] += cupy.bincount(label, weights=part[:, f], minlength=k)
                counts += cupy.bincount(label, minlength=k)
            c = sums / counts[:, None]
        return cupy.asnumpy(c)

    return fit


def flash_kmeans(points, start, device, half=False):
    torch = torch_on(device)
    module = importlib.import_module("flash_kmeans")
    dtype = torch.float16 if half else torch.float32
    x = torch.as_tensor(points, device=device, dtype=dtype)[None]
    begin = torch.as_tensor(start, device=device, dtype=dtype)[None]

    def fit(iterations):
        found = module.batch_kmeans_Euclid(x, len(start), max_iters=iterations, tol=0.0, init_centroids=begin.clone())
        return found[1][0].float().cpu().numpy()  # labels, centroids, and in some versions more

    return fit


def flash_kmeans_half(points, start, device):
    """As it is measured by its authors: points and centroids in fp16."""
    return flash_kmeans(points, start, device, half=True)


def fastkmeans(points, start, device):
    """It takes no start but draws rows by torch.randperm: so the start's rows are put where it draws them. It keeps
    the data on the host; half precision is its default, here float32."""
    torch = torch_on(device)
    module = importlib.import_module("fastkmeans")
    seed, k = 1, len(start)
    torch.manual_seed(seed)
    order, drawn = np.arange(len(points)), torch.randperm(len(points))[:k].numpy()
    for row, place in enumerate(drawn):
        at = int(np.flatnonzero(order == row)[0]) if order[row] != row else row
        order[[at, place]] = order[[place, at]]
    x = points[order]
    if not np.array_equal(x[drawn], start):
        raise RuntimeError("the start's rows are not where fastkmeans draws them")

    def fit(iterations):
        model = module.FastKMeans(x.shape[1], k, niter=iterations, tol=-1.0, seed=seed, device=device,
                                  dtype=torch.float32)
        model.train(x)
        return model.centroids

    return fit


def scikit_learn(points, start, _):
    cluster = importlib.import_module("sklearn.cluster")

    def fit(iterations):
        model = cluster.KMeans(len(start), init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd",
                               copy_x=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not converged: that is what max_iter is for here
            return model.fit(points).cluster_centers_

    return fit


PEERS = {"flash-kmeans fp16": flash_kmeans_half, "flash-kmeans": flash_kmeans, "fastkmeans": fastkmeans,
         "torch Lloyd": torch_lloyd, "CuPy Lloyd": cupy_lloyd, "scikit-learn (CPU)": scikit_learn}


def seconds_of(fit, iterations, limit):
    """Median seconds of a fit, of up to 5 runs within the limit; and the centroids."""
    times, start = [], time.perf_counter()
    while not times or (len(times) < 5 and time.perf_counter() - start < limit):
        begin = time.perf_counter()
        centroids = fit(iterations)  # in host memory: done when it returns
        times.append(time.perf_counter() - begin)
    return statistics.median(times), centroids


def measured(prepare, points, start, options):
    fit = prepare(points, start, options.device)
    few = max(1, options.iterations // 4)
    fit(1)  # compiles, allocates
    more_seconds, centroids = seconds_of(fit, options.iterations, options.seconds)
    less_seconds, _ = seconds_of(fit, few, options.seconds)
    return {"seconds": (more_seconds - less_seconds) / (options.iterations - few),
            "inertia": inertia_of(points, centroids, options.device)}


def entries_of(path):
    """The cases of covey_gpu_bench's JSON; of a run that was cut off those that were done."""
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    try:
        return json.loads(text)["benchmarks"]
    except json.JSONDecodeError:
        return json.loads(text[:text.rfind("}") + 1] + "]}")["benchmarks"]


def covey_rows(paths, cloud, rows, d, k):
    """{"covey cuda": ..., "covey cpu": ...} of a shape, from covey_gpu_bench's JSON; and what it tells of an engine
    that takes fp16 labels as they come."""
    found, note = {}, []
    for path in paths:
        try:
            entries = entries_of(path)
        except (OSError, ValueError, KeyError) as error:
            note.append(f"{path}: {error}")
            continue
        for entry in entries:
            name = entry["name"].split("/")
            if name[1:4] != [cloud, f"{rows}x{d}", f"k{k}"] or entry.get("error_occurred"):
                continue
            if name[0] == "iteration":
                found[f"covey {name[4]}"] = {"seconds": entry["real_time"] * 1e-3, "inertia": entry["inertia"]}
            if name[0] == "assignment":
                note.append(f"cuBLAS in fp16 and the least score a row, unchecked: {entry['real_time']:.4f} ms for an "
                            f"assignment alone, {entry['wrong_labels']:.3%} of its labels are wrong")
    return found, note


def free_gpu_memory():
    for name, release in (("torch", lambda module: module.cuda.empty_cache()),
                          ("cupy", lambda module: module.get_default_memory_pool().free_all_blocks())):
        if name in sys.modules:
            release(sys.modules[name])


def compare(cloud, rows, d, k, options):
    """Prints the table of one shape; whether every peer that is there ran."""
    points = points_of(cloud, 2 * k, rows, d)  # as components_for in cloud.h
    start = points[:k].copy()
    results, notes = covey_rows(options.covey, cloud, rows, d, k)
    for name in options.peers.split(",") if options.peers else PEERS:
        prepare = PEERS[name]
        try:
            results[name] = measured(prepare, points, start, options)
        except ImportError as error:
            notes.append(f"skipped: {name} ({error})")
        except Exception as error:  # a peer that fails is a finding, not the end of the run
            notes.append(f"failed: {name} ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''})")
        free_gpu_memory()
    base = results.get("covey cuda", {}).get("seconds")
    exact = inertia_reference(results)
    print(f"\n{cloud}, {rows:,} x {d}, k = {k}, {options.iterations} iterations from the first {k} rows")
    print(f"  {'engine':<20} {'ms an iteration':>15} {'times covey cuda':>16} {'inertia':>16} {'off by':>9}")
    for name, result in sorted(results.items(), key=lambda item: item[1]["seconds"]):
        ratio = f"{result['seconds'] / base:.2f}" if base else "-"
        print(f"  {name:<20} {result['seconds'] * 1e3:>15.4f} {ratio:>16} {result['inertia']:>16.6g} "
              f"{result['inertia'] / exact - 1:>9.1e}")
    for note in notes:
        print("  " + note)
    return not any(note.startswith("failed") for note in notes)


def inertia_reference(results):
    """covey's, else scikit-learn's, else the smallest."""
    for name in ("covey cuda", "covey cpu", "scikit-learn (CPU)"):
        if name in results:
            return results[name]["inertia"]
    return min((result["inertia"] for result in results.values()), default=1.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covey", action="append", default=[], help="JSON that covey_gpu_bench --benchmark_out wrote")
    parser.add_argument("--shapes", default="500000x4x4,10000000x16x64")
    parser.add_argument("--clouds", default="mixture,noise")
    parser.add_argument("--peers", help=f"some of: {', '.join(PEERS)}; all unless given")
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--seconds", type=float, default=3.0, help="limit of each timing (one run at least)")
    options = parser.parse_args()
    shapes = [tuple(map(int, shape.split("x"))) for shape in options.shapes.split(",")]
    done = [compare(cloud, *shape, options) for shape in shapes for cloud in options.clouds.split(",")]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
