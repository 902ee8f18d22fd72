"""The tables of a run, as markdown that reads well on a terminal, and the ratios weir / peer.

A ratio below 1 means that weir costs less. There is one only where both sides have a figure; a row
without figures says why instead.
"""

import math

from peers import UNCOUNTED

LOAD_NOTE = """CPU time of the proxy per request; the ratios come from it. `CPU %` is how busy the
proxy was: well below 100, requests/s is what load generator and origin reached, not the proxy.
p99 is wrk's own, closed loop: a slow answer delays the next request, so it flatters.

"""
SCALE_NOTE = """weir alone, its threads on the CPUs that the load does not use. `scale-rate`: the
same requests at the same times for each (open loop); `scale-full`: as fast as wrk goes. The ratio
is the median of the rounds' own ratios, and follows switches/request. `idle` is CPU time of the
whole process without requests.

"""
COST, BEST = "total_us", "best peer"


def load_cases(results):
    return [kind for kind in results if kind.startswith(("GET-", "POST-"))]


def ratios(results):
    """CPU per request of weir over the peer's: {case: {peer: ratio}}, with `overall` last."""
    table = {}
    for case in load_cases(results):
        own = results[case].get("weir", {})
        table[case] = {
            name: own[COST] / row[COST] for name, row in results[case].items()
            if name != "weir" and own.get(COST) and row.get(COST)}
        if table[case]:
            beaten = [r for name, r in table[case].items() if name != UNCOUNTED]
            if beaten:
                table[case][BEST] = max(beaten)
    names = dict.fromkeys(name for row in table.values() for name in row)
    overall = {}
    for name in names:
        logs = [math.log(row[name]) for row in table.values() if name in row]
        overall[name] = math.exp(sum(logs) / len(logs))
    return table | ({"overall": overall} if overall else {})


def grid(head, rows):
    """A markdown table with aligned columns; all but the first two columns to the right."""
    table = [head] + rows
    # A reason spans what follows, so it does not widen its column.
    widths = [max(len(r[i]) for r in table if i < 2 or len(r) == len(head))
              for i in range(len(head))]
    lines = []
    for row in table:
        cells = [cell.ljust(w) if i < 2 else cell.rjust(w)
                 for i, (cell, w) in enumerate(zip(row, widths))]
        cells += [""] * (len(head) - len(row))
        lines.append("| " + " | ".join(cells).rstrip() + " |")
        if row is head:
            lines.append("|" + "|".join(
                "-" * (w + 2) if i < 2 else "-" * (w + 1) + ":" for i, w in enumerate(widths)))
            lines[-1] += "|"
    return "\n".join(lines) + "\n"


def section(title, results, kinds, columns, note=""):
    """One row per case and peer; `columns` are (heading, text of a row of figures)."""
    rows = []
    for kind in kinds:
        for name, row in results[kind].items():
            if "reason" in row:
                rows.append([kind, name, "none: " + row["reason"].replace("|", "/")])
            else:
                rows.append([kind, name] + [render(row) for _, render in columns])
    if not rows:
        return ""
    head = ["case", "proxy"] + [heading for heading, _ in columns]
    return f"\n## {title}\n\n{note}{grid(head, rows)}"


def number(key, scale=1.0, places=0):
    return lambda row: f"{row[key] * scale:.{places}f}"


def spread(row):
    values = [r[COST] for r in row["rounds"]]
    return f"{(max(values) - min(values)) / row[COST] * 100:.0f} %"


def ratio_section(table):
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    if not names:
        return ""
    names = [name for name in names if name != BEST] + [BEST]
    rows = [[case, "weir /"] + [f"{row[n]:.2f}" if n in row else "none" for n in names]
            for case, row in table.items()]
    note = ("CPU per request of weir over the peer's: below 1, weir costs less. `overall` is the"
            "\ngeometric mean of the cases above that have a ratio.\n\n")
    return "\n## Ratios\n\n" + note + grid(["case", ""] + names, rows)


def rate_note(rate):
    if not rate:
        return ""
    source = "half of what the slowest peer reached under wrk"
    if rate["capped_by_generator"]:
        share = rate["rate"] / rate["slowest_peer_requests_per_second"] * 100
        source = (f"half of what the generator is able to, only {share:.0f} % of what the slowest"
                  " peer reached under wrk")
    return (f"{rate['rate']:.0f} requests/s: {source}.\nTimes count from the scheduled"
            " send. `late`"
            " is the generator's own lateness (p99),\n`origin` the path without a proxy.\n\n")


def markdown(document):
    machine, parameters = document["machine"], document["parameters"]
    results = document["results"]
    versions = "".join(f"- {name}: {text}\n" for name, text in document["versions"].items())
    missing = "".join(f"- {name}: none: {text}\n" for name, text in document["missing"].items())
    text = (
        f"# weir side by side\n\n{document['date']}, {machine['cpu']} ({machine['architecture']}),"
        f" Linux {machine['kernel']}\n{parameters['rounds']} rounds of {parameters['seconds']} s,"
        f" load and origin on CPU {machine['load_cpu']}, one proxy thread on CPU"
        f" {machine['proxy_cpu']}\n\n{versions}{missing}")
    if machine["load_cpu"] == machine["proxy_cpu"]:
        text += "\nOnly one CPU is usable: load and proxy disturb each other.\n"
    if parameters["smoke"]:
        text += "\nA smoke run: it shows that everything runs, its figures say nothing.\n"
    text += section("CPU and throughput", results, load_cases(results), [
        ("us/request", number("total_us", places=2)), ("user", number("user_us", places=2)),
        ("system", number("system_us", places=2)), ("spread", spread),
        ("requests/s", number("requests_per_second")), ("CPU %", number("cpus_busy", 100)),
        ("p99 us", number("closed_loop_p99_us"))], LOAD_NOTE)
    text += ratio_section(document["ratios"])
    text += section("Latency at a fixed rate, open loop", results, [
        k for k in results if k == "latency"], [
            ("p50 us", number("p50_us")), ("p99 us", number("p99_us")),
            ("p99.9 us", number("p999_us")), ("achieved/s", number("achieved_rate")),
            ("late us", number("generator_late_p99_us"))], rate_note(document["latency_rate"]))
    text += section("Memory", results, [k for k in results if k == "memory"], [
        ("base MB", number("base_bytes", 1e-6, 1)),
        ("bytes per idle connection", number("bytes_per_connection")),
        ("connections", number("idle_connections"))], "Resident memory (RSS).\n\n")
    text += section("Workers", results, [k for k in results if k.startswith("scale-")], [
        ("us/request", number("total_us", places=2)),
        ("to 1 worker", number("ratio_to_1", places=3)),
        ("switches/request", number("switches_per_request", places=2)),
        ("requests/s", number("requests_per_second")), ("CPU %", number("cpus_busy", 100)),
        ("p50 us", number("p50_us")), ("p99 us", number("p99_us")),
        ("idle us/s", number("idle_us_per_second"))], SCALE_NOTE)
    text += section("Connections over workers", results, [k for k in results if k == "balance"], [
        ("connections", number("connections")), ("fewest", number("fewest")),
        ("most", number("most")), ("above mean %", number("above_percent", places=2)),
        ("below mean %", number("below_percent", places=2)),
        ("us/connect", number("us_per_connect"))])
    text += section("Start-up", results, [k for k in results if k == "start-up"], [
        ("ms to the first 200", number("seconds", 1e3, 1))])
    return text
