"""Frames that wait for the file, and marks of clients that are written beside them."""

import contextlib
import http.client
import json
import sqlite3
import time
import unittest
import urllib.parse

import names
from harness import SLOW, WeirTest, eventually, history_last, statsctl
from load import http_client_exactly

WAITING = "weir_history_frames_waiting"
MERGED = "weir_history_frames_merged_total"
WRITES = "weir_history_writes_total"
QUEUE_MAX = 60


class Queue(WeirTest):
    @contextlib.contextmanager
    def locked(self, path):
        """Another program has the file for itself; weir's writes end in SQLITE_BUSY."""
        store = sqlite3.connect(path, isolation_level=None)
        store.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            store.execute("ROLLBACK")
            store.close()

    def frame_times(self, path):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            return [row[0] for row in store.execute("SELECT time_ms FROM frame ORDER BY id")]

    def wait_for_all(self, weir, count):
        self.assertTrue(
            eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == count, 8, 0.2),
            f"{history_last(weir.history, names.RQ_TOTAL)} of {count}")

    def test_frames_wait_for_a_slow_disk_and_keep_their_times(self):
        weir = self.weir(self.origin().upstream, flush="200ms")
        http_client_exactly(weir.address, 5, threads=1)
        self.wait_for_all(weir, 5)
        with self.locked(weir.history):
            began = time.time()
            total = 5
            while time.time() - began < 4:
                self.assertEqual([200] * 10, http_client_exactly(weir.address, 10, threads=1))
                total += 10
                time.sleep(0.05)
            ended = time.time()
            scrape = weir.scrape()
            self.assertGreater(scrape.total(WAITING), 5)
            self.assertLessEqual(scrape.total(WAITING), QUEUE_MAX)
            self.assertGreater(scrape.total_like(names.HISTORY_ERRORS), 0)
        self.wait_for_all(weir, total)
        self.assertTrue(eventually(lambda: weir.scrape().total(WAITING) == 0))
        self.assertEqual(0, weir.scrape().total(MERGED))
        meanwhile = [t for t in self.frame_times(weir.history) if began < t / 1000 < ended]
        # One flush in 200 ms; a busy machine leaves some points of the grid out.
        self.assertGreater(len(meanwhile), (ended - began) / 0.2 * (0.7 if SLOW == 1 else 0.2))
        self.assertIn("no count was lost", weir.log)

    def test_the_oldest_are_merged_when_too_many_wait(self):
        weir = self.weir(self.origin().upstream, flush="50ms")
        http_client_exactly(weir.address, 5, threads=1)
        self.wait_for_all(weir, 5)
        memory = []
        with self.locked(weir.history):
            began = time.monotonic()
            total = 5
            while time.monotonic() - began < 8 * SLOW:
                self.assertEqual([200] * 20, http_client_exactly(weir.address, 20, threads=1))
                total += 20
                scrape = weir.scrape()
                self.assertLessEqual(scrape.total(WAITING), QUEUE_MAX)
                if scrape.total(MERGED) > 0:
                    memory.append(weir.resident_bytes())
                time.sleep(0.2)
            self.assertGreater(weir.scrape().total(MERGED), 0)
            self.assertGreater(weir.scrape().total(WAITING), QUEUE_MAX - 3)
        self.assertLess(memory[-1] - memory[0], 4 << 20, "memory grows while frames wait")
        self.wait_for_all(weir, total)
        self.assertTrue(eventually(lambda: weir.scrape().total(WAITING) == 0))
        self.assertEqual(total, weir.settled().total(names.RQ_TOTAL))
        self.assertIn("frames were merged", weir.log)
        self.assertLess(len(weir.log.splitlines()), 40, "the log floods")

    def test_what_waits_is_written_at_the_end(self):
        weir = self.weir(self.origin().upstream, flush="100ms")
        http_client_exactly(weir.address, 5, threads=1)
        self.wait_for_all(weir, 5)
        before = len(self.frame_times(weir.history))
        with self.locked(weir.history):
            http_client_exactly(weir.address, 7, threads=1)
            self.assertTrue(eventually(lambda: weir.scrape().total(WAITING) > 10, 10))
            weir.send(15)
            time.sleep(0.1)
        self.assertEqual(0, weir.wait())
        self.assertEqual(12, history_last(weir.history, names.RQ_TOTAL))
        self.assertGreater(len(self.frame_times(weir.history)) - before, 10)


class Marks(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_weir(cls.shared_origin().upstream, flush="50ms")
        http_client_exactly(cls.server.address, 5)
        assert eventually(lambda: history_last(cls.server.history, names.RQ_TOTAL) == 5)
        cls.url = "http://{}:{}".format(*cls.server.admin)

    def call(self, method, name, headers=(), **form):
        connection = http.client.HTTPConnection(*self.server.admin, timeout=10 * SLOW)
        with contextlib.closing(connection):
            body = urllib.parse.urlencode(form) if method == "POST" else None
            path = f"/api/v1/history/{name}"
            if method == "GET" and form:
                path += "?" + urllib.parse.urlencode(form)
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            connection.request(method, path, body, {**kind, **dict(headers)})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, json.loads(text) if text.startswith("{") else text

    def events(self, **form):
        return [(e["kind"], e["text"]) for e in self.call("GET", "events", **form)[1]["data"]]

    def test_annotate_by_http(self):
        status, answer = self.call("POST", "annotate", text="deploy ü 7", kind="deploy")
        self.assertEqual((200, "deploy ü 7"), (status, answer["data"]["text"]))
        self.assertIn(("deploy", "deploy ü 7"), self.events())
        self.assertEqual([], self.events(start=time.time() + 60))
        self.assertGreater(self.server.scrape().total("weir_history_marks_total"), 0)

    def test_statsctl_marks_by_url_and_by_file(self):
        for where in (["--url", self.url], ["--db", self.server.history]):
            with self.subTest(where[0]):
                word = "by" + where[0]
                status, out, err = statsctl("annotate", word, *where)
                self.assertEqual((0, ""), (status, out), err)
                self.assertIn(("annotation", word), self.events())
                status, out, err = statsctl("pin", "--since", "1m", "--reason", word, *where)
                self.assertEqual(0, status, err)
                self.assertIn(word, statsctl("pin", *where)[1])
                self.assertEqual(0, statsctl("unpin", out.strip(), *where)[0])
                self.assertEqual(1, statsctl("unpin", out.strip(), *where)[0])
                self.assertEqual(2, statsctl("annotate", "a\x1bb", *where)[0])

    def test_what_is_refused(self):
        for method, name, form, status in [
                ("POST", "annotate", {}, 400), ("GET", "annotate", {"text": "a"}, 405),
                ("POST", "annotate", {"text": "a" * 1025}, 400),
                ("POST", "annotate", {"text": "a\0b"}, 400),
                ("POST", "annotate", {"text": "a", "boot": "1"}, 400),
                ("POST", "pin", {"start": 5, "end": 4}, 400), ("POST", "pins", {}, 405),
                ("POST", "unpin", {"pin": 12345}, 404), ("GET", "nothing", {}, 404),
                ("GET", "events", {"limit": "x"}, 400)]:
            with self.subTest(f"{method} {name} {form}"):
                found, answer = self.call(method, name, **form)
                self.assertEqual((status, "error"), (found, answer["status"]))
        status, _ = self.call(
            "POST", "annotate", {"Origin": "http://evil.example"}, text="not by another site")
        self.assertEqual(403, status)
        status, _ = self.call("POST", "annotate", {"Host": "evil.example"}, text="nor by rebinding")
        self.assertEqual(403, status)
        self.assertFalse([text for _, text in self.events() if "by another" in text])

    def test_without_a_history(self):
        weir = self.weir("127.0.0.1:1", history=None)
        self.assertEqual(405, weir.get("/api/v1/history/annotate?text=a")[0])
        status, text = weir.get("/api/v1/history/annotate?text=a", "POST")
        self.assertEqual(503, status)
        self.assertIn("--no-history", text)
        self.assertEqual(503, weir.get("/api/v1/history/pins")[0])

    def test_a_mark_while_the_file_is_locked(self):
        weir = self.weir("127.0.0.1:1")
        store = sqlite3.connect(weir.history, isolation_level=None)
        with contextlib.closing(store):
            store.execute("BEGIN IMMEDIATE")
            status, text = weir.get("/api/v1/history/annotate?text=a", "POST")
            self.assertEqual(503, status, text)
            self.assertIn("locked", text)
            store.execute("ROLLBACK")
        self.assertEqual(200, weir.get("/api/v1/history/annotate?text=a", "POST")[0])

    def test_another_weir_at_the_address_takes_nothing(self):
        """The file says where its weir was; a weir without an admin writes it now."""
        first = self.weir("127.0.0.1:1")
        with contextlib.closing(sqlite3.connect(first.history)) as store:
            store.execute("UPDATE meta SET value = ? WHERE name = 'admin'", (self.url,))
            store.commit()
        status, out, err = statsctl("annotate", "astray", "--db", first.history)
        self.assertEqual((2, ""), (status, out), err)
        self.assertIn("another weir", err)
        self.assertNotIn("astray", [text for _, text in self.events()])


if __name__ == "__main__":
    unittest.main()
