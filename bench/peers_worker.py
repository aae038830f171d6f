"""One peer in a process of its own (scikit-learn-intelex patches scikit-learn for the whole process). Reads one JSON
object a line and answers with one, as bench/peer.cpp does for covey:
  load: file, rows, d, weights (a file, or "")      fit: variant, start, k, iterations, centroids (a file, or "")
  sweep: k, restarts, iterations, tolerance, seed    read: file, reader
Seconds are those of the library's call alone.
usage: peers_worker.py NAME THREADS"""

import importlib
import json
import sys
import time
import traceback
import warnings

import numpy as np
import threadpoolctl

warnings.simplefilter("ignore")  # not converged: that is what a limit of iterations is for here


class Peer:
    def __init__(self, threads):
        self.threads = threads

    def load(self, file, rows, d, weights):
        self.points = np.fromfile(file, np.float32, rows * d).reshape(rows, d)
        self.weights = np.fromfile(weights, np.uint32, rows).astype(np.float32) if weights else None
        return {"seconds": 0.0}

    def fit(self, variant, start, k, iterations, centroids):
        begin = np.fromfile(start, np.float32).reshape(k, -1)
        seconds, done, found = self.fitted(variant, begin, iterations)
        if centroids:
            np.asarray(found, np.float64).tofile(centroids)
        return {"seconds": seconds, "iterations": done}


class ScikitLearn(Peer):
    def __init__(self, threads):
        super().__init__(threads)
        self.cluster = importlib.import_module("sklearn.cluster")

    def timed(self, **options):
        model = self.cluster.KMeans(**options)
        start = time.perf_counter()
        model.fit(self.points, sample_weight=self.weights)
        return time.perf_counter() - start, model

    def fitted(self, variant, begin, iterations):
        seconds, model = self.timed(n_clusters=len(begin), init=begin, n_init=1, max_iter=iterations, tol=0,
                                    algorithm=variant)
        self.check(model)
        return seconds, int(model.n_iter_), model.cluster_centers_

    def check(self, model):
        pass

    def sweep(self, k, restarts, iterations, tolerance, seed):
        runs = [self.timed(n_clusters=each, n_init=restarts, max_iter=iterations, tol=tolerance, random_state=seed)
                for each in k]
        return {"seconds": sum(seconds for seconds, _ in runs), "inertia": [float(model.inertia_) for _, model in runs]}


class Intelex(ScikitLearn):
    def __init__(self, threads):
        importlib.import_module("sklearnex").patch_sklearn(verbose=False)
        importlib.import_module("daal4py").daalinit(threads)
        super().__init__(threads)

    def check(self, model):
        if not hasattr(model, "_onedal_estimator"):
            raise RuntimeError("scikit-learn-intelex fell back to scikit-learn")


class Faiss(Peer):
    """Assignment is exhaustive (IndexFlatL2); every point is used, the norm is not touched."""

    def __init__(self, threads):
        super().__init__(threads)
        self.faiss = importlib.import_module("faiss")
        self.faiss.omp_set_num_threads(threads)

    def fitted(self, variant, begin, iterations):
        k, d = begin.shape
        model = self.faiss.Kmeans(d, k, niter=iterations, nredo=1, spherical=False, min_points_per_centroid=1,
                                  max_points_per_centroid=len(self.points) // k + 1,
                                  check_input_data_for_NaNs=False)
        start = time.perf_counter()
        model.train(self.points, init_centroids=begin)
        return time.perf_counter() - start, len(model.obj), model.centroids


class Mlpack(Peer):
    """Computes in float64; the points are converted when loaded. Does not tell how many iterations it did: 0."""

    def __init__(self, threads):
        super().__init__(threads)
        self.mlpack = importlib.import_module("mlpack")

    def load(self, file, rows, d, weights):
        answer = super().load(file, rows, d, weights)
        self.points = self.points.astype(np.float64)
        return answer

    def fitted(self, variant, begin, iterations):
        begin = begin.astype(np.float64)
        start = time.perf_counter()
        found = self.mlpack.kmeans(input_=self.points, clusters=len(begin), initial_centroids=begin,
                                   algorithm=variant, max_iterations=iterations, labels_only=True)
        return time.perf_counter() - start, 0, found["centroid"]


class Readers(Peer):
    """A CSV file of sessions into columns whose types are known."""

    def __init__(self, threads):
        super().__init__(threads)
        self.arrow, self.csv = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.csv")
        self.polars = importlib.import_module("polars")
        self.arrow.set_cpu_count(threads)

    def with_arrow(self, file):
        pa = self.arrow
        category = pa.dictionary(pa.int32(), pa.utf8())
        types = {"session_id": pa.int64(), "clicks": pa.int32(), "page_views": pa.int32(), "time_spent": pa.float64(),
                 "add_to_cart": pa.int8(), "referral_source": category, "device_type": category,
                 "conversion_label": pa.int8()}
        return self.csv.read_csv(file, convert_options=self.csv.ConvertOptions(column_types=types)).num_rows

    def with_polars(self, file):
        pl = self.polars
        types = {"session_id": pl.Int64, "clicks": pl.Int32, "page_views": pl.Int32, "time_spent": pl.Float64,
                 "add_to_cart": pl.Int8, "referral_source": pl.Categorical, "device_type": pl.Categorical,
                 "conversion_label": pl.Int8}
        return pl.read_csv(file, schema_overrides=types).height

    def read(self, file, reader):
        start = time.perf_counter()
        rows = self.with_arrow(file) if reader == "pyarrow" else self.with_polars(file)
        return {"seconds": time.perf_counter() - start, "rows": rows}


PEERS = {"scikit-learn": ScikitLearn, "intelex": Intelex, "faiss": Faiss, "mlpack": Mlpack, "readers": Readers}


def libraries():
    """The numeric libraries of this process and the kernels that they chose."""
    return [f"{entry.get('internal_api')} {entry.get('version') or ''} {entry.get('architecture', '')} "
            f"{entry['num_threads']} threads".replace("  ", " ") for entry in threadpoolctl.threadpool_info()]


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    peer = PEERS[name](threads)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            operation = asked.pop("op")
            answer = {"libraries": libraries()} if operation == "libraries" else getattr(peer, operation)(**asked)
        except Exception as error:  # a peer that fails is a finding, not the end of the run
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
