"""The machine is against us: ports, files, disks and descriptors. One clear line, and go on."""

import glob
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import time
import unittest

import names
import wire
from harness import SANITIZER, SLOW, WeirTest, eventually, history_last, statsctl
from load import http_client_exactly
from nginx import free_port


class Faults(WeirTest):
    def assert_serves(self, weir, count=5):
        self.assertEqual([200] * count, http_client_exactly(weir.address, count, threads=1))

    def lines_with(self, weir, *words):
        """Lines of the log that hold every word, in any case."""
        return [line for line in weir.log.splitlines()
                if all(word.lower() in line.lower() for word in words)]

    # Ports and addresses

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as held:
            address = f"127.0.0.1:{held.getsockname()[1]}"
            weir = self.unready_weir("127.0.0.1:1", listen=[address], history=None)
            self.assertNotEqual(0, weir.wait())
        self.assertEqual(1, len(self.lines_with(weir, address, "in use")), weir.log)

    def test_port_of_another_weir(self):
        """SO_REUSEPORT must not let a second weir share the port without a word."""
        origin = self.origin()
        first = self.weir(origin.upstream)
        address = f"127.0.0.1:{first.address[1]}"
        second = self.unready_weir(origin.upstream, listen=[address], history=None)
        self.assertNotEqual(0, second.wait())
        self.assertEqual(1, len(self.lines_with(second, address, "in use")), second.log)

    def test_admin_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as held:
            address = f"127.0.0.1:{held.getsockname()[1]}"
            weir = self.unready_weir("127.0.0.1:1", history=None, extra=["--admin", address])
            eventually(lambda: self.lines_with(weir, address, "in use"))
            self.assertIsNone(weir.process.poll(), "serving is possible, so it serves")
        self.assertEqual(1, len(self.lines_with(weir, address, "in use")), weir.log)

    def test_address_of_another_machine(self):
        weir = self.unready_weir("127.0.0.1:1", listen=["192.0.2.77:0"], history=None)
        self.assertNotEqual(0, weir.wait())
        self.assertTrue(self.lines_with(weir, "192.0.2.77"), weir.log)

    # The history

    def test_unwritable_history(self):
        with open(f"{self.directory}/file", "w"):
            path = f"{self.directory}/file/weir.db"
        weir = self.weir(self.origin().upstream, history=path)
        self.assert_serves(weir)
        self.assertTrue(eventually(lambda: self.lines_with(weir, path)), weir.log)
        self.assertEqual(5, weir.settled().total(names.RQ_TOTAL))

    def test_history_in_a_missing_folder(self):
        path = f"{self.directory}/no/such/folder/weir.db"
        weir = self.weir(self.origin().upstream, history=path)
        self.assert_serves(weir)
        self.assertTrue(eventually(lambda: self.lines_with(weir, path)), weir.log)

    def check_corrupt(self, content):
        path = f"{self.directory}/weir.db"
        with open(path, "wb") as file:
            file.write(content)
        weir = self.weir(self.origin().upstream, history=path)
        self.assert_serves(weir)
        moved = [other for other in glob.glob(f"{self.directory}/weir.db*")
                 if os.path.getsize(other) == len(content) and self.holds(other, content)]
        self.assertEqual(1, len(moved), os.listdir(self.directory))
        self.assertNotEqual(path, moved[0])
        self.assertTrue(self.lines_with(weir, os.path.basename(moved[0])), weir.log)
        self.assertTrue(eventually(lambda: history_last(path, names.RQ_TOTAL) == 5))

    def holds(self, path, content):
        with open(path, "rb") as file:
            return file.read() == content

    def test_history_that_is_no_database(self):
        self.check_corrupt(b"this is not a database at all\n" * 500)

    def test_history_with_a_damaged_inside(self):
        self.check_corrupt(b"SQLite format 3\0" + bytes(range(256)) * 40)

    def test_history_with_any_table_damaged(self):
        """Damage that only writing finds: the file goes aside, the new one has every request."""
        first = self.weir(self.origin().upstream)
        self.assert_serves(first)
        self.assertTrue(eventually(lambda: history_last(first.history, names.RQ_TOTAL) == 5))
        first.stop()
        with sqlite3.connect(first.history) as store:
            size, = store.execute("PRAGMA page_size").fetchone()
            roots = store.execute("SELECT name, rootpage FROM sqlite_schema"
                                  " WHERE rootpage > 0").fetchall()
        store.close()
        for name, root in roots:
            with self.subTest(name):
                folder = f"{self.directory}/{name}"
                os.mkdir(folder)
                path = f"{folder}/weir.db"
                shutil.copy(first.history, path)
                with open(path, "r+b") as file:
                    file.seek((root - 1) * size)
                    file.write(b"\xa5" * size)
                weir = self.weir(self.origin().upstream, history=path)
                self.assert_serves(weir)
                self.assertEqual(5, weir.settled().total(names.RQ_TOTAL))
                weir.stop()
                self.assertEqual(5, history_last(path, names.RQ_TOTAL), weir.log)
                if name not in ("meta", "sqlite_autoindex_family_1"):  # neither read nor written
                    self.assertEqual(1, len(glob.glob(f"{path}.corrupt-*[0-9]")), weir.log)

    def test_statsd_name_that_nobody_knows(self):
        weir = self.weir(self.origin().upstream, statsd="udp://nowhere.invalid:8125")
        self.assert_serves(weir)
        self.assertEqual(1, len(self.lines_with(weir, "nowhere.invalid")), weir.log)

    def test_many_listeners_keep_their_own_numbers(self):
        """What the configuration names is never folded into `other`."""
        weir = self.weir(self.origin().upstream, listen=["127.0.0.1:0"] * 40, history=None)
        for address in weir.addresses:
            with wire.connect(address, 5 * SLOW) as client:
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                client.recv(1000)
        scrape = weir.settled()
        self.assertEqual(0, scrape.total("weir_stats_folded_series_total"))
        refused = scrape.by(names.RQ_REFUSED, "listener")
        self.assertEqual([1] * 40, list(refused.values()))

    def test_page_of_another_site_cannot_stop_weir(self):
        weir = self.weir("127.0.0.1:1", history=None)
        with wire.connect(weir.admin, 5 * SLOW) as client:
            client.sendall(b"POST /quitquitquit HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                           b"Origin: http://evil.example\r\n\r\n")
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 403"))
        self.assertIsNone(weir.process.poll())
        self.assertEqual(200, weir.get("/ready")[0])

    def test_admin_without_host(self):
        """HTTP/1.0 may come without Host; no browser does."""
        weir = self.weir("127.0.0.1:1", history=None)
        with wire.connect(weir.admin, 5 * SLOW) as client:
            client.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 200"))

    def test_history_deleted_under_a_running_weir(self):
        weir = self.weir(self.origin().upstream)
        for path in glob.glob(weir.history + "*"):
            os.unlink(path)
        time.sleep(0.6)
        self.assert_serves(weir)
        self.assertEqual(5, weir.settled().total(names.RQ_TOTAL))

    def test_full_disk(self):
        mount = f"{self.directory}/small"
        os.mkdir(mount)
        if os.geteuid() != 0 or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=1m", "weir-test", mount],
                capture_output=True, timeout=10).returncode != 0:
            self.skipTest("needs root and mount for a small file system")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], timeout=10)
        weir = self.weir(self.origin().upstream, history=f"{mount}/weir.db", flush="100ms")
        self.assert_serves(weir)
        self.assertTrue(eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == 5))
        with open(f"{mount}/filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        failed = lambda: weir.scrape().total_like(names.HISTORY_ERRORS)  # noqa: E731
        eventually(lambda: http_client_exactly(weir.address, 10, threads=1) and failed(), 10)
        self.assertGreater(failed(), 0)
        said = self.lines_with(weir, "full") + self.lines_with(weir, "no space")
        self.assertTrue(said, weir.log)
        self.assertLess(len(weir.log.splitlines()), 60, "the log floods")
        self.assert_serves(weir)
        os.unlink(f"{mount}/filler")
        count = weir.settled().total(names.RQ_TOTAL)
        self.assertTrue(
            eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == count, 8, 0.2),
            f"{history_last(weir.history, names.RQ_TOTAL)} of {count} after the disk had room")
        weir.stop()

    # statsd

    def test_statsd_server_is_not_there(self):
        weir = self.weir(
            self.origin().upstream, statsd=f"udp://127.0.0.1:{free_port()}", flush="100ms")
        time.sleep(1)
        self.assert_serves(weir)
        self.assertTrue(eventually(lambda: weir.scrape().total_like(names.STATSD_ERRORS)))
        self.assertLess(len(weir.log.splitlines()), 40, "the log floods")

    def test_statsd_address_cannot_be_reached(self):
        """A broadcast address: connect() itself fails."""
        weir = self.weir(
            self.origin().upstream, statsd="udp://255.255.255.255:8125", flush="100ms")
        self.assert_serves(weir)
        self.assertTrue(eventually(lambda: self.lines_with(weir, "255.255.255.255")), weir.log)

    # Descriptors

    def limited(self, count):
        def apply():
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
        return apply

    def test_out_of_descriptors(self):
        limit = 100 if SANITIZER else 80
        weir = self.weir(self.origin().upstream, history=None, preexec=self.limited(limit))
        self.assert_serves(weir)
        held = [socket.create_connection(weir.address, 5) for _ in range(limit + 40)]
        time.sleep(0.5)
        cpu = weir.cpu_seconds()
        time.sleep(1.0)
        self.assertLess(weir.cpu_seconds() - cpu, 0.3 * SLOW, "spins")
        self.assertLessEqual(len(os.listdir(f"/proc/{weir.pid}/fd")), limit)
        for sock in held:
            sock.close()
        self.assertTrue(eventually(lambda: self.answers(weir), 5))
        self.assertGreaterEqual(weir.scrape().total(names.ACCEPT_PAUSED), 1)
        self.assertTrue(
            eventually(lambda: weir.scrape().total(names.CX_ACTIVE) == 0), "connections leak")

    def answers(self, weir):
        try:
            with weir.client(2) as client:
                return client.request("GET", "/ok").status == 200
        except OSError:
            return False

    def test_more_clients_than_descriptors(self):
        """Those beyond weir's share wait in the queue until others have gone; all are served."""
        weir = self.weir(self.origin().upstream, history=None, preexec=self.limited(80))
        clients = []
        for _ in range(45):
            clients.append(weir.client(10))
        for client in clients:
            client.send(b"GET /slow/300 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual([200] * 45, [client.response().status for client in clients])
        self.assertGreater(weir.settled().total(names.ACCEPT_PAUSED), 0)
        for client in clients:
            client.close()
        self.assertTrue(eventually(lambda: self.answers(weir)))

    def test_idle_clients_leave_descriptors_for_upstreams(self):
        origin = self.origin()
        weir = self.weir(origin.upstream, history=None, preexec=self.limited(80))
        with weir.client() as client:
            self.assertEqual(200, client.request("GET", "/ok").status)
            idle = [weir.client() for _ in range(120)]
            for _ in range(5):
                time.sleep(0.2)  # in which accepting would take what the last request freed
                self.assertEqual(200, client.request("GET", "/closing").status)
            for other in idle:
                other.close()

    # Tools

    def test_statsctl_on_a_damaged_file(self):
        path = f"{self.directory}/bad.db"
        with open(path, "wb") as file:
            file.write(os.urandom(9000))
        status, out, err = statsctl("--db", path, "list")
        self.assertEqual((3, ""), (status, out))
        self.assertEqual(1, len(err.strip().splitlines()), err)

    def test_copy_of_a_history_in_use(self):
        """A copy made the SQLite way answers like the original."""
        weir = self.weir(self.origin().upstream)
        self.assert_serves(weir)
        eventually(lambda: history_last(weir.history, names.RQ_TOTAL) == 5)
        weir.stop()
        shutil.copy(weir.history, f"{self.directory}/copy.db")
        self.assertEqual(5, history_last(f"{self.directory}/copy.db", names.RQ_TOTAL))


if __name__ == "__main__":
    unittest.main()
