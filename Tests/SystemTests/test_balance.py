"""Client connections over workers: exact balance, its metric, and that hand-overs lose nothing.

WEIR_CONNECTIONS changes how many connections the even case opens (2,000).
"""

import os
import resource
import signal
import threading
import unittest

import names
from harness import SANITIZER, SLOW, WeirTest, eventually, history_last
from wire import Client, Closed, connect

EXACT = [names.CONNECTION_BALANCE, "exact", names.HEAD_TIMEOUT, "120s"]
MANY = int(os.environ.get("WEIR_CONNECTIONS") or (400 if SANITIZER else 2000))
WORKERS = 4


def by_worker(scrape, name=names.THREAD_CX_ACTIVE):
    return {thread: count for thread, count in sorted(scrape.by(name, "thread").items())
            if thread.startswith("wrk:")}


def imbalance(loads):
    """As the metric is defined: the largest over the mean, in percent, rounded half up."""
    total = sum(loads)
    return (max(loads) * len(loads) * 100 + total // 2) // total - 100 if total else 0


class Balance(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def exact(self, **options):
        extra = EXACT + options.pop("extra", [])
        return self.weir(self.origin().upstream, concurrency=WORKERS, extra=extra, **options)

    def open(self, weir, count, opened):
        """`count` idle connections, all of them counted by weir; they end with the test."""
        wanted = len(opened) + count
        for _ in range(count):
            opened.append(connect(weir.address, 10 * SLOW))
            self.addCleanup(opened[-1].close)
        return self.active(weir, wanted)

    def active(self, weir, wanted):
        """The first scrape that counts so many client connections."""
        def there():
            scrape = weir.scrape()
            return scrape if scrape.total(names.CX_ACTIVE) == wanted else None
        scrape = eventually(there, 10)
        self.assertTrue(scrape, f"not {wanted} connections but {by_worker(weir.scrape())}")
        self.assert_counts_agree(scrape)
        return scrape

    def assert_counts_agree(self, scrape):
        """No connection lost or counted twice between the workers, and the metric is theirs."""
        loads = by_worker(scrape)
        totals = by_worker(scrape, names.THREAD_CX_TOTAL)
        self.assertEqual(scrape.total(names.CX_ACTIVE), sum(loads.values()), loads)
        self.assertEqual(scrape.total(names.CX_TOTAL), sum(totals.values()), totals)
        self.assertEqual(
            scrape.total(names.CX_TOTAL),
            scrape.total(names.CX_DESTROYED) + scrape.total(names.CX_ACTIVE))
        self.assertEqual(imbalance(list(loads.values())), scrape.total(names.IMBALANCE), loads)

    def assert_even(self, scrape, slack=1):
        """Within the races of workers that accept at once, which is far below 10 %."""
        loads = by_worker(scrape)
        mean = sum(loads.values()) / len(loads)
        worst = max(abs(load - mean) for load in loads.values())
        self.assertLessEqual(worst, max(slack, mean * 0.1), loads)

    def descriptors(self, weir):
        return len(os.listdir(f"/proc/{weir.pid}/fd"))


class Even(Balance):
    def test_many_connections(self):
        weir, opened = self.exact(), []
        before = self.descriptors(weir)
        scrape = self.open(weir, MANY, opened)
        self.assert_even(scrape)
        self.assertGreater(scrape.total(names.HANDED_OVER), 0)
        # weir looks at its own descriptors now and then, which takes one for a moment.
        self.assertTrue(eventually(lambda: before + MANY == self.descriptors(weir)))
        for connection in opened:
            connection.close()
        self.active(weir, 0)
        self.assertTrue(eventually(lambda: before == self.descriptors(weir)))
        self.assertEqual(0, weir.stop())
        self.assertEqual(MANY, history_last(weir.history, names.CX_TOTAL))

    def test_connections_that_arrive_at_once(self):
        weir, opened, lock = self.exact(), [], threading.Lock()

        def storm():
            for _ in range(100):
                connection = connect(weir.address, 10 * SLOW)
                with lock:
                    opened.append(connection)
        threads = [threading.Thread(target=storm) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assert_even(self.active(weir, 800))
        for connection in opened:
            connection.close()
        self.active(weir, 0)

    def test_a_gap_is_filled(self):
        """All connections of one worker close: the next ones are its."""
        weir, opened, owner = self.exact(), [], {}
        loads = by_worker(weir.scrape())
        for _ in range(32):
            later = by_worker(self.open(weir, 1, opened))
            risen = [worker for worker in later if later[worker] > loads[worker]]
            self.assertEqual(1, len(risen), (loads, later))
            owner.setdefault(risen[0], []).append(opened[-1])
            loads = later
        self.assertEqual({8}, set(loads.values()), loads)
        for gap in ("wrk:2", "wrk:0"):
            for connection in owner[gap]:
                connection.close()
            opened = [connection for connection in opened if connection not in owner[gap]]
            self.assertEqual(0, by_worker(self.active(weir, 24))[gap])
            self.assertEqual(33, weir.scrape().total(names.IMBALANCE))
            kept = len(opened)
            scrape = self.open(weir, 8, opened)
            self.assertEqual({8}, set(by_worker(scrape).values()))
            self.assertEqual(0, scrape.total(names.IMBALANCE))
            owner[gap] = opened[kept:]

    def test_unix_socket(self):
        weir, opened = self.exact(listen=[f"unix:{self.directory}/in.sock"]), []
        self.assert_even(self.open(weir, 400, opened))

    def test_requests_on_every_worker(self):
        weir = self.exact()
        clients = [weir.client() for _ in range(40)]
        for client in clients:
            for _ in range(3):
                self.assertEqual(200, client.request("GET", "/ok").status)
        scrape = weir.settled()
        self.assertEqual(120, scrape.total(names.RQ_TOTAL))
        self.assertEqual({10}, set(by_worker(scrape).values()))
        for client in clients:
            client.close()
        self.active(weir, 0)

    def test_the_bound_still_holds(self):
        """Short of descriptors, weir pauses when every worker is at its share, and goes on."""
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        weir, opened = self.exact(preexec=few), []
        share = (200 - 32 - WORKERS * 4) // 2 // WORKERS
        for _ in range(130):
            opened.append(connect(weir.address, 10 * SLOW))
            self.addCleanup(opened[-1].close)
        self.assertTrue(eventually(
            lambda: weir.scrape().total(names.CX_ACTIVE) >= share * WORKERS
            and weir.scrape().total(names.ACCEPT_PAUSED) > 0))
        scrape = weir.scrape()
        self.assertLessEqual(max(by_worker(scrape).values()), share + 1, by_worker(scrape))
        self.assertLessEqual(scrape.total(names.IMBALANCE), 10)
        for connection in opened[:100]:
            connection.close()
        self.active(weir, 30)


class Kernel(Balance):
    def test_nothing_is_handed_over(self):
        weir, opened = self.weir(
            self.origin().upstream, concurrency=WORKERS, extra=[names.HEAD_TIMEOUT, "60s"]), []
        scrape = self.open(weir, 200, opened)
        self.assertEqual(0, scrape.total(names.HANDED_OVER))
        self.assertGreater(scrape.total(names.IMBALANCE), 0, by_worker(scrape))

    def test_the_metric_is_in_the_history(self):
        weir, opened = self.weir(
            self.origin().upstream, concurrency=WORKERS, extra=[names.HEAD_TIMEOUT, "60s"]), []
        self.open(weir, 1, opened)
        self.assertTrue(eventually(lambda: history_last(weir.history, names.IMBALANCE) == 300))
        self.assertIn("server.worker_imbalance: 300", weir.get("/stats")[1])


class Ending(Balance):
    """Connections come while weir ends: each is served or refused, none is lost or leaked."""

    def storm(self, weir, stop, answers):
        while not stop.is_set():
            try:
                with Client(weir.address, 10 * SLOW) as client:
                    answers.append(client.request("GET", "/ok").status)
            except (OSError, Closed):
                answers.append(None)

    def check(self, end, listen=("127.0.0.1:0",)):
        weir, stop, answers = self.exact(listen=list(listen)), threading.Event(), []
        threads = [threading.Thread(target=self.storm, args=(weir, stop, answers))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        self.assertTrue(eventually(lambda: answers.count(200) > 200))
        for _ in range(5):
            self.assert_counts_agree(weir.scrape())
        self.assertGreater(weir.scrape().total(names.HANDED_OVER), 0)
        end(weir)
        self.assertEqual(0, weir.wait())
        stop.set()
        for thread in threads:
            thread.join()
        self.assertLessEqual({None, 200}, set(answers))
        last = {name: history_last(weir.history, name) for name in (
            names.CX_TOTAL, names.CX_ACTIVE, names.CX_DESTROYED, names.THREAD_CX_TOTAL,
            names.THREAD_CX_ACTIVE, names.RQ_TOTAL, names.RQ_COMPLETED)}
        self.assertEqual(0, last[names.CX_ACTIVE], last)
        self.assertEqual(0, last[names.THREAD_CX_ACTIVE], last)
        self.assertEqual(last[names.CX_TOTAL], last[names.CX_DESTROYED], last)
        self.assertEqual(last[names.CX_TOTAL], last[names.THREAD_CX_TOTAL], last)
        self.assertEqual(last[names.RQ_TOTAL], last[names.RQ_COMPLETED], last)
        self.assertGreaterEqual(last[names.RQ_COMPLETED], answers.count(200))

    def test_sigterm(self):
        for _ in range(3):
            with self.subTest():
                self.check(lambda weir: weir.send(signal.SIGTERM))

    def test_quit(self):
        self.check(lambda weir: weir.get("/quitquitquit", "POST"))

    def test_unix_socket(self):
        self.check(
            lambda weir: weir.send(signal.SIGTERM), [f"unix:{self.directory}/in.sock"])

    def test_idle_connections_outlive_no_drain(self):
        weir, opened = self.exact(), []
        self.open(weir, 200, opened)
        self.assertEqual(0, weir.stop())
        self.assertEqual(200, history_last(weir.history, names.CX_DESTROYED))
        self.assertEqual(0, history_last(weir.history, names.CX_ACTIVE))


if __name__ == "__main__":
    unittest.main()
