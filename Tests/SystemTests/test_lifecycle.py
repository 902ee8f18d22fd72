"""Start, signals, the end, and the command line's complaints."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

import names
from harness import SLOW, WEIR, WeirTest, eventually, history_last
from load import http_client_exactly
from wire import build


def run_weir(*arguments, directory):
    done = subprocess.run(
        [WEIR, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=15 * SLOW, cwd=directory)
    return done.returncode, done.stdout, done.stderr


class Signals(WeirTest):
    def check_drain(self, number):
        weir = self.weir(self.origin().upstream, concurrency=2)
        http_client_exactly(weir.address, 20)
        busy, idle = weir.client(), weir.client()
        idle.request("GET", "/ok")
        busy.send(build("GET", "/slow/800"))
        self.assertTrue(eventually(lambda: weir.scrape().total(names.RQ_ACTIVE) == 1))
        weir.send(number)
        self.assertTrue(idle.wait_closed(3), "an idle connection outlives the drain")
        response = busy.response()
        self.assertEqual((200, b"origin\n"), (response.status, response.body))
        self.assertTrue(busy.wait_closed(3), "a drained connection stays open")
        self.assertEqual(0, weir.wait())
        self.assertEqual(22, history_last(weir.history, names.RQ_TOTAL))
        return weir

    def test_sigterm_drains(self):
        self.check_drain(signal.SIGTERM)

    def test_sigint_drains(self):
        self.check_drain(signal.SIGINT)

    def test_summary(self):
        weir = self.weir(self.origin().upstream)
        http_client_exactly(weir.address, 1234)
        http_client_exactly(weir.address, 11, path="/status/500")
        before = len(weir.log)
        self.assertEqual(0, weir.stop())
        summary = weir.out + weir.read("err")
        for wanted in (r"\b1[, ]?245\b", r"\b11\b", r"p50", r"p99", re.escape(weir.history)):
            self.assertRegex(summary, wanted)
        self.assertLess(len(weir.log[before:].splitlines()), 25, "more than a screen")

    def test_no_new_connections_while_draining(self):
        weir = self.weir(self.origin().upstream)
        with weir.client() as client:
            client.send(build("GET", "/slow/800"))
            eventually(lambda: weir.scrape().total(names.RQ_ACTIVE) == 1)
            weir.send(signal.SIGTERM)

            def refused():
                try:
                    socket.create_connection(weir.address, 1).close()
                    return False
                except OSError:
                    return True
            self.assertTrue(eventually(refused, 0.6))
            self.assertEqual(200, client.response().status)
        self.assertEqual(0, weir.wait())

    def test_drain_has_an_end(self):
        weir = self.weir(self.origin().upstream, extra=[names.DRAIN_SECONDS, "1"])
        with weir.client() as client:
            client.send(build("GET", "/hang"))
            eventually(lambda: weir.scrape().total(names.RQ_ACTIVE) == 1)
            started = time.monotonic()
            self.assertEqual(0, weir.stop())
            self.assertLess(time.monotonic() - started, 1 + 2 * SLOW)

    def test_second_signal_does_not_wait(self):
        weir = self.weir(self.origin().upstream, extra=[names.DRAIN_SECONDS, "60"])
        with weir.client() as client:
            client.send(build("GET", "/hang"))
            eventually(lambda: weir.scrape().total(names.RQ_ACTIVE) == 1)
            weir.send(signal.SIGINT)
            time.sleep(0.3)
            weir.send(signal.SIGINT)
            weir.wait(5)

    def test_quick_end_when_idle(self):
        weir = self.weir(self.origin().upstream, concurrency=4)
        started = time.monotonic()
        self.assertEqual(0, weir.stop())
        self.assertLess(time.monotonic() - started, 1 * SLOW)

    def test_sighup_and_sigpipe_do_no_harm(self):
        weir = self.weir(self.origin().upstream)
        for number in (signal.SIGHUP, signal.SIGPIPE):
            weir.send(number)
        time.sleep(0.2)
        self.assertEqual([200], http_client_exactly(weir.address, 1, threads=1))

    def test_drain_under_load_loses_no_answer(self):
        """A client that was not told `close` gets an answer to what it had sent in time."""
        weir = self.weir(self.origin().upstream, concurrency=2)
        failures, answers, stop = [], [], threading.Event()

        def work():
            with weir.client() as client:
                while not stop.is_set():
                    try:
                        response = client.request("GET", "/slow/20")
                    except OSError:
                        return  # closed between two requests
                    except Exception as error:  # noqa: BLE001
                        if getattr(error, "so_far", b"?") != b"":
                            failures.append(repr(error))
                        return
                    answers.append(response.status)
                    if response.header("connection", "").lower() == "close":
                        return
        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        time.sleep(0.5)
        self.assertEqual(0, weir.stop())
        stop.set()
        for worker in workers:
            worker.join(10)
        self.assertEqual([], failures)
        self.assertEqual({200}, set(answers))


class StartUp(WeirTest):
    def test_text_names_addresses_and_commands(self):
        weir = self.weir(self.origin().upstream)
        text = weir.log
        self.assertIn(weir.history, text)
        self.assertIn(f":{weir.admin[1]}", text)
        self.assertRegex(text, r"(?m)^\s*curl .*127\.0\.0\.1")
        self.assertRegex(text, r"(?m)^\s*\S*statsctl ")

    def test_every_worker_takes_connections(self):
        weir = self.weir(self.origin().upstream, concurrency=4)
        http_client_exactly(weir.address, 200, close=True)
        by_thread = weir.settled().by("weir_thread_downstream_cx_total", "thread")
        workers = {name: n for name, n in by_thread.items() if name.startswith("wrk:")}
        self.assertEqual(4, len(workers))
        self.assertGreater(min(workers.values()), 0, workers)

    def test_default_concurrency_follows_the_affinity_mask(self):
        one = sorted(os.sched_getaffinity(0))[0]
        weir = self.weir(
            self.origin().upstream, preexec=lambda: os.sched_setaffinity(0, {one}),
            concurrency=1, extra=["--cpuset-threads"])
        task = weir.thread_id("wrk:0")
        self.assertEqual({one}, os.sched_getaffinity(task))

    def test_demo(self):
        weir = self.weir(demo=True, listen=["127.0.0.1:0"])
        self.assertTrue(eventually(lambda: weir.scrape().total(names.RQ_COMPLETED) >= 50, 10))
        codes = weir.scrape().by(names.RQ_CODE, names.CODE_LABEL)
        self.assertGreater(codes.get("200", 0), 0)
        with weir.client() as client:
            self.assertIn(client.request("GET", "/").status, range(200, 600))
        self.assertEqual(0, weir.stop(signal.SIGINT))
        self.assertRegex(weir.log, r"p99")


class CommandLine(WeirTest):
    WRONG = [
        ["--no-such-flag"],
        ["--listn", "127.0.0.1:0", "--upstream", "127.0.0.1:1"],
        ["--listen", "127.0.0.1:0"],
        ["--listen", "127.0.0.1:99999", "--upstream", "127.0.0.1:1"],
        ["--listen", "nonsense", "--upstream", "127.0.0.1:1"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--concurrency", "0"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--concurrency", "many"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--flush-interval", "soon"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--statsd", "tcp://a:1"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--log-level", "loud"],
        ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--connection-balance", "fair"],
        ["--listen"],
        ["--demo", "surplus"],
    ]

    def test_one_line_and_exit_2(self):
        for arguments in self.WRONG:
            with self.subTest(" ".join(arguments)):
                status, out, err = run_weir(*arguments, directory=self.directory)
                self.assertEqual((2, ""), (status, out))
                self.assertEqual(1, len(err.strip().splitlines()), err)

    def test_a_near_miss_is_suggested(self):
        err = run_weir("--listne", "127.0.0.1:0", directory=self.directory)[2]
        self.assertIn("--listen", err)

    def test_help_and_version(self):
        status, out, err = run_weir("--help", directory=self.directory)
        self.assertEqual((0, ""), (status, err))
        for flag in ("--listen", "--upstream", "--concurrency", "--admin", "--history", "--statsd",
                     "--flush-interval", "--demo"):
            self.assertIn(flag, out)
        status, out, _ = run_weir("--version", directory=self.directory)
        self.assertEqual(0, status)
        self.assertRegex(out, r"\d+\.\d+")

    def test_no_litter(self):
        """A refused start leaves no file behind."""
        run_weir("--no-such-flag", directory=self.directory)
        self.assertEqual([], os.listdir(self.directory))


if __name__ == "__main__":
    unittest.main()
