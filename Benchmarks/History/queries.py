"""The same questions to all stores over the same samples: a day at 1 s of many series, asked as
Grafana asks. Medians of rounds in which the stores take turns; answers are compared with weir's.
"""

import os
import statistics
import time

import compare
import report
import stores

SINGLE, MANY = "weir_single_rq_total", "weir_bench_rq_total"
BUCKETS = "weir_bench_rq_time_seconds_bucket"
# Left out at the beginning: Prometheus 2.42 counts a sample at the very start of a window,
# version 3 and weir do not, and the samples begin at a whole minute.
WARM_SECONDS = 600
# Two histograms of thirteen series, and the two single series.
OTHERS = 28
# name: endpoint, query, aim in milliseconds
QUESTIONS = {
    "one series": ("query_range", SINGLE, 20),
    "one series, rate": ("query_range", f"rate({SINGLE}[5m])", 20),
    "sum by (cluster) of rates": ("query_range", f"sum by (cluster) (rate({MANY}[5m]))", 500),
    "99th percentile of latency": (
        "query_range", f"histogram_quantile(0.99, sum by (le) (rate({BUCKETS}[5m])))", None),
    "now, sum by (cluster)": ("query", f"sum by (cluster) ({MANY})", None),
    "values of a label": ("label/instance/values", None, None),
}


def parameters(endpoint, query, start, end):
    """Of one request; a minute's step, as a dashboard of a day has it."""
    if endpoint == "query_range":
        return {"query": query, "start": start, "end": end, "step": 60}
    if endpoint == "query":
        return {"query": query, "time": end}
    return {"start": start, "end": end}


def slices(arguments, source, start, seconds, folder):
    """The samples as text, two hours at a time: promtool reads a text once for each block."""
    for begin in range(start, start + seconds, stores.BLOCK_SECONDS):
        text = f"{folder}/slice.om"
        with open(text, "wb") as out:
            end = begin + stores.BLOCK_SECONDS - 0.001
            done = stores.subprocess.run(
                [arguments.statsctl, "export", "--db", source,
                 "--start", stamp(begin), "--end", stamp(end)],
                stdout=out, stderr=stores.subprocess.PIPE)
        if done.returncode != 0:
            raise stores.Unavailable(f"export: {done.stderr.decode(errors='replace')[-300:]}")
        yield text
        os.remove(text)


def stamp(seconds):
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{round(seconds % 1 * 1000):03d}Z"


def fill(arguments, folder, start, seconds):
    """All stores with the same samples: {name: server}."""
    source = f"{folder}/queries.db"
    stores.progress(f"{arguments.series} series, {seconds // 3600} h at 1 s")
    stores.run(arguments.load, "make", source, str(arguments.series), str(start * 1000),
               str(seconds))
    servers = {}
    try:
        if "victoriametrics" in arguments.peers:
            servers["victoriametrics"] = stores.victoriametrics(folder, f"{folder}/queries-vm")
        for number, text in enumerate(slices(arguments, source, start, seconds, folder)):
            stores.progress(f"peers: slice {number + 1} of {seconds // stores.BLOCK_SECONDS}")
            if "prometheus" in arguments.peers:
                stores.fill_prometheus(text, f"{folder}/queries-prometheus")
            if "victoriametrics" in servers:
                stores.fill_victoriametrics(servers["victoriametrics"], text)
        if "prometheus" in arguments.peers:
            servers["prometheus"] = stores.prometheus(folder, f"{folder}/queries-prometheus")
        servers["weir"] = stores.weir(arguments.weir, folder, source)
        return {name: servers[name] for name in stores.NAMES if name in servers}
    except BaseException:
        for server in servers.values():
            server.end()
        raise


def measure(arguments, folder):
    seconds = arguments.hours * 3600
    end = int(time.time() - 60) // stores.BLOCK_SECONDS * stores.BLOCK_SECONDS
    start = end - seconds
    servers = fill(arguments, folder, start, seconds)
    try:
        rows = {name: ask(servers, question, start, end, arguments.rounds)
                for name, question in QUESTIONS.items()}
        memory = {name: server.memory() for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.end()
    return {"rows": rows, "memory": memory, "series": arguments.series, "hours": arguments.hours}


def ask(servers, question, start, end, rounds):
    """One question to each store in turn; the first answer warms up and is compared."""
    endpoint, query, aim = question
    wanted = parameters(endpoint, query, start + WARM_SECONDS, end - 1)
    bodies = {name: server.ask(endpoint, wanted)[1] for name, server in servers.items()}
    own = compare.points(bodies["weir"])
    times = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            times[name].append(server.ask(endpoint, wanted)[0])
    row = {"endpoint": endpoint, "query": query, "aim_ms": aim,
           "points": sum(map(len, own.values())),
           "ms": {name: statistics.median(values) * 1000 for name, values in times.items()},
           "difference": {}}
    for name in servers:
        if name != "weir":
            row["difference"][name] = compare.difference(own, compare.points(bodies[name]))
    return row


def agreement(row, name):
    if name not in row["difference"]:
        return ""
    largest, alone = row["difference"][name]
    text = "equal" if largest < 1e-9 else f"within {largest:.2%}"
    return text + (f", {alone} points alone" if alone else "")


def verdicts(row):
    own, words = row["ms"]["weir"], []
    if row["aim_ms"]:
        words.append(f"<= {row['aim_ms']} ms " + ("met" if own <= row["aim_ms"] else "NOT MET"))
    if "prometheus" in row["ms"]:
        words.append("<= Prometheus " + (
            "met" if own <= row["ms"]["prometheus"] else "NOT MET"))
    return ", ".join(words)


def text(found):
    names = list(found["memory"])
    lines = [f"\n## Queries\n\n{found['series']} counters and {OTHERS} other series, "
             f"{found['hours']} h at 1 s, a step of 60 s; milliseconds over HTTP. `beside`: how "
             "far the values are from weir's.\n\n"]
    rows = []
    for question, row in found["rows"].items():
        rows.append([question, f"{row['points']:,}"]
                    + [f"{row['ms'][name]:.1f}" for name in names]
                    + [agreement(row, "prometheus"), agreement(row, "victoriametrics"),
                       verdicts(row)])
    head = ["question", "points", *names, "beside Prometheus", "beside VictoriaMetrics", "aim"]
    lines.append(report.grid(head, rows))
    lines.append("\nMost memory: " + ", ".join(
        f"{name} {size / 1e6:.0f} MB" for name, size in found["memory"].items()) + ".\n")
    return "".join(lines)
