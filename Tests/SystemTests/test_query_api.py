"""The Prometheus HTTP API on the admin port: what Grafana and promtool ask, and what is refused."""

import http.client
import json
import subprocess
import time
import unittest
import urllib.parse

import names
from harness import SANITIZER, SLOW, WeirTest, eventually
from load import http_client_exactly
from wire import Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Many seconds of work over one series.
SLOW_QUERY = "max_over_time(quantile_over_time(0.5, vector(1)[1m:20ms])[10h:500ms])"
# What a query may hold, in bytes, and what comes on top: its answer, the heap's own room.
QUERY_BYTES, OVERHEAD_BYTES = 128_000_000, 64_000_000


class Api:
    """Asks one weir."""

    def __init__(self, weir):
        self.weir = weir

    def raw(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(*self.weir.admin, timeout=60 * SLOW)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def get(self, name, **parameters):
        """(status, parsed body) of /api/v1/`name`; `match` is `match[]`."""
        response, body = self.raw("GET", f"/api/v1/{name}?{self.encoded(parameters)}")
        return response.status, json.loads(body)

    def post(self, name, **parameters):
        response, body = self.raw("POST", f"/api/v1/{name}", self.encoded(parameters), FORM)
        return response.status, json.loads(body)

    def data(self, name, **parameters):
        status, answer = self.get(name, **parameters)
        assert (status, answer["status"]) == (200, "success"), answer
        return answer["data"]

    @staticmethod
    def encoded(parameters):
        return urllib.parse.urlencode(
            {("match[]" if key == "match" else key): value for key, value in parameters.items()},
            doseq=True)

    def value(self, query, **parameters):
        """The only value of an instant vector; None when there is none."""
        result = self.data("query", query=query, **parameters)["result"]
        assert len(result) <= 1, result
        return float(result[0]["value"][1]) if result else None


class QueryApi(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_weir(cls.shared_origin().upstream, concurrency=2)
        cls.api = Api(cls.server)
        # The first frames hold zeros, so that rates see the rise.
        assert eventually(lambda: cls.api.value(f"sum({names.RQ_TOTAL})") == 0)
        http_client_exactly(cls.server.address, 150)
        http_client_exactly(cls.server.address, 50, path="/status/404")
        assert eventually(lambda: cls.api.value(f"sum({names.RQ_TOTAL})") == 200)

    def promtool(self, *arguments):
        url = f"http://{self.server.admin[0]}:{self.server.admin[1]}"
        kind, *flags = arguments
        query = [] if kind == "series" else [flags.pop()]
        done = subprocess.run(
            ["promtool", "query", kind, *flags, url, *query],
            capture_output=True, text=True, timeout=60 * SLOW)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return done.stdout

    def test_health_check_of_grafana(self):
        wanted = {"status": "success", "data": {"resultType": "scalar", "result": [4, "2"]}}
        self.assertEqual((200, wanted), self.api.get("query", query="1+1", time=4))
        self.assertEqual((200, wanted), self.api.post("query", query="1+1", time="4"))

    def test_instant_values_are_those_of_metrics(self):
        scrape = self.server.settled()
        self.assertEqual(scrape.total(names.RQ_TOTAL), self.api.value(f"sum({names.RQ_TOTAL})"))
        selector = f'sum({names.RQ_CODE}{{{names.CODE_LABEL}="404"}})'
        self.assertEqual(50, self.api.value(selector))

    def test_rate_of_live_traffic(self):
        now = time.time()
        query = f"sum(rate({names.RQ_TOTAL}[1m]))"
        result = self.api.data("query_range", query=query, start=now - 10, end=now, step=1)
        self.assertEqual("matrix", result["resultType"])
        values = result["result"][0]["values"]
        # Extrapolation reaches over the window's edges, never beyond twice the samples' span.
        self.assertGreater(float(values[-1][1]) * 60, 199)
        self.assertLess(float(values[-1][1]) * 60, 401)
        total = self.api.data(
            "query_range", query=f"sum({names.RQ_TOTAL})", start=now, end=now, step=1)
        self.assertEqual("200", total["result"][0]["values"][0][1])

    def test_labels_and_series(self):
        self.assertIn(names.RQ_TOTAL, self.api.data("label/__name__/values"))
        codes = self.api.data(f"label/{names.CODE_LABEL}/values", match=names.RQ_CODE)
        self.assertEqual(["200", "404"], codes)
        self.assertIn(names.CODE_LABEL, self.api.data("labels"))
        status, answer = self.api.post("labels", match=names.RQ_CODE)
        self.assertEqual(200, status)
        self.assertIn(names.CODE_LABEL, answer["data"])
        series = self.api.data("series", match=f'{{__name__="{names.RQ_CODE}"}}')
        self.assertEqual({"200", "404"}, {labels[names.CODE_LABEL] for labels in series})
        everything = self.api.data("series", match='{__name__!=""}', limit=40000)
        self.assertGreater(len(everything), 50)

    def test_escaped_label_name(self):
        escaped = "U__" + names.CODE_LABEL.replace("_", "__")
        self.assertEqual(["200", "404"], self.api.data(f"label/{escaped}/values"))
        self.assertEqual(["200", "404"], self.api.data(f"label/%{ord('r'):02x}esponse_code/values"))

    def test_buildinfo_and_metadata(self):
        info = self.api.data("status/buildinfo")
        self.assertNotIn("features", info)
        self.assertTrue(all(isinstance(value, str) for value in info.values()))
        metadata = self.api.data("metadata")
        scrape = self.server.scrape()
        self.assertEqual(
            {name: kind for name, kind in scrape.types.items()},
            {name: entries[0]["type"] for name, entries in metadata.items()})
        one = self.api.data("metadata", metric=names.RQ_TOTAL)
        self.assertEqual([names.RQ_TOTAL], list(one))
        self.assertTrue(one[names.RQ_TOTAL][0]["help"])

    def test_what_has_nothing_is_empty(self):
        self.assertEqual({"groups": []}, self.api.data("rules"))
        self.assertEqual({"alerts": []}, self.api.data("alerts"))
        self.assertEqual([], self.api.data("query", query="nothing")["result"])
        self.assertEqual([], self.api.data("query_exemplars", query=names.RQ_TOTAL))
        self.assertEqual("sum by (a) (b)", self.api.data("format_query", query="sum(b)by(a)"))

    def test_promtool(self):
        instant = self.promtool("instant", f"sum({names.RQ_TOTAL})")
        self.assertRegex(instant, r"^\{\} => 200 @\[\d+(\.\d+)?\]\n$")
        ranged = self.promtool("range", "--step=1s", f"sum({names.RQ_TOTAL})")
        self.assertIn("200 @[", ranged)
        series = self.promtool("series", f"--match={names.RQ_CODE}")
        self.assertEqual(2, len(series.splitlines()))
        labels = self.promtool("labels", names.CODE_LABEL)
        self.assertEqual(["200", "404"], labels.split())

    def test_errors(self):
        status, answer = self.api.get("query", query="up{")
        self.assertEqual((400, "error", "bad_data"),
                         (status, answer["status"], answer["errorType"]))
        self.assertRegex(answer["error"], '^invalid parameter "query": 1:4: parse error: ')
        self.assertEqual(404, self.api.get("nothing")[0])
        status, answer = self.api.get("query", query=f"1 + on(a) {names.RQ_CODE}")
        self.assertEqual((400, "bad_data"), (status, answer["errorType"]))
        for headers, body, wanted in (
                ({"Content-Type": "application/json"}, "{}", 415),
                ({**FORM, "Content-Length": "300000"}, "", 413),
                (FORM, iter([b"query=1"]), 411), (FORM, "query=%zz", 400),
                (FORM, b"query=\xff", 400)):
            response, text = self.api.raw("POST", "/api/v1/query", body, headers)
            self.assertEqual(wanted, response.status, text)
            self.assertEqual("bad_data", json.loads(text)["errorType"])
        response, _ = self.api.raw("DELETE", "/api/v1/series")
        self.assertEqual((405, "GET, POST"), (response.status, response.getheader("Allow")))

    def test_forms_in_pieces_and_in_a_row(self):
        body = b"query=1%2B1&time=4"
        head = (b"POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" % len(body))
        with Client(self.server.admin, 10 * SLOW) as client:
            for byte in head + body:
                client.send(bytes([byte]))
            client.send(2 * (head + body))
            for _ in range(3):
                answer = json.loads(client.response("POST").body)
                self.assertEqual([4, "2"], answer["data"]["result"])

    def test_a_longest_query(self):
        query = "1" + "+1" * 400 + " " * 60000
        status, answer = self.api.post("query", query=query, time=4)
        self.assertEqual((200, "401"), (status, answer["data"]["result"][1]))

    def test_queries_are_counted(self):
        before = self.server.scrape()
        self.api.get("query", query="1")
        self.api.get("query", query="up{")
        after = self.server.scrape()

        def rise(name, **labels):
            return after.total(name, **labels) - before.total(name, **labels)
        self.assertEqual(2, rise("weir_query_total"))
        self.assertEqual(1, rise("weir_query_failed_total", error_type="bad_data"))
        self.assertEqual(2, rise("weir_query_time_seconds_count"))


class Limits(WeirTest):
    def test_no_history(self):
        api = Api(self.weir(self.origin().upstream, history=False))
        for name in ("query", "query_range", "labels", "series"):
            status, answer = api.get(
                name, query="1", match="up", start=0, end=1, step=1)
            self.assertEqual((503, "unavailable"), (status, answer["errorType"]))
            self.assertEqual("no history: weir runs with --no-history", answer["error"])
        self.assertEqual(200, api.get("status/buildinfo")[0])
        # The families are those of the newest snapshot.
        self.assertTrue(eventually(lambda: len(api.data("metadata")) > 20))

    @unittest.skipIf(SANITIZER, "memory of an instrumented binary says nothing")
    def test_memory_of_a_query_is_bounded(self):
        weir = self.weir(self.origin().upstream)
        api = Api(weir)
        self.assertTrue(eventually(lambda: api.get("query", query="1")[0] == 200))
        base = self.most_memory(weir)
        # Just inside of what a query may hold.
        self.assertEqual(2_400_000, api.value("count_over_time(vector(1)[40m:1ms])"))
        for query in ("count_over_time(vector(1)[3h:1ms])", "sum_over_time(vector(1)[1000d:1s])"):
            status, answer = api.get("query", query=query)
            self.assertEqual((422, "execution"), (status, answer["errorType"]))
            self.assertEqual(
                "query processing would load too many samples into memory in query execution",
                answer["error"])
        self.assertLess(self.most_memory(weir), base + QUERY_BYTES + OVERHEAD_BYTES)

    @staticmethod
    def most_memory(weir):
        with open(f"/proc/{weir.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line[:6] == "VmHWM:")

    @unittest.skipIf(SANITIZER, "the query takes minutes")
    def test_scrapes_go_on_beside_queries(self):
        weir = self.weir(self.origin().upstream)
        api = Api(weir)
        self.assertTrue(eventually(lambda: api.get("query", query="1")[0] == 200))
        connections = []
        for number in range(40):
            connection = http.client.HTTPConnection(*weir.admin, timeout=60 * SLOW)
            connection.request("GET", "/api/v1/query?" + Api.encoded({"query": SLOW_QUERY}))
            connections.append(connection)
        refused = eventually(lambda: weir.scrape().total("weir_query_refused_total") >= 7)
        self.assertTrue(refused, "more than the queue holds are let in")
        begin = time.monotonic()
        scrape = weir.scrape()
        self.assertLess(time.monotonic() - begin, 1 * SLOW)
        self.assertEqual(1, scrape.total("weir_query_active"))
        self.assertGreater(scrape.total("weir_query_queue"), 25)
        response = connections[-1].getresponse()
        answer = json.loads(response.read())
        self.assertEqual((503, "unavailable"), (response.status, answer["errorType"]))
        for connection in connections:
            connection.close()
        # The one that runs ends in the middle of its series.
        self.assertTrue(
            eventually(lambda: weir.scrape().total("weir_query_active") == 0, 3))
        # Those that wait end at once, now that nobody waits for them.
        self.assertTrue(
            eventually(lambda: weir.scrape().total("weir_query_queue") == 0, 30))
        self.assertGreater(weir.scrape().total("weir_query_failed_total", error_type="canceled"), 0)
