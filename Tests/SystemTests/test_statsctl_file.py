"""The commands of statsctl that keep a history: copies, marks, pins, checks; and bad files."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time
import unittest

import names
from harness import STATSCTL, WeirTest, eventually, history_last, statsctl
from load import http_client_exactly


class Keeping(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.shared_weir(cls.shared_origin().upstream, flush="50ms")
        http_client_exactly(cls.server.address, 50)
        assert eventually(lambda: history_last(cls.server.history, names.RQ_TOTAL) == 50)

    def copy(self):
        path = f"{self.directory}/copy.db"
        status, out, err = statsctl("--db", self.server.history, "snapshot", path)
        self.assertEqual((0, ""), (status, out), err)
        return path

    def frames(self):
        uri = f"file:{self.server.history}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as history:
            return history.execute("SELECT count(*) FROM frame").fetchone()[0]

    def test_a_snapshot_is_whole_in_one_file(self):
        path = self.copy()
        self.assertFalse(os.path.exists(path + "-wal"))
        self.assertEqual(50, history_last(path, names.RQ_TOTAL))
        status, _, err = statsctl("--db", self.server.history, "snapshot", path)
        self.assertEqual(2, status, err)

    def test_annotate(self):
        path = self.copy()
        self.assertEqual(0, statsctl("annotate", "deploy 7", "--db", path)[0])
        status, out, err = statsctl("events", "--kind", "annotation", "-o", "json", "--db", path)
        self.assertEqual(0, status, err)
        self.assertEqual("deploy 7", json.loads(out)[0]["text"])

    def test_a_running_weir_keeps_its_file(self):
        for arguments in (["db", "compact"], ["import", "/dev/null"]):
            status, out, err = statsctl("--db", self.server.history, *arguments)
            self.assertEqual((3, ""), (status, out), err)
            self.assertEqual(1, len(err.splitlines()), err)

    def test_pins(self):
        path = self.copy()
        self.assertEqual(1, statsctl("pin", "--db", path)[0])
        status, out, err = statsctl("pin", "--since", "1m", "--reason", "why", "--db", path)
        self.assertEqual((0, "1\n"), (status, out), err)
        self.assertIn("why", statsctl("pin", "--db", path)[1])
        self.assertEqual(0, statsctl("unpin", "1", "--db", path)[0])
        self.assertEqual(1, statsctl("unpin", "1", "--db", path)[0])

    def test_compact_loses_nothing(self):
        path = self.copy()
        self.assertEqual(0, statsctl("db", "compact", "--db", path)[0])
        self.assertEqual(50, history_last(path, names.RQ_TOTAL))
        status, out, err = statsctl("list", names.RQ_TOTAL, "-o", "json", "--db", path)
        self.assertEqual(0, status, err)
        self.assertEqual(50, json.loads(out)[0]["value"])

    def test_size(self):
        status, out, err = statsctl("db", "size", "--cap", "1GiB", "--db", self.server.history)
        self.assertEqual(0, status, err)
        self.assertIn("bytes a sample", out)
        self.assertEqual(2, statsctl("db", "size", "--cap", "much", "--db", self.server.history)[0])

    def test_verify(self):
        path = self.copy()
        status, out, err = statsctl("db", "verify", "--db", path)
        self.assertEqual(0, status, err)
        self.assertNotIn("damaged", out)
        with open(path, "r+b") as file:
            size = os.path.getsize(path)
            for offset in range(40_960, size, 8192):
                file.seek(offset + 1000)
                file.write(b"\xff" * 6000)
        status, out, err = statsctl("db", "verify", "--db", path)
        self.assertEqual(3, status, out + err)

    def test_export_and_import(self):
        status, out, err = statsctl("export", "--since", "1m", "--db", self.server.history)
        self.assertEqual(0, status, err)
        text, path = f"{self.directory}/all.om", f"{self.directory}/imported.db"
        with open(text, "w") as file:
            file.write(out)
        status, _, err = statsctl("import", text, "--db", path)
        self.assertEqual(0, status, err)
        status, out, err = statsctl("query", f"sum({names.RQ_TOTAL})", "-o", "json", "--db", path)
        self.assertEqual(0, status, err)
        self.assertEqual("50", json.loads(out)["result"][0]["value"][1])

    def test_malformed_text_imports_nothing(self):
        text, path = f"{self.directory}/bad.om", f"{self.directory}/bad.db"
        with open(text, "w") as file:
            file.write("# TYPE a gauge\na 1 1000\na{b 2 1001\n# EOF\n")
        status, out, err = statsctl("import", text, "--db", path)
        self.assertEqual((2, ""), (status, out), err)
        self.assertIn("line 3", err)
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertNotEqual(0, statsctl("query", "a", "--at", "1001", "--db", path)[0])

    def test_bad_files(self):
        whole = self.copy()
        cases = {"missing": None, "empty": b"", "foreign": b"hello, world\n" * 100}
        with open(whole, "rb") as file:
            cases["truncated"] = file.read()[:20_000]
        for name, content in cases.items():
            path = f"{self.directory}/{name}.db"
            if content is not None:
                with open(path, "wb") as file:
                    file.write(content)
            for arguments in (["top"], ["query", "1 + up"], ["db", "verify"], ["annotate", "x"]):
                if (name, arguments) == ("truncated", ["db", "verify"]):
                    continue  # names what is readable: below
                with self.subTest(f"{name}: {arguments}"):
                    status, out, err = statsctl("--db", path, *arguments)
                    self.assertEqual((3, ""), (status, out), err)
                    self.assertEqual(1, len(err.splitlines()), err)
                    self.assertIn(path, err)
            self.assertEqual(content is not None, os.path.exists(path))

    def test_what_is_left_of_a_truncated_file(self):
        # Two groups of frames and more: the last ones are cut off.
        self.assertTrue(eventually(lambda: self.frames() > 130, 20))
        whole = self.copy()
        size = os.path.getsize(whole)
        path = f"{self.directory}/cut.db"
        with open(whole, "rb") as file, open(path, "wb") as cut:
            cut.write(file.read()[:size - 4096])
        status, out, err = statsctl("db", "verify", "-o", "json", "--db", path)
        self.assertEqual(3, status, err)
        lines = json.loads(out)
        readable = [line["text"] for line in lines if line["verdict"] == "readable"]
        self.assertTrue(any(text[0] != "0" for text in readable), lines)
        self.assertTrue(any(line["verdict"] == "damaged" for line in lines), lines)
        self.assertEqual(1, len(err.splitlines()), err)

    def test_an_import_that_is_killed_leaves_nothing(self):
        path = f"{self.directory}/import.db"
        source = f"{self.directory}/big.om"
        with open(source, "w") as text:
            for series in range(8):
                text.writelines(f'x{{s="{series}"}} {time} {time}\n' for time in range(150_000))
            text.write("# EOF\n")
        for seconds in (0.05, 0.3, 0.6):
            process = subprocess.Popen(
                [STATSCTL, "import", source, "--db", path], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            process.kill()
            if process.wait() != -9:
                break  # quicker than that
            if os.path.exists(path) and os.path.getsize(path) > 0:
                status, out, err = statsctl("list", "-o", "json", "--db", path)
                self.assertEqual((1, []), (status, json.loads(out or "[]")), err)
        status, out, err = statsctl("import", source, "--db", path, seconds=60)
        if status == 0:
            self.assertEqual(0, statsctl("db", "verify", "--db", path)[0])


if __name__ == "__main__":
    unittest.main()
