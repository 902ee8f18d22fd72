"""What Grafana's Prometheus data source sends, from "Save & test" to a dashboard and its variables.

The requests are those of Grafana 9 to 12: forms by POST, label values by GET, times in seconds with
decimals that are multiples of the step, one kept connection. The answers are read as its streaming
reader does: in order.
"""

import http.client
import json
import time
import unittest
import urllib.parse

import names
from harness import SLOW, WeirTest, eventually
from load import http_client_exactly

HEADERS = {"User-Agent": "Grafana/11.5.0", "Accept-Encoding": "gzip", "X-Datasource-Uid": "weir"}
FORM = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}


def in_order(text, *parts):
    """True when the parts stand in the text one behind the other."""
    place = 0
    for part in parts:
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


class Grafana(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_weir(cls.shared_origin().upstream)
        http_client_exactly(cls.server.address, 60)
        http_client_exactly(cls.server.address, 20, path="/status/404")
        cls.connection = http.client.HTTPConnection(*cls.server.admin, timeout=60 * SLOW)
        cls.addClassCleanup(cls.connection.close)
        assert eventually(lambda: cls.total() == 80)
        cls.end = int(time.time()) + 1
        cls.bounds = {"start": cls.end - 3600, "end": cls.end}

    @classmethod
    def ask(cls, method, name, wanted=200, **form):
        """(data, text) of an answer."""
        encoded = urllib.parse.urlencode(
            {("match[]" if key == "match" else key): value for key, value in form.items()},
            doseq=True)
        path = f"/api/v1/{name}"
        if method == "POST":
            cls.connection.request("POST", path, encoded, FORM)
        else:
            cls.connection.request("GET", f"{path}?{encoded}" if form else path, headers=HEADERS)
        response = cls.connection.getresponse()
        text = response.read().decode()
        assert response.status == wanted, f"{response.status}: {text[:500]}"
        assert response.getheader("Content-Type") == "application/json", response.headers
        answer = json.loads(text)
        assert answer["status"] == ("success" if wanted == 200 else "error"), answer
        return answer.get("data", answer), text

    @classmethod
    def total(cls):
        data, _ = cls.ask("POST", "query", query=f"sum({names.RQ_TOTAL})", time=time.time() + 5)
        return float(data["result"][0]["value"][1]) if data["result"] else None

    def test_save_and_test(self):
        for method in ("POST", "GET"):
            _, text = self.ask(method, "query", query="1+1", time="4")
            self.assertEqual(
                '{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}', text)
        info, _ = self.ask("GET", "status/buildinfo")
        self.assertEqual({"version", "revision", "branch", "buildUser", "buildDate", "goVersion"},
                         set(info))
        self.assertEqual({"groups": []}, self.ask("GET", "rules")[0])
        self.assertEqual({"alerts": []}, self.ask("GET", "alerts")[0])

    def test_the_query_builder(self):
        for form in (self.bounds, {**self.bounds, "limit": 40000}):
            values, _ = self.ask("GET", "label/__name__/values", **form)
            self.assertIn(names.RQ_TOTAL, values)
        for method in ("POST", "GET"):
            labels, _ = self.ask(method, "labels", match=names.RQ_CODE, limit=40000, **self.bounds)
            self.assertIn(names.CODE_LABEL, labels)
            self.assertNotIn("cluster", labels)
            series, _ = self.ask(method, "series", match=names.RQ_CODE, **self.bounds)
            self.assertEqual({"200", "404"}, {one[names.CODE_LABEL] for one in series})
            everything, _ = self.ask(
                method, "series", match='{__name__!=""}', limit=40000, **self.bounds)
            self.assertGreater(len(everything), 100)
        matchers = f'{names.RQ_CODE}{{{names.CODE_LABEL}=~"4.*"}}'
        self.assertEqual(["404"], self.ask(
            "GET", f"label/{names.CODE_LABEL}/values", match=matchers, **self.bounds)[0])
        # A method that is not taken is 405, whereupon Grafana asks again by GET.
        self.ask("POST", "label/__name__/values", 405, **self.bounds)
        metadata, _ = self.ask("GET", "metadata", limit=40000, limit_per_metric=1)
        self.assertEqual({"type", "help", "unit"}, set(metadata[names.RQ_TOTAL][0]))
        self.assertEqual(3, len(self.ask("GET", "metadata", limit=3)[0]))

    def test_variables(self):
        """label_values, metrics, query_result."""
        self.assertEqual(["200", "404"], self.ask(
            "GET", f"label/{names.CODE_LABEL}/values", match=names.RQ_CODE, **self.bounds)[0])
        data, _ = self.ask(
            "POST", "query", query=f"sum by ({names.CODE_LABEL}) ({names.RQ_CODE})", time=self.end)
        self.assertEqual(2, len(data["result"]))

    def test_panels(self):
        step = 15
        window = {"start": (self.end - 3600) // step * step, "end": self.end // step * step + step}
        data, text = self.ask(
            "POST", "query_range", query=f"sum(rate({names.RQ_TOTAL}[1m0s]))", step="15", **window)
        self.assertTrue(in_order(
            text, '"resultType":"matrix"', '"result":[', '"metric":{', '"values":[['), text[:200])
        for moment, value in data["result"][0]["values"]:
            self.assertEqual(0, moment % step)
            self.assertIsInstance(value, str)
        # Times with decimals, and the legend's labels.
        data, _ = self.ask(
            "POST", "query_range", query=names.RQ_CODE, start=f"{window['start']}.5",
            end=f"{window['end']}.5", step="15")
        self.assertTrue(all(moment % 1 == 0.5 for moment, _ in data["result"][0]["values"]))
        empty, _ = self.ask("POST", "query_range", query="no_such", step="15", **window)
        self.assertEqual({"resultType": "matrix", "result": []}, empty)
        answer, _ = self.ask(
            "POST", "query_range", 400, query="1", start=0, end=110_010, step=10)
        self.assertIn("exceeded maximum resolution of 11,000 points", answer["error"])
        answer, _ = self.ask("POST", "query_range", 400, query="sum(", step=15, **window)
        self.assertEqual("bad_data", answer["errorType"])

    def test_heatmaps_of_native_histograms(self):
        data, text = self.ask(
            "POST", "query", query=f"sum({names.RQ_TIME})", time=self.end + 5)
        self.assertTrue(in_order(text, '"metric":{}', '"histogram":[', '"count":"', '"sum":"',
                                 '"buckets":[['), text[:300])
        histogram = data["result"][0]["histogram"][1]
        self.assertEqual("80", histogram["count"])
        self.assertEqual(80, sum(float(bucket[3]) for bucket in histogram["buckets"]))
        for rule, low, high, _ in histogram["buckets"]:
            self.assertIn(rule, (0, 1, 2, 3))
            self.assertLess(float(low), float(high))
        data, text = self.ask(
            "POST", "query_range", query=f"sum({names.RQ_TIME})", start=self.end, end=self.end + 2,
            step=1)
        self.assertTrue(in_order(text, '"metric":{}', '"histograms":[['), text[:300])
        self.assertNotIn("values", data["result"][0])

    def test_exemplars_and_annotations(self):
        self.assertEqual([], self.ask(
            "POST", "query_exemplars", query=f"rate({names.RQ_TOTAL}[1m])", **self.bounds)[0])
        # An annotation query is a range query whose samples are non-zero where something was.
        data, _ = self.ask("POST", "query_range", query="changes(weir_server_live[1m]) > 0",
                           step="60", **self.bounds)
        self.assertEqual("matrix", data["resultType"])


if __name__ == "__main__":
    unittest.main()
