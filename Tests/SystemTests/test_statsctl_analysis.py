"""What statsctl says of numbers that are known: budgets, movers, heatmaps, windows, exports."""

import csv
import datetime
import io
import json
import unittest

from harness import WeirTest, statsctl

END = 1795600000
STEP = 30
HOURS = 40


def sample_lines(name, points, labels='{svc="a"}'):
    return "".join(f"{name}{labels} {value} {time}\n" for time, value in points)


def incident():
    """40 h at 10 requests a second. Failures: 0.1 %, but 2 % in the last 2 h. In the last 10 min a
    queue is ten times as long and every request takes 0.5 s instead of 0.05 s. One counter begins
    5 min before the end, one ended 20 min before it."""
    start = END - HOURS * 3600
    times = range(start, END + 1, STEP)
    failed, fast, slow = 0, 0, 0
    failures, quick, all_of_them = [], [], []
    for time in times:
        if time > start:
            failed += 6 if time > END - 7200 else 0.3
            slow += 300 if time > END - 600 else 0
            fast += 0 if time > END - 600 else 300
        failures.append((time, round(failed, 1)))
        quick.append((time, fast))
        all_of_them.append((time, fast + slow))
    text = "# TYPE rq counter\n" + sample_lines("rq_total", all_of_them)
    text += "# TYPE bad counter\n" + sample_lines("bad_total", failures)
    text += "# TYPE depth gauge\n" + sample_lines(
        "depth", [(time, 50 if time > END - 600 else 5) for time in times])
    text += "# TYPE fresh counter\n" + sample_lines(
        "fresh_total", [(time, 2 * (time - END + 300)) for time in times if time >= END - 300])
    text += "# TYPE gone counter\n" + sample_lines(
        "gone_total", [(time, time - start) for time in times if time <= END - 1200])
    text += "# TYPE lat histogram\n" + sample_lines("lat_bucket", quick, '{le="0.1"}')
    for bound in ("1.0", "+Inf"):
        text += sample_lines("lat_bucket", all_of_them, f'{{le="{bound}"}}')
    text += sample_lines("lat_count", all_of_them, "")
    text += sample_lines("lat_sum", [
        (time, round(0.05 * few + 0.5 * (many - few), 2))
        for (time, few), (_, many) in zip(quick, all_of_them)], "")
    # Silent from 10 min before the end on.
    text += "# TYPE calm histogram\n"
    for bound in ("0.1", "+Inf"):
        text += sample_lines("calm_bucket", quick, f'{{le="{bound}"}}')
    text += sample_lines("calm_count", quick, "") + sample_lines("calm_sum", quick, "")
    return text + "# EOF\n"


class KnownNumbers(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = f"{cls.class_directory}/incident.db"
        text = f"{cls.class_directory}/incident.om"
        with open(text, "w") as file:
            file.write(incident())
        status, _, err = statsctl("import", text, "--db", cls.path)
        assert status == 0, err

    def run_on(self, *arguments):
        return statsctl("--db", self.path, *arguments)

    def slo(self, *arguments):
        status, out, err = self.run_on(
            "slo", "--requests", "rq_total", "--errors", "bad_total", *arguments, "-o", "json")
        return status, json.loads(out), err

    def test_budget_of_a_day(self):
        # In 24 h: 240 steps with 6 failures and 2640 with 0.3, of 864,000 requests.
        status, answer, err = self.slo("--target", "99", "--window", "1d")
        self.assertEqual(0, status, err)
        failed, total = 240 * 6 + 2640 * 0.3, 864_000
        left = 1 - failed / (total * 0.01)
        self.assertAlmostEqual(total, answer["requests"], delta=1)
        self.assertAlmostEqual(failed, answer["failed"], delta=failed / 1000)
        self.assertAlmostEqual(left, answer["budget_left"], places=3)
        self.assertEqual(answer["window_seconds"], answer["recorded_seconds"])
        self.assertEqual(0.99, answer["target"])
        # 2 % of failures use a budget of 1 % up twice as fast.
        self.assertAlmostEqual(left * 86_400 / 2, answer["exhausted_in_seconds"], delta=60)

    def test_burn_rates(self):
        status, answer, err = self.slo("--target", "99.9", "--window", "30d")
        self.assertEqual(1, status, err)
        in_six_hours = (240 * 6 + 480 * 0.3) / 216_000
        in_all = (240 * 6 + 4560 * 0.3) / 1_440_000
        wanted = {3600: 0.02, 300: 0.02, 21_600: in_six_hours, 1800: 0.02, 259_200: in_all}
        for pair in answer["burn_rates"]:
            for name in ("long", "short"):
                rate = wanted[pair[name]] / 0.001
                self.assertAlmostEqual(rate, pair[f"{name}_burn"], delta=rate / 200)
        self.assertEqual(0.999, answer["target"])
        self.assertEqual([True] * 3, [pair["firing"] for pair in answer["burn_rates"]])
        self.assertLess(answer["budget_left"], 0)
        self.assertEqual(0, answer["exhausted_in_seconds"])

    def test_windows_longer_than_the_history_say_so(self):
        _, answer, err = self.slo("--target", "99")
        self.assertIn("1d16h before: that much of the 30d counts", err)
        self.assertAlmostEqual(HOURS * 3600, answer["recorded_seconds"], delta=1)
        three_days = answer["burn_rates"][2]
        self.assertAlmostEqual(HOURS * 3600, three_days["long_recorded"], delta=1)
        self.assertEqual(21_600, three_days["short_recorded"])
        left = answer["budget_left"]
        self.assertAlmostEqual(left * HOURS * 3600 / 2, answer["exhausted_in_seconds"], delta=60)
        _, out, _ = self.run_on(
            "slo", "--requests", "rq_total", "--errors", "bad_total", "--target", "99")
        self.assertIn("1d16h of the 3d", out)

    def test_a_misspelt_selector_is_no_met_objective_in_silence(self):
        for command in ("slo", "summary"):
            _, _, err = self.run_on(command, "--requests", "rq_total", "--errors", "bda_total")
            self.assertIn("no series of bda_total", err)

    def test_diff_finds_what_changed_and_nothing_else(self):
        status, out, err = self.run_on("diff", "--before", "25m", "--after", "now", "-o", "csv")
        self.assertEqual(0, status, err)
        rows = list(csv.DictReader(io.StringIO(out)))
        moved = {row["series"]: (row["before"], row["after"]) for row in rows}
        # A histogram that fell silent has lost its rate; its quantiles have not vanished.
        self.assertEqual({"depth{svc=\"a\"}", "lat p50", "lat p99", "fresh_total{svc=\"a\"}",
                          "gone_total{svc=\"a\"}", "calm_count"}, set(moved))
        self.assertEqual(("5.0", "50.0"), moved['depth{svc="a"}'])
        self.assertEqual("", moved['fresh_total{svc="a"}'][0])
        self.assertEqual("", moved['gone_total{svc="a"}'][1])
        scores = [float(row["score"]) for row in rows]
        self.assertEqual(sorted(scores, reverse=True), scores)
        _, out, _ = self.run_on("diff", "--before", "25m", "--after", "now")
        self.assertLess(out.index("CHANGED"), out.index("NEW"))
        self.assertLess(out.index("NEW"), out.index("VANISHED"))

    def test_both_windows_begin_where_the_numbers_do(self):
        start = END - HOURS * 3600
        status, out, err = self.run_on(
            "diff", "--around", str(start - 240), "--window", "10m", "-o", "json")
        self.assertEqual(0, status, err)
        self.assertIn("everything is new", err)
        answer = json.loads(out)
        self.assertEqual("2026-11-23T17:46:39.999Z", answer["after"]["start"])
        rates = {one["series"]: one["after"] for one in answer["movers"]}
        self.assertAlmostEqual(10, rates['rq_total{svc="a"}'], delta=0.1)

    def test_why_names_the_minute(self):
        status, out, err = self.run_on("why", "10m", "-o", "json")
        self.assertEqual(0, status, err)
        movers = {mover["series"] for mover in json.loads(out)["diff"]["movers"]}
        self.assertIn('depth{svc="a"}', movers)
        for arguments in ([], ["now"]):
            status, out, err = self.run_on("why", *arguments, "-o", "json")
            self.assertEqual(0, status, err)
            window = json.loads(out)["diff"]["after"]
            self.assertEqual("2026-11-25T09:45:40Z", window["start"])
            self.assertEqual("2026-11-25T09:46:40Z", window["end"])

    def test_what_is_not_recorded_is_said(self):
        for time, words in (("2026-11-25T10:00:00Z", "end at"), ("5d", "begin at")):
            status, out, err = self.run_on("why", time)
            self.assertEqual((1, ""), (status, out))
            self.assertIn(f"is not recorded: the numbers {words}", err)

    def test_heatmap_counts_each_request_once(self):
        def rows(*arguments):
            status, out, err = self.run_on(
                "heatmap", "lat", "--since", "1h", *arguments, "-o", "json")
            self.assertEqual(0, status, err)
            return {row["upper"]: sum(row["counts"]) for row in json.loads(out)["rows"]}
        exact = rows("--step", "2m")
        self.assertAlmostEqual(30_000, exact["0.1"], delta=1)
        self.assertAlmostEqual(6_000, exact["1"], delta=1)
        # Columns that lie across the samples share them out, and lose none.
        self.assertAlmostEqual(36_000, sum(rows().values()), delta=1)

    def test_summary(self):
        arguments = ["summary", "--requests", "rq_total", "--errors", "bad_total",
                     "--latency", "lat", "-o", "json"]
        for extra, status in (([], 0), (["-t", "errors<=2%"], 0), (["-t", "errors<1%"], 1),
                              (["-t", "p99<250ms"], 1), (["-t", "rate>9"], 0)):
            code, out, err = self.run_on(*arguments, "--since", "1h", *extra)
            self.assertEqual(status, code, err)
            answer = json.loads(out)
            self.assertEqual((36_000, 720), (answer["requests"], answer["failed"]))
        _, out, err = self.run_on(*arguments, "--since", "60d")
        self.assertIn("1d16h of the 60d are recorded", err)
        self.assertAlmostEqual(10, json.loads(out)["rate"], places=2)

    def test_top_counts_what_is_recorded(self):
        for window in ("1h", "60d"):
            status, out, err = self.run_on(
                "top", "--by", "svc", "--requests", "rq_total", "--window", window, "-o", "json")
            self.assertEqual(0, status, err)
            rate = json.loads(out)["lines"][0]["requests_per_second"]
            self.assertAlmostEqual(10, rate, places=2)
        status, _, err = self.run_on("top", "--by", "route")
        self.assertEqual(1, status)
        self.assertIn("listener", err)

    def test_info_of_an_import(self):
        status, out, err = self.run_on("info")
        self.assertEqual((0, ""), (status, err))
        self.assertIn("imported", out)

    def test_a_name_that_is_not_there(self):
        for command in ("query", "range"):
            for query, words in (
                    ("sum(dpeth)", "did you mean depth?"), ("depth{svc='b'}", "do the labels"),
                    ("sum(no_such_name_at_all)", "no no_such_name_at_all: `statsctl list`")):
                status, out, err = self.run_on(command, query)
                self.assertEqual((1, ""), (status, out), err)
                self.assertIn(words, err)

    def test_watch_takes_the_source_anywhere(self):
        wanted = "depth{svc=\"a\"}     50"
        for arguments in (["--db", self.path, "watch", "--count", "1", "query", "depth"],
                          ["watch", "--db", self.path, "--count", "1", "query", "depth"],
                          ["watch", "--count", "1", "query", "depth", "--db", self.path]):
            status, out, err = statsctl(*arguments)
            self.assertEqual(0, status, err)
            self.assertIn(wanted, out)
        status, _, err = statsctl("watch", "--db", self.path, "--count", "1", "db", "verify")
        self.assertEqual(0, status, err)
        status, out, err = statsctl("--db", self.path, "watch", "--count", "1")
        self.assertEqual(1, status, err)
        self.assertIn("weir_cluster_upstream_rq_completed_total", out)

    def test_labels_with_odd_names(self):
        self.assertEqual(1, self.run_on("labels", "a-b")[0])
        self.assertEqual((0, "VALUE  SERIES NOW\na               4\n"), self.run_on(
            "labels", "svc", "--since", "1d")[:2])

    def test_a_heatmap_that_does_not_fit(self):
        status, out, err = self.run_on("heatmap", "lat", "--since", "20h", "--step", "30s")
        self.assertEqual((2, ""), (status, out))
        self.assertIn("2400 columns do not fit", err)

    def test_exports(self):
        status, out, err = self.run_on("export", "depth", "--since", "1m", "-o", "json")
        self.assertEqual(0, status, err)
        self.assertEqual(
            {"metric": {"__name__": "depth", "svc": "a"}, "values": [50, 50],
             "timestamps": [(END - 30) * 1000, END * 1000]}, json.loads(out))
        _, out, _ = self.run_on("export", "depth", "--since", "30s", "-o", "csv")
        self.assertEqual(
            [["series", "time", "value"], ['depth{svc="a"}', str(END), "50"]],
            list(csv.reader(io.StringIO(out))))

    def test_times_are_the_same_everywhere(self):
        local = datetime.datetime.fromtimestamp(END - 540)
        commands = [
            ["query", "depth", "--at"], ["top", "--by", "svc", "--requests", "rq_total", "--at"],
            ["slo", "--requests", "rq_total", "--errors", "bad_total", "--target", "9", "--at"],
            ["range", "depth", "--start"], ["show", "depth", "--start"],
            ["heatmap", "lat", "--start"], ["export", "depth", "--start"],
            ["summary", "--requests", "rq_total", "--errors", "bad_total", "--start"],
            ["labels", "--start"], ["diff", "--after", "now", "--before"], ["why"],
        ]
        for command in commands:
            for time in ("9m", "9m ago", "now-9m", "2026-11-25T09:37:40Z",
                         "2026-11-25T10:37:40+01:00", "1795599460", local.strftime("today %H:%M")):
                with self.subTest(f"{command} {time}"):
                    status, out, err = self.run_on(*command, time)
                    self.assertEqual(0, status, err)
                    self.assertTrue(out)
            status, out, err = self.run_on(*command, "soonish")
            self.assertEqual((2, ""), (status, out), err)
            self.assertIn("not a time; try 14:03", err)
            status, _, err = self.run_on(*command, "yesterday 09:26")
            self.assertIn(status, (0, 1), err)

    def test_usage_is_one_line_and_a_pointer(self):
        for arguments, words in (
                (["diff"], "either --before TIME"), (["shwo", "x"], "did you mean show"),
                (["range", "depth", "--since", "1h", "--start", "2h"], "exclude each other"),
                (["top", "--nope"], "unknown option '--nope'"), (["show"], "missing expected"),
                (["top", "--limit=-1"], "--limit -1: at least 1")):
            status, out, err = self.run_on(*arguments)
            self.assertEqual((2, ""), (status, out), err)
            lines = err.splitlines()
            self.assertEqual(2, len(lines), err)
            self.assertIn(words, lines[0])
            self.assertTrue(all(line.startswith("statsctl: ") for line in lines), err)


if __name__ == "__main__":
    unittest.main()
