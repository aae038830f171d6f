"""Markdown of the results: a summary with targets, and a table of all engines for each fit."""

from peers_suites import seconds_text


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def covey_of(result):
    if "covey_text" in result:
        return result["covey_text"]
    row = next(row for row in result["engines"] if row["engine"] == "covey")
    return seconds_text(row["seconds"]) if "seconds" in row else row["error"]


def peer_of(result):
    if "engines" not in result:
        return result.get("peer_text", "")
    best = next((row for row in result["engines"] if row["engine"] == result["fastest_peer"]), None)
    return f"{best['engine']} {seconds_text(best['seconds'])}" if best else ""


def verdict(result):
    if result["met"] is None:
        return ""
    return "yes" if result["met"] else "**no**"


def summary(results):
    rows = []
    for result in results:
        ratio = f"{result['ratio']:.3g}x" if result.get("ratio") else ""
        note = result["note"] or ("" if result.get("inertias_agree", True) else "inertias differ")
        whole = f"{result['fit_ratio']:.3g}x" if result.get("fit_ratio") else ""
        rows.append([result["case"], result["data"], covey_of(result), peer_of(result), ratio, whole,
                     result["target"], verdict(result), note])
    return table(["case", "data", "covey", "fastest peer", "ratio", "ratio of whole fits", "target", "met", ""], rows)


def engines(result):
    rows = []
    for row in result["engines"]:
        if "seconds" not in row:
            rows.append([row["engine"], "", "", "", "", row["error"] or "no round was finished"])
            continue
        rows.append([row["engine"], f"{row['iteration'] * 1e3:.4g}", f"{row['fit'] * 1e3:.4g}", row["iterations"],
                     row["repetitions"], f"{row['inertia_off']:+.1e}"])
    text = f"{result['case']}; {result['data']}: {result['n']:,} x {result['d']}, k = {result['k']}; covey loads " \
           f"them in {seconds_text(result['load_seconds'])}, {result['distinct']:,} distinct\n\n"
    return text + table(["engine", "ms an iteration", "ms the fit", "iterations", "repetitions",
                         "inertia against covey"], rows)


def markdown(results, about):
    text = f"{about['date']}, {about['machine']}, {about['threads']} threads. Command: `{about['command']}` " \
           f"({about['minutes']:.0f} minutes).\n\n"
    text += "Versions: " + ", ".join(f"{name} {version}" for name, version in about["versions"].items()) + ".\n\n"
    limits = about["limits"]
    giga = {name: limits[name] / 1e9 for name in ("copy", "read", "l3_read", "l2_read", "flops", "int8")}
    text += f"Limits in this run: copy {giga['copy']:.1f} GB/s (read and written bytes), read {giga['read']:.1f} GB/s" \
            f" (third-level cache {giga['l3_read']:.0f}, second {giga['l2_read']:.0f}), float32 multiply-add " \
            f"{giga['flops']:.0f} GFLOP/s, int8 dot product {giga['int8']:.0f} GOP/s.\n\n"
    text += summary(results)
    fits = [result for result in results if "engines" in result]
    if fits:
        text += "\nEvery engine of every fit (an iteration is the difference to a fit of one iteration, over the " \
                "iterations between; the fit is the whole call, loading apart):\n\n" + "\n".join(map(engines, fits))
    return text
