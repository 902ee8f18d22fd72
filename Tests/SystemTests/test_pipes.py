"""Long bodies go through kernel pipes: whole, to whom they belong, and no descriptor is lost."""

import os
import resource
import socket
import threading
import time

import names
from behaviours import seeded_body
from harness import WeirTest, eventually
from wire import Closed, build

MIB = 1 << 20
LONG = 8 * MIB
# Pipes that a worker keeps open for the next body, two descriptors each.
IDLE_DESCRIPTORS_MAX = 32


class Pipes(WeirTest):
    def start(self):
        origin = self.origin()
        return self.weir(origin.upstream), origin

    def pipe_ends(self, weir):
        folder = f"/proc/{weir.process.pid}/fd"
        ends = 0
        for name in os.listdir(folder):
            try:
                ends += os.readlink(f"{folder}/{name}").startswith("pipe:")
            except FileNotFoundError:
                continue
        return ends

    def stalled(self, weir, seeds, count=LONG):
        """Clients that asked for a long body and have not read it."""
        clients = []
        for seed in seeds:
            clients.append(weir.client(60))
            self.addCleanup(clients[-1].close)
            # Or the kernel would take some bodies whole.
            clients[-1].sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            clients[-1].send(build("GET", f"/seeded/{seed}/{count}"))
        return clients

    def test_a_stalled_body_waits_in_a_pipe(self):
        weir, _ = self.start()
        before = self.pipe_ends(weir)
        client, = self.stalled(weir, [7])
        self.assertTrue(eventually(lambda: self.pipe_ends(weir) == before + 2))
        self.assertEqual(seeded_body(7, LONG), client.response().body)
        self.assertEqual(200, client.request("GET", "/ok").status, "the connection goes on")

    def test_no_byte_reaches_another_connection(self):
        """Half the clients leave while the pipe is full; the pipes' next users see their own."""
        weir, _ = self.start()
        before = self.pipe_ends(weir)
        for turn in range(3):
            clients = self.stalled(weir, range(turn * 100, turn * 100 + 12))
            self.assertTrue(eventually(lambda: self.pipe_ends(weir) >= before + 16))
            for client in clients[::2]:
                client.close()
            for seed, client in list(enumerate(clients, turn * 100))[1::2]:
                self.assertEqual(seeded_body(seed, LONG), client.response().body)
                client.close()
        self.assertTrue(eventually(lambda: self.pipe_ends(weir) <= before + IDLE_DESCRIPTORS_MAX))
        weir.settled()

    def test_more_bodies_than_pipes(self):
        """An eighth of the 182 clients that 400 descriptors allow; beyond it bodies are copied."""
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400))
        weir = self.weir(self.origin().upstream, preexec=limit)
        before = self.pipe_ends(weir)
        clients = self.stalled(weir, range(30))
        self.assertTrue(eventually(lambda: self.pipe_ends(weir) == before + 2 * 22))
        time.sleep(0.3)
        self.assertEqual(before + 2 * 22, self.pipe_ends(weir))
        for seed, client in enumerate(clients):
            self.assertEqual(seeded_body(seed, LONG), client.response().body)
            client.close()
        self.assertTrue(eventually(lambda: self.pipe_ends(weir) <= before + IDLE_DESCRIPTORS_MAX))

    def test_uploads_add_up(self):
        weir, _ = self.start()
        with weir.client(60) as client:
            for seed in range(3):
                body = seeded_body(seed, LONG + seed)
                client.request("PUT", "/echo", body=body)
        scrape = weir.settled()
        self.assertEqual(3 * LONG + 3, scrape.total(names.RQ_BODY_BYTES))

    def test_tunnel(self):
        """A megabyte each way at once, byte for byte, and the end of either side."""
        weir, _ = self.start()
        body = seeded_body(3, 4 * MIB)
        with weir.client(60) as client:
            client.send(build("GET", "/upgrade", [("Connection", "upgrade"), ("Upgrade", "echo")]))
            self.assertEqual(101, client.response().status)
            self.assertEqual(b"welcome\n", client.take(8))
            sender = threading.Thread(target=client.send, args=(body,), daemon=True)
            sender.start()
            self.assertEqual(body, client.take(len(body)))
            sender.join(10)
            client.sock.shutdown(1)
            self.assertEqual(b"goodbye\n", client.take(8))
            self.assertTrue(client.wait_closed(3))
        self.assertEqual(1, weir.settled().total(names.RQ_COMPLETED))

    def test_a_client_that_stops_reading_is_to_blame(self):
        """What waits for it lies in a pipe; the endpoint has done its part."""
        origin = self.origin()
        weir = self.weir(origin.upstream, extra=[names.IDLE_TIMEOUT, "500ms"])
        client, = self.stalled(weir, [1], 32 * MIB)
        self.assertTrue(eventually(lambda: weir.scrape().total(names.RQ_FAILED) == 1))
        failed = weir.scrape().total(names.RQ_FAILED, **{names.OUTCOME_LABEL: "client_slow"})
        self.assertEqual(1, failed)
        client.close()

    def test_an_endpoint_that_stops_reading_is_to_blame(self):
        origin = self.origin()
        weir = self.weir(origin.upstream, extra=[names.IDLE_TIMEOUT, "500ms"])
        with weir.client(20) as client:
            body = seeded_body(5, 32 * MIB)
            request = build("PUT", "/stall", body=body)
            sender = threading.Thread(
                target=lambda: self.send_until_refused(client, request), daemon=True)
            sender.start()
            self.assertEqual(504, client.response().status)
        origin.released.set()
        failed = weir.settled().total(names.RQ_FAILED, **{names.OUTCOME_LABEL: "response_stalled"})
        self.assertEqual(1, failed)
        sender.join(10)

    def send_until_refused(self, client, request):
        try:
            client.send(request)
        except OSError:
            return

    def test_idle_after_an_upload(self):
        """The connection has the idle time-out again, not that of a head under way."""
        origin = self.origin()
        weir = self.weir(
            origin.upstream, extra=[names.IDLE_TIMEOUT, "10s", names.HEAD_TIMEOUT, "300ms"])
        with weir.client(20) as client:
            client.request("PUT", "/echo", body=seeded_body(6, 4 * MIB))
            time.sleep(1)
            self.assertEqual(200, client.request("GET", "/ok").status)
        self.assertEqual(0, weir.settled().total(names.HEAD_TIMEOUTS))

    def test_bytes_on_the_wire_add_up(self):
        """Framing of our own is counted with the bodies."""
        weir, _ = self.start()
        with weir.client(60) as client:
            client.send(build("GET", "/bytes/300000/chunked"))
            received = 0
            while not client.buffer.endswith(b"0\r\n\r\n"):
                client.fill()
            received = len(client.buffer)
        scrape = weir.settled()
        self.assertEqual(received, scrape.total("weir_http_downstream_cx_tx_bytes_total"))

    def test_origin_leaves_in_the_middle(self):
        """A truncated long body ends hard and is counted; nothing of it stays behind."""
        weir, _ = self.start()
        before = self.pipe_ends(weir)
        with weir.client(60) as client:
            client.send(build("GET", f"/cut/{LONG}"))
            with self.assertRaises((ConnectionError, Closed)):
                client.response()
        self.assertEqual(1, weir.settled().total(names.RQ_COMPLETED))
        self.assertLessEqual(self.pipe_ends(weir), before + 2)
