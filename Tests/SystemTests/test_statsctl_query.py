"""The commands of statsctl that ask: on a history, and on a server with Prometheus' HTTP API."""

import csv
import io
import json
import os
import subprocess
import unittest

import names
from api_server import ApiServer
from harness import SLOW, STATSCTL, WeirTest, eventually, history_last, statsctl
from load import http_client_exactly

RATE = f"sum(rate({names.RQ_TOTAL}[10s]))"


def statsctl_with(environment, *arguments):
    done = subprocess.run(
        [STATSCTL, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=20 * SLOW, env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr


class OnAHistory(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_weir(cls.shared_origin().upstream, concurrency=2)
        for count in (120, 30):
            http_client_exactly(cls.server.address, count)
            http_client_exactly(cls.server.address, count // 3, path="/status/503")
            total = 160 if count == 120 else 200
            assert eventually(
                lambda: history_last(cls.server.history, names.RQ_TOTAL) == total)  # noqa: B023

    def run_on(self, *arguments):
        return statsctl("--db", self.server.history, *arguments)

    def found(self, *arguments):
        status, out, err = self.run_on(*arguments)
        self.assertEqual(0, status, err)
        return out

    def test_query(self):
        answer = json.loads(self.found("query", f"sum({names.RQ_TOTAL})", "-o", "json"))
        self.assertEqual("vector", answer["resultType"])
        self.assertEqual("200", answer["result"][0]["value"][1])
        self.assertIn("200", self.found("query", f"sum({names.RQ_TOTAL})"))
        self.assertEqual("4\n", self.found("query", "2 + 2"))
        rows = list(csv.reader(io.StringIO(self.found("query", names.RQ_CODE, "-o", "csv"))))
        self.assertEqual(["series", "time", "value"], rows[0])

    def test_range(self):
        answer = json.loads(self.found("range", RATE, "--since", "10s", "-o", "json"))
        self.assertEqual("matrix", answer["resultType"])
        self.assertIn("TIME", self.found("range", RATE, "--since", "10s"))

    def test_plot_fits_its_columns_and_marks_events(self):
        for columns in ("40", "100"):
            status, out, err = statsctl_with(
                {"COLUMNS": columns}, "--db", self.server.history, "range", RATE, "--since", "1m",
                "--plot")
            self.assertEqual(0, status, err)
            self.assertTrue(any(0x2800 < ord(letter) < 0x2900 for letter in out), out)
            self.assertIn("▲", out)
            self.assertLessEqual(
                max(len(line) for line in out.splitlines() if "▲ " not in line), int(columns))

    def test_top(self):
        for subject in ("cluster", "endpoint", "code", "listener"):
            with self.subTest(subject):
                out = self.found("top", "--by", subject, "--window", "1m", "-o", "json")
                lines = json.loads(out)["lines"]
                self.assertGreater(lines[0]["requests_per_second"], 0)
        self.assertIn("REQ/S", self.found("top"))
        self.assertEqual(1, self.run_on("top", "--at", "1h")[0])
        self.assertEqual(2, self.run_on("top", "--by", "colour")[0])

    def test_diff_and_why(self):
        out = self.found("diff", "--around", "start", "--window", "1m", "-o", "json")
        self.assertIn(names.RQ_TOTAL, out)
        json.loads(out)
        self.assertIn("NEW", self.found("diff", "--around", "start", "--window", "1m"))
        out = self.found("why", "30s")
        self.assertIn("EVENT", out)
        self.assertIn("start", out)
        self.assertEqual(2, self.run_on("diff")[0])
        self.assertEqual(1, self.run_on("diff", "--around", "no such event")[0])

    def test_slo_breaches(self):
        status, out, err = self.run_on("slo", "--target", "99.9", "-o", "json")
        self.assertEqual(1, status, err)
        answer = json.loads(out)
        self.assertLess(answer["budget_left"], 0)
        self.assertEqual(3, len(answer["burn_rates"]))
        self.assertEqual(0, self.run_on("slo", "--target", "1")[0])
        self.assertEqual(2, self.run_on("slo", "--target", "100")[0])

    def test_summary_thresholds_decide(self):
        cases = [
            (0, "p99<1m"), (0, "errors>10%"), (1, "errors<1%"), (1, "rate>1000000"),
            (0, f"sum({names.RQ_TOTAL})>=200"), (1, "sum(no_such_metric)>0"), (2, "p99"),
            (2, "p99<fast"), (2, "sum(<1"),
        ]
        for wanted, threshold in cases:
            with self.subTest(threshold):
                status, _, err = self.run_on("summary", "--since", "1m", "-t", threshold)
                self.assertEqual(wanted, status, err)
        answer = json.loads(self.found("summary", "--since", "1m", "-o", "json"))
        self.assertGreater(answer["requests"], 0)
        self.assertIn("5", "".join(answer["classes"]))

    def test_heatmap(self):
        self.assertIn("│", self.found("heatmap", "--since", "2m"))
        answer = json.loads(self.found("heatmap", "--since", "2m", "-o", "json"))
        self.assertGreater(sum(sum(row["counts"]) for row in answer["rows"]), 0)
        self.assertEqual(1, self.run_on("heatmap", "no_such_metric")[0])

    def test_watch_repeats(self):
        out = self.found("watch", "--count", "2", "--every", "10ms", "query", "1")
        self.assertEqual(2, out.count("1\n"))
        self.assertEqual(1, self.run_on("watch", "--count", "1", "query", "no_such_metric")[0])
        self.assertEqual(2, self.run_on("watch", "watch")[0])

    def test_labels(self):
        self.assertIn(names.CODE_LABEL, self.found("labels"))
        self.assertIn("503", self.found("labels", names.CODE_LABEL))
        self.assertEqual(1, self.run_on("labels", "no_such_label")[0])

    def test_export(self):
        out = self.found("export", names.RQ_TOTAL, "--since", "1m")
        self.assertTrue(out.startswith("# TYPE weir_http_downstream_rq counter\n"), out[:200])
        self.assertTrue(out.endswith("# EOF\n"))
        self.assertIn(" 200 ", out)

    def test_doctor(self):
        status, out, err = self.run_on("doctor", "-o", "json")
        self.assertIn(status, (0, 1), err)
        verdicts = {check["check"]: check["verdict"] for check in json.loads(out)}
        self.assertEqual("well", verdicts["newest frame"])
        self.assertEqual("well", verdicts["history errors"])

    def test_a_parse_error_has_its_caret(self):
        status, out, err = self.run_on("query", "sum(rate(up[5m])")
        self.assertEqual((2, ""), (status, out))
        query, caret = err.splitlines()[1:3]
        self.assertEqual("  sum(rate(up[5m])", query)
        self.assertEqual(len(query), caret.index("^"))

    def test_no_colours_in_a_pipe(self):
        for arguments in (["top"], ["range", RATE, "--plot"], ["heatmap"], ["summary"]):
            self.assertNotIn("\x1b", self.run_on(*arguments)[1])

    def test_examples_come_first_in_every_help(self):
        for command in ("query", "range", "top", "diff", "why", "slo", "summary", "heatmap",
                        "watch", "list", "labels", "info", "events", "annotate", "pin", "unpin",
                        "export", "import", "snapshot", "db", "doctor", "show"):
            with self.subTest(command):
                status, out, _ = statsctl(command, "--help")
                self.assertEqual(0, status)
                self.assertLess(out.index("EXAMPLES:"), out.index("USAGE:"))

    def test_completions(self):
        for shell in ("bash", "zsh", "fish"):
            status, out, _ = statsctl("--generate-completion-script", shell)
            self.assertEqual(0, status)
            self.assertIn("heatmap", out)


class OnAServer(WeirTest):
    def server(self, answers=None):
        server = ApiServer(answers)
        self.addCleanup(server.stop)
        return server

    def test_query(self):
        data = {"resultType": "vector", "result": [
            {"metric": {"__name__": "up", "job": "a"}, "value": [1.5, "1"]}]}
        server = self.server({"up": data})
        status, out, err = statsctl("--url", server.url, "query", "up", "--at", "1.5", "-o", "json")
        self.assertEqual(0, status, err)
        self.assertEqual(data, json.loads(out))
        self.assertEqual(
            ("POST", "/api/v1/query", {"query": "up", "time": "1.500"}), server.requests[0])

    def test_a_prefix_and_many_queries_on_one_connection(self):
        server = self.server()
        status, _, err = statsctl("--url", server.url + "/", "top")
        self.assertEqual(1, status, err)
        self.assertGreater(len(server.requests), 3)

    def test_what_the_server_refuses_is_shown_in_its_words(self):
        status, out, err = statsctl("--url", self.server().url, "query", "bad")
        self.assertEqual((2, ""), (status, out))
        self.assertIn("no such dialect", err)

    def test_nobody_there(self):
        status, out, err = statsctl("--url", "http://127.0.0.1:1", "query", "up")
        self.assertEqual((3, ""), (status, out))
        self.assertEqual(1, len(err.splitlines()))

    def test_not_an_api(self):
        origin = self.origin()
        status, _, err = statsctl("--url", f"http://{origin.upstream}", "query", "up")
        self.assertEqual(3, status)
        self.assertIn("Prometheus-compatible", err)

    def test_https_has_a_way_out(self):
        status, _, err = statsctl("--url", "https://127.0.0.1", "query", "up")
        self.assertEqual(2, status)
        self.assertIn("http://", err)

    def test_commands_of_files_say_so(self):
        for arguments in (["snapshot", "x.db"], ["annotate", "x"], ["db", "verify"], ["events"]):
            status, out, err = statsctl("--url", self.server().url, *arguments)
            self.assertEqual((2, ""), (status, out), (arguments, err))

    def test_marks_and_events_of_a_running_weir(self):
        server = self.weir(self.shared_origin().upstream)
        url = "http://{}:{}".format(*server.admin)
        self.assertEqual(0, statsctl("--url", url, "annotate", "deploy 9")[0])
        status, out, err = statsctl(
            "--url", url, "events", "--since", "1h", "--kind", "annotation", "-o", "json")
        self.assertEqual(0, status, err)
        self.assertEqual(["deploy 9"], [event["text"] for event in json.loads(out)])


if __name__ == "__main__":
    unittest.main()
