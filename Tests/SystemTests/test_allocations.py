"""Warm requests allocate nothing: malloc and its relatives, counted on the worker threads."""

import mmap
import os
import shutil
import struct
import subprocess
import unittest

import names
from harness import ROOT, SANITIZER, WEIR, WeirTest
from load import http_client_exactly, wrk_exactly

STACKS, FRAMES = 16, 24
SIZE = 8 * (4 + STACKS * FRAMES)


@unittest.skipIf(SANITIZER, "sanitizers replace malloc themselves")
class WarmRequests(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.library = f"{cls.class_directory}/count_mallocs.so"
        subprocess.run(
            ["cc", "-O2", "-Wall", "-Werror", "-fPIC", "-shared", "-o", cls.library,
             f"{ROOT}/Tests/SystemTests/count_mallocs.c"], check=True, timeout=60)

    def start(self, origin, concurrency):
        path = f"{self.directory}/counts"
        with open(path, "wb") as file:
            file.truncate(SIZE)
        with open(path, "r+b") as file:
            self.counts = mmap.mmap(file.fileno(), SIZE)
        return self.weir(
            origin.upstream, concurrency=concurrency, flush="60s",
            env={"LD_PRELOAD": self.library, "WEIR_MALLOC_FILE": path})

    def counting(self, flag):
        self.counts[0:8] = struct.pack("<Q", flag)

    def calls(self):
        return struct.unpack("<QQQQ", self.counts[0:32])[1]

    def stacks(self, weir):
        """The first call stacks, as far as symbols are there."""
        base = self.image_base(weir)
        text = []
        for index in range(min(STACKS, struct.unpack("<Q", self.counts[24:32])[0])):
            start = 32 + index * FRAMES * 8
            frames = struct.unpack(f"<{FRAMES}Q", self.counts[start:start + FRAMES * 8])
            ours = [frame for frame in frames if base <= frame < base + (1 << 30)]
            offsets = [hex(frame - base - 1) for frame in ours]
            text.append("\n".join(self.symbols(offsets)))
        return "\n--\n".join(text)

    def image_base(self, weir):
        with open(f"/proc/{weir.pid}/maps") as file:
            for line in file:
                if line.rstrip().endswith(os.path.realpath(WEIR)):
                    return int(line.split("-")[0], 16)
        return 0

    def symbols(self, offsets):
        tool = shutil.which("llvm-symbolizer")
        if not tool or not offsets:
            return offsets
        out = subprocess.run(
            [tool, "-e", WEIR, "--pretty-print", *offsets], capture_output=True, text=True,
            timeout=60).stdout
        return out.splitlines()

    def check(self, load, concurrency=1, warm_up=None):
        origin = self.nginx()
        origin.write("file", b"f" * 40000)
        weir = self.start(origin, concurrency)
        (warm_up or load)(weir)
        self.counting(1)
        before = weir_total(weir)
        at_start = self.calls()  # the cut of a scrape allocates, and is not a request
        load(weir)
        during = self.calls() - at_start
        self.counting(0)
        requests = weir_total(weir) - before
        self.assertGreaterEqual(requests, 2000)
        self.assertEqual(
            0, during, f"{during} allocations in {requests} requests:\n{self.stacks(weir)[:6000]}")

    def test_counter_counts(self):
        """The instrument itself: a burst of new connections and a scrape do allocate."""
        weir = self.start(self.nginx(), 1)
        self.counting(1)
        http_client_exactly(weir.address, 50, close=True)
        weir.scrape()
        self.assertGreater(self.calls(), 0)

    def test_small_responses(self):
        self.check(lambda weir: wrk_exactly(weir.url + "/ok", 20000, self.directory, seconds=3))

    def test_two_workers(self):
        self.check(
            lambda weir: wrk_exactly(
                weir.url + "/ok", 20000, self.directory, connections=8, seconds=3),
            concurrency=2,
            warm_up=lambda weir: [
                wrk_exactly(weir.url + "/ok", 2000, self.directory, connections=8, seconds=1)
                for _ in range(3)])

    def test_larger_responses(self):
        self.check(lambda weir: wrk_exactly(weir.url + "/file", 4000, self.directory))

    def test_new_connections(self):
        self.check(
            lambda weir: wrk_exactly(weir.url + "/ok", 2000, self.directory, close=True))


def weir_total(weir):
    return weir.scrape().total(names.RQ_TOTAL)


if __name__ == "__main__":
    unittest.main()
