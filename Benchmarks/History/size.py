"""Bytes per sample of the same export in three stores: frames as weir writes them, the compacted
file, Prometheus' blocks, VictoriaMetrics' folder. Whole files and folders after a clean stop.
"""

import asyncio
import json
import os
import shutil
import time

import capture
import stores


def record(arguments, folder):
    """A history of real traffic: the path of a file that its weir has closed."""
    path = f"{folder}/captured.db"
    listeners = [stores.free_port() for _ in range(capture.LISTENERS)]
    admin = stores.free_port()
    running = []

    def start(endpoints):
        command = [arguments.weir, "--admin", f"127.0.0.1:{admin}", "--history", path,
                   "--log-level", "warning"]
        for port in listeners:
            command += ["--listen", f"127.0.0.1:{port}"]
        for port in endpoints:
            command += ["--upstream", f"127.0.0.1:{port}"]
        running.append(stores.Server("weir", command, folder, admin, "/ready"))

    stores.progress(f"capturing {arguments.minutes:g} minutes of traffic")
    try:
        asyncio.run(capture.drive(start, listeners, arguments.minutes * 60))
    finally:
        for server in running:
            server.end()
    return path


def frames(arguments, path, samples):
    """Frames that are not compacted yet: {bytes, per_sample}, None without any. The file counts a
    histogram as one sample; the export, by which all are measured, prints each of its series."""
    text = stores.run(arguments.statsctl, "db", "size", "--db", path, "-o", "json")
    tiers = {tier["step_seconds"]: tier for tier in json.loads(text)["tiers"]}
    if None not in tiers:
        return None
    counted = sum(tiers[step]["samples"] for step in (None, 1) if step in tiers)
    own = tiers[None]["samples"] / counted * samples
    return {"bytes": tiers[None]["bytes"], "per_sample": tiers[None]["bytes"] / max(1, own)}


def export(arguments, path, text):
    with open(text, "wb") as out:
        begin = time.perf_counter()
        process = stores.subprocess.run(
            [arguments.statsctl, "export", "--db", path, "--since", "3650d"], stdout=out,
            stderr=stores.subprocess.PIPE)
        seconds = time.perf_counter() - begin
    if process.returncode != 0:
        raise stores.Unavailable(f"export: {process.stderr.decode(errors='replace')[-300:]}")
    samples, series = 0, set()
    with open(text, "rb") as lines:
        for line in lines:
            if not line.startswith(b"#"):
                samples += 1
                series.add(line.rsplit(b" ", 2)[0])
    return samples, len(series), seconds


def measure(arguments, folder):
    """{store: {bytes, per_sample}}, and what was measured."""
    source = arguments.db or record(arguments, folder)
    path = f"{folder}/size.db"
    for end in ("", "-wal"):
        if os.path.exists(source + end):
            shutil.copy(source + end, path + end)
    text = f"{folder}/size.om"
    samples, series, _ = export(arguments, path, text)
    raw = frames(arguments, path, samples)
    rows = {"weir, as it was left": {"bytes": stores.file_bytes(path)}}
    stores.run(arguments.statsctl, "db", "compact", "--db", path)
    rows["weir, compacted"] = {"bytes": stores.file_bytes(path)}
    if "prometheus" in arguments.peers:
        stores.fill_prometheus(text, f"{folder}/size-prometheus")
        rows["prometheus"] = {"bytes": stores.tree_bytes(f"{folder}/size-prometheus")}
    if "victoriametrics" in arguments.peers:
        data = f"{folder}/size-victoriametrics"
        server = stores.victoriametrics(folder, data)
        try:
            stores.fill_victoriametrics(server, text)
        finally:
            server.end()
        rows["victoriametrics"] = {"bytes": stores.tree_bytes(data)}
    for row in rows.values():
        row["per_sample"] = row["bytes"] / max(1, samples)
    if raw:
        rows = {"weir, frames alone": raw} | rows
    return {"rows": rows, "samples": samples, "series": series}
