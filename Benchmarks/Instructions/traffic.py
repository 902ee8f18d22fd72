"""The traffic of one case: a canned origin, and a client that sends one request after another.

Every byte is the same in each run, dates and ids included, and an answer goes out in one send, so
that the only freedom left is how TCP cuts what is larger than a socket buffer.
"""

import socket
import threading

FIELDS = (
    "Server: nginx/1.22.1\r\nDate: Tue, 25 Nov 2025 10:20:30 GMT\r\n"
    "Content-Type: text/plain\r\n{framing}"
    "Last-Modified: Mon, 24 Nov 2025 08:00:00 GMT\r\nConnection: keep-alive\r\n"
    "ETag: \"65613a40-4000\"\r\nAccept-Ranges: bytes\r\n\r\n")
BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cache-Control: max-age=0\r\nReferer: https://shop.example.com/catalogue/shoes\r\n"
    "Upgrade-Insecure-Requests: 1\r\nConnection: keep-alive\r\n"
    "Cookie: session=0f3a9c5d7e1b2468; theme=dark; consent=1; visits=17\r\n")
CHUNK = b"1000\r\n" + b"x" * 4096 + b"\r\n"


def whole(size):
    return ("HTTP/1.1 200 OK\r\n" + FIELDS.format(framing=f"Content-Length: {size}\r\n")).encode(
        ) + b"x" * size


ANSWERS = {
    b"/64B": whole(64), b"/16KiB": whole(16 << 10), b"/1MiB": whole(1 << 20),
    b"/chunked": ("HTTP/1.1 200 OK\r\n" + FIELDS.format(
        framing="Transfer-Encoding: chunked\r\n")).encode() + CHUNK * 4 + b"0\r\n\r\n",
}


def get(path, fields=""):
    return f"GET {path} HTTP/1.1\r\nHost: shop.example.com\r\n{fields}\r\n".encode()


def post(size):
    head = f"POST /64B HTTP/1.1\r\nHost: shop.example.com\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + b"x" * size


class Reader:
    """Reads messages from a socket by their framing; the bodies are thrown away."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def message(self):
        """The head of the next message, its body read to the end; b"" when the peer is gone."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if not self.fill():
                return b""
        head, self.buffer = self.buffer[:end], self.buffer[end + 4:]
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            while not self.buffer.endswith(b"0\r\n\r\n"):
                if not self.fill():
                    raise ConnectionError("a chunked body ended early")
            self.buffer = b""
        elif (at := lower.find(b"content-length: ")) >= 0:
            missing = int(lower[at + 16:].split(b"\r\n")[0]) - len(self.buffer)
            self.buffer = b""
            while missing > 0:
                data = self.sock.recv(min(missing, 1 << 20))
                if not data:
                    raise ConnectionError("a body ended early")
                missing -= len(data)
        return head

    def fill(self):
        data = self.sock.recv(65536)
        self.buffer += data
        return data


class Origin:
    """Answers `ANSWERS` on a free port of 127.0.0.1, a thread for each connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        reader = Reader(sock)
        try:
            while head := reader.message():
                sock.sendall(ANSWERS[head.split(b" ")[1]])
        except OSError:
            pass
        finally:
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class Client:
    """Sends a case's request again and again and waits for each whole answer."""

    def __init__(self, port, case):
        self.port, self.case, self.sock = port, case, None

    def send(self, count):
        for _ in range(count):
            if self.sock is None or self.case.connects:
                self.close()
                self.sock = socket.create_connection(("127.0.0.1", self.port), 60)
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock.sendall(self.case.request)
            head = Reader(self.sock).message()
            if not head.startswith(b"HTTP/1.1 200"):
                raise ConnectionError(f"{self.case.name}: answered {head[:40]!r}")

    def close(self):
        """Ends the connection and waits until weir has too: its end never meets the next start."""
        if self.sock is not None:
            self.sock.shutdown(socket.SHUT_WR)
            while self.sock.recv(4096):
                continue
            self.sock.close()
            self.sock = None
