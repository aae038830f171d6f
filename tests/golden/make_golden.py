"""Makes the committed figures of this folder with scikit-learn in float64.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn numpy
    /tmp/golden/bin/python make_golden.py SHOPPERS_CSV

Run once; the engine's tests read what it wrote (sessions.txt, shoppers.txt) and never run it.
Starts are rows of the data, distinct as points, chosen so that no cluster falls empty on the way: an empty cluster
is the one place where scikit-learn's rule (which updates the donor) and ours (which does not) differ.
"""

import csv
import sys

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import davies_bouldin_score, silhouette_samples

FEATURES = ["Administrative_Duration", "Informational_Duration", "ProductRelated",
            "ProductRelated_Duration", "BounceRates", "ExitRates", "PageValues"]
MASK = (1 << 64) - 1


class Draws:
    """Knuth's MMIX generator; tests/engine/golden_test.cpp has the same."""

    def __init__(self, state):
        self.state = state

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 33) % n


def sessions(rows):
    """Whole-number sessions of four kinds: clicks, page views, seconds, cart."""
    draws = Draws(2024)
    data = np.empty((rows, 4))
    for row in range(rows):
        kind = draws.below(20)
        if kind < 7:  # passes by
            clicks, views, seconds, cart = 1 + draws.below(3), 1 + draws.below(3), 20, 0
            spread = 60
        elif kind < 13:  # looks around
            clicks, views, seconds, cart = 4 + draws.below(6), 3 + draws.below(7), 60, 0
            spread = 120
        elif kind < 17:  # buys
            clicks, views, seconds, cart = 2 + draws.below(5), 2 + draws.below(5), 70, 1
            spread = 110
        else:  # reads
            clicks, views, seconds, cart = 2 + draws.below(6), 2 + draws.below(8), 250, draws.below(8) // 7
            spread = 380
        seconds += (draws.below(spread) + draws.below(spread) + draws.below(spread)) // 3
        data[row] = clicks, views, seconds, cart
    return data


def shoppers(path):
    with open(path, newline="") as file:
        return np.array([[float(row[name]) for name in FEATURES] for row in csv.DictReader(file)])


def falls_empty(scaled, start):
    """Whether any iteration of plain Lloyd leaves a cluster without points."""
    centres = start.copy()
    for _ in range(300):
        distance = ((scaled[:, None, :] - centres[None]) ** 2).sum(axis=2)
        label = distance.argmin(axis=1)
        counts = np.bincount(label, minlength=len(centres))
        if (counts == 0).any():
            return True
        moved = np.stack([scaled[label == j].mean(axis=0) for j in range(len(centres))])
        if (moved == centres).all():
            return False
        centres = moved
    return False


def start_rows(scaled, k, seed):
    draws = Draws(seed)
    while True:
        rows = [draws.below(len(scaled)) for _ in range(k)]
        start = scaled[rows]
        if len(np.unique(start, axis=0)) == k and not falls_empty(scaled, start):
            return rows


def text(values):
    return " ".join(repr(float(v)) for v in np.ravel(values))


def write(path, data):
    scaled = (data - data.mean(axis=0)) / data.std(axis=0)
    with open(path, "w", encoding="ascii") as file:
        file.write(f"made by make_golden.py with scikit-learn {sklearn.__version__}, numpy {np.__version__}\n")
        file.write(f"rows {len(data)} dimensions {data.shape[1]}\n")
        file.write(f"sum {text(data.sum(axis=0))}\n")
        pca = PCA(n_components=data.shape[1], svd_solver="full").fit(scaled)
        file.write(f"variance {text(pca.explained_variance_)}\n")
        file.write(f"loadings {text(pca.components_)}\n")
        for k in (4, 8):
            rows = start_rows(scaled, k, seed=k)
            fit = KMeans(k, init=scaled[rows], n_init=1, max_iter=300, tol=0, algorithm="lloyd").fit(scaled)
            assert fit.n_iter_ < 300
            file.write(f"k {k}\nstart {' '.join(map(str, rows))}\n")
            file.write(f"inertia {fit.inertia_!r}\ncentres {text(fit.cluster_centers_)}\n")
            each = silhouette_samples(scaled, fit.labels_, metric="sqeuclidean")
            file.write(f"silhouette {text([each.mean()] + [each[fit.labels_ == j].mean() for j in range(k)])}\n")
            file.write(f"davies_bouldin {davies_bouldin_score(scaled, fit.labels_)!r}\n")
            file.write(f"labels {''.join(map(str, fit.labels_))}\n")
            print(path, k, fit.n_iter_, fit.inertia_, np.bincount(fit.labels_))


if __name__ == "__main__":
    write("sessions.txt", sessions(20000))
    write("shoppers.txt", shoppers(sys.argv[1]))
