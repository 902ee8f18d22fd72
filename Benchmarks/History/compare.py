"""Answers of two stores side by side: how far apart are values of the same series and time?"""

import json
import math


def points(body):
    """{labels: {time: value}} of an answer; a list of names is one series of ones."""
    data = json.loads(body)["data"]
    if isinstance(data, list):
        return {name: {0: 1.0} for name in data}
    table = {}
    for series in data["result"]:
        labels = tuple(sorted(series["metric"].items()))
        samples = series.get("values") or [series["value"]]
        table[labels] = {float(time): float(value) for time, value in samples}
    return table


def difference(one, other):
    """The largest relative difference, and how many points only one side has."""
    largest, alone = 0.0, 0
    for labels in one.keys() | other.keys():
        left, right = one.get(labels, {}), other.get(labels, {})
        alone += len(left.keys() ^ right.keys())
        for time in left.keys() & right.keys():
            a, b = left[time], right[time]
            if a == b or math.isnan(a) and math.isnan(b):
                continue
            scale = max(abs(a), abs(b))
            largest = max(largest, abs(a - b) / scale if math.isfinite(scale) else math.inf)
    return largest, alone
