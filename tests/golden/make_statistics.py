"""Makes the figures in the tests of the statistics functions with scipy, statsmodels and mpmath.

    python -m venv /tmp/golden
    /tmp/golden/bin/pip install scipy==1.17.1 statsmodels==0.15.0 numpy==2.4.6 mpmath==1.4.1
    /tmp/golden/bin/python make_statistics.py

Run once; tests/driver/{distributions,proportions,contingency,variance_analysis,stratified,multiple_tests}_test.cpp hold
what it printed and never run it. Intervals of effect sizes are solved here from scipy's non-central distributions, or,
where those are themselves the doubt, from sums of mpmath.
"""

import mpmath
import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (confint_proportions_2indep, proportion_confint, proportion_effectsize,
                                          proportions_ztest, samplesize_proportions_2indep_onetail)

PAIRS = [(30435, 150000, 9960, 50000), (56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (0, 10, 0, 20),
         (10, 10, 0, 20), (812_345_678, 4_000_000_000, 12_345_678, 61_000_000)]
SMOKING = [[83, 3], [90, 3], [129, 7], [70, 12]]  # Fleiss 1981: smokers among patients of four studies
PARTY = [[762, 327, 468], [484, 239, 477]]  # Agresti 2007: gender and party
# Berkeley admissions 1973: departments A to F; men admitted, men, women admitted, women
BERKELEY = [(512, 825, 89, 108), (353, 560, 17, 25), (120, 325, 202, 593), (138, 417, 131, 375), (53, 191, 94, 393),
            (22, 373, 24, 341)]
# online_shoppers_intention.csv: sessions by TrafficType 1 to 20, Revenue FALSE and TRUE
SHOPPERS = [[2189, 262], [3066, 847], [1872, 180], [904, 165], [204, 56], [391, 53], [28, 12], [248, 95], [38, 4],
            [360, 90], [200, 47], [1, 0], [695, 43], [11, 2], [38, 0], [2, 1], [1, 0], [10, 0], [16, 1], [148, 50]]


def show(name, *values):
    print(name, *(repr(float(v)) for v in values))


def noncentral(lower, x, median, guess):
    """Ends as tools/driver/distributions.h defines them."""
    def solve(at, p):
        f = lambda l: lower(at, l) - p
        return optimize.brentq(f, 0, guess, xtol=1e-13, rtol=1e-14, maxiter=500) if f(0) > 0 else 0.0
    return solve(x, 0.975), solve(max(x, median), 0.025)


def chi_square_ends(x, df):
    lower = lambda at, l: stats.ncx2.cdf(at, df, l) if l > 0 else stats.chi2.cdf(at, df)
    return noncentral(lower, x, stats.chi2.median(df), 4 * x + 20 * df + 60)


def f_ends(f, d1, d2):
    lower = lambda at, l: stats.ncf.cdf(at, d1, d2, l) if l > 0 else stats.f.cdf(at, d1, d2)
    return noncentral(lower, f, stats.f.median(d1, d2), (8 * f + 20) * d1 + 60)


def exact_noncentral_chi_square(x, df, lam):
    """P(X <= x) by Poisson weights, from the last term (where the central tail is nil) down."""
    half, at = mpmath.mpf(lam) / 2, mpmath.mpf(x) / 2
    width = int(20 * mpmath.sqrt(half)) + 60
    last = int(half) + width
    weight = mpmath.exp(-half + last * mpmath.log(half) - mpmath.loggamma(last + 1))
    a = mpmath.mpf(df) / 2 + last
    step = mpmath.exp(a * mpmath.log(at) - at - mpmath.loggamma(a + 1))
    total = tail = mpmath.mpf(0)
    for j in range(last, max(0, last - 2 * width), -1):
        tail += step
        total += weight * tail
        weight *= j / half
        step *= a / at
        a -= 1
    return total


def restricted_z(s1, n1, s2, n2, difference):
    """z of p1 - p2 = difference under the likeliest rates that differ by it (statsmodels 0.15 has a slip here: it
    puts a count for a number of trials into the cubic, so the likelihood is maximised directly)."""
    def slope(p):
        q = p - difference
        return ((s1 / p if s1 else 0) - ((n1 - s1) / (1 - p) if s1 < n1 else 0)
                + (s2 / q if s2 else 0) - ((n2 - s2) / (1 - q) if s2 < n2 else 0))
    low, high = max(0.0, difference), min(1.0, 1.0 + difference)
    inside = 1e-15
    if slope(low + inside) < 0:
        p = low
    elif slope(high - inside) > 0:
        p = high
    else:
        p = optimize.brentq(slope, low + inside, high - inside, xtol=1e-17, rtol=1e-15)
    q = p - difference
    return (s1 / n1 - s2 / n2 - difference) / np.sqrt(p * (1 - p) / n1 + q * (1 - q) / n2)


def proportions():
    for s1, n1, s2, n2 in PAIRS:
        show(f"newcombe {s1}/{n1} {s2}/{n2}", *confint_proportions_2indep(s1, n1, s2, n2, method="newcomb"))
        if 0 < s1 + s2 < n1 + n2:
            show("  z, p", *proportions_ztest([s1, s2], [n1, n2]))
        show("  h", proportion_effectsize(s1 / n1, s2 / n2))
        for margin in (0.01, 0.005, 0.1):
            show(f"  equivalence within {margin}", max(stats.norm.sf(restricted_z(s1, n1, s2, n2, -margin)),
                                                       stats.norm.cdf(restricted_z(s1, n1, s2, n2, margin))))
    for rate, difference, power in ((0.2029, -0.0037, 0.8), (0.2, 0.01, 0.8), (0.02, 0.005, 0.9)):
        n = samplesize_proportions_2indep_onetail(difference, rate, power, ratio=1, alpha=0.05)  # halved inside
        show(f"sessions {rate} {difference} {power}", n)


def tables():
    for name, table in (("smoking", SMOKING), ("party", PARTY), ("shoppers", SHOPPERS)):
        table = np.array(table)
        result = stats.chi2_contingency(table, correction=False)
        scale = table.sum() * (min(table.shape) - 1)
        ends = chi_square_ends(result.statistic, result.dof)
        show(f"{name} chi-square, p, V, low, high", result.statistic, result.pvalue, np.sqrt(result.statistic / scale),
             *np.sqrt(np.array(ends) / scale))
        show("  degrees, sparse", result.dof, (result.expected_freq < 5).sum())


def groups():
    three = [[6, 8, 4, 5, 3, 4], [8, 12, 9, 11, 6, 8], [13, 9, 11, 8, 7, 12]]
    result = stats.f_oneway(*three)
    values = np.concatenate(three)
    squares = ((values - values.mean()) ** 2).sum()
    ends = np.array(f_ends(result.statistic, 2, 15))
    show("three groups: F, p", result.statistic, result.pvalue)
    show("  eta squared, low, high", 1 - sum(((np.array(g) - np.mean(g)) ** 2).sum() for g in three) / squares,
         *ends / (ends + len(values)))
    sizes = np.array([150000, 125000, 50000, 100000, 75000])
    means = np.array([140.25, 140.5, 141.0, 140.125, 140.75])
    mean = (sizes * means).sum() / sizes.sum()
    between = (sizes * (means - mean) ** 2).sum()
    squares = 500000 * 141.0 ** 2
    d1, d2 = 4, 500000 - 5
    f = between / d1 / ((squares - between) / d2)
    ends = np.array(f_ends(f, d1, d2))
    show("five channels: mean, F, p", mean, f, stats.f.sf(f, d1, d2))
    show("  eta squared, low, high", between / squares, *ends / (ends + 500000))


def strata():
    table = StratifiedTable([np.array([[a, m - a], [b, w - b]]) for a, m, b, w in BERKELEY])
    show("berkeley common, low, high", table.oddsratio_pooled, *table.oddsratio_pooled_confint())
    test = table.test_null_odds(correction=False)
    show("  statistic, p", test.statistic, test.pvalue)
    men, women = (sum(row[i] for row in BERKELEY) for i in (0, 2))
    show("  crude", men * (1835 - women) / ((2691 - men) * women))
    weights = np.array([row[1] + row[3] for row in BERKELEY], float)
    weights /= weights.sum()
    for name, s, n in (("men", 0, 1), ("women", 2, 3)):
        rates = np.array([row[s] / row[n] for row in BERKELEY])
        low, high = np.array([proportion_confint(row[s], row[n], method="wilson") for row in BERKELEY]).T
        value = (weights * rates).sum()
        show(f"  {name} standardised", value, value - np.sqrt(((weights * (rates - low)) ** 2).sum()),
             value + np.sqrt(((weights * (high - rates)) ** 2).sum()))


def distributions():
    mpmath.mp.dps = 40
    for x, df in ((3.84, 1), (373.15, 19), (5.0, 19), (0.0, 1), (1e4, 4), (1e6, 19)):
        show(f"chi-square ends of {x}, {df}", *chi_square_ends(x, df))
    for f, d1, d2 in ((4.0, 1, 20), (1.0, 4, 499995), (0.0, 4, 499995), (250.0, 19, 12310), (1e5, 4, 1e7)):
        show(f"F ends of {f}, {d1}, {d2}", *f_ends(f, d1, d2))
    for x, df in ((30.14, 19), (1500.0, 19), (1e3, 1e3)):
        show(f"chi-square upper {x}, {df}", mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(x) / 2, regularized=True))
    for f, d1, d2 in ((3.0, 4, 499995), (300.0, 4, 499995), (2.37, 4, 4e9), (3.0, 19, 12310)):
        x = mpmath.mpf(d2) / (d2 + mpmath.mpf(d1) * f)
        show(f"F upper {f}, {d1}, {d2}", mpmath.betainc(mpmath.mpf(d2) / 2, mpmath.mpf(d1) / 2, 0, x, regularized=True))
    for z in (1.784999, 8.0, 37.0):
        show(f"normal upper {z}", mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)) / 2)
    x, df = 1e7, 19
    for lam, p in zip(chi_square_ends(x, df), (0.975, 0.025)):
        show(f"exact P(X <= {x}) at {lam!r}, wanted {p}", exact_noncentral_chi_square(x, df, lam))


if __name__ == "__main__":
    print(f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, mpmath {mpmath.__version__}")
    distributions()
    proportions()
    tables()
    groups()
    strata()
    show("holm", *multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1])
