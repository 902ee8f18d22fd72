"""An origin for the odd cases: threads and raw sockets, so that every byte is under control.

It records each request that arrived whole in `requests`, each head in `heads`, and what it could
not parse in `malformed`. What a path answers stands in behaviours.py.
"""

import hashlib
import os
import socket
import threading

import behaviours


class Gone(Exception):
    """The peer ended the connection, or stop() did."""


class Malformed(Exception):
    pass


class Request:
    def __init__(self, raw, connection_id, number):
        self.raw_head = raw
        self.connection_id, self.number = connection_id, number
        lines = raw[:-4].decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ")
        self.headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise Malformed(line)
            self.headers.append((name.lower(), value.strip()))
        self.body_bytes, self.body_hash, self.body = 0, hashlib.sha256(), b""
        self.trailers, self.chunks = [], 0

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    def header(self, name, default=None):
        values = self.all(name)
        return ", ".join(values) if values else default

    def took(self, data):
        self.body_bytes += len(data)
        self.body_hash.update(data)
        if self.body_bytes <= 65536:
            self.body += data


class Connection:
    """One accepted connection with its read buffer; behaviours write to it."""

    def __init__(self, origin, sock, number):
        self.origin, self.sock, self.number = origin, sock, number
        self.buffer = b""
        self.keep = True

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def fill(self):
        try:
            data = self.sock.recv(262144)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.fill()
        end = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:end], self.buffer[end:]
        return taken

    def read_body(self, request):
        """Reads the rest of a request by its framing; a bad frame is Malformed."""
        codings, lengths = request.all("transfer-encoding"), request.all("content-length")
        if codings:
            if codings != ["chunked"] or lengths:
                raise Malformed(f"framing {request.headers}")
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                request.chunks += 1
                self.take(request, size)
                if self.until(b"\r\n") != b"\r\n":
                    raise Malformed("chunk end")
            while (line := self.until(b"\r\n")) != b"\r\n":
                name, _, value = line.decode("latin-1").strip().partition(":")
                request.trailers.append((name.lower(), value.strip()))
        elif lengths:
            if len(lengths) != 1:
                raise Malformed(f"lengths {lengths}")
            self.take(request, int(lengths[0]))

    def take(self, request, count):
        while count:
            if not self.buffer:
                self.fill()
            part, self.buffer = self.buffer[:count], self.buffer[count:]
            request.took(part)
            count -= len(part)

    def serve(self):
        number = 0
        while self.keep:
            request = None
            try:
                raw = self.until(b"\r\n\r\n")
                number += 1
                request = Request(raw, self.number, number)
                self.origin.note_head(request)
                behaviours.answer(self, request)
            except (Malformed, ValueError) as error:
                self.origin.note_malformed(request, error)
                return


class Origin:
    """`address` is (host, port) or a UNIX path; `upstream` is how weir is told of it."""

    def __init__(self, host="127.0.0.1", unix_path=None, name="origin"):
        self.name = name
        if unix_path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(unix_path)
            self.address, self.upstream = unix_path, f"unix:{unix_path}"
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.listener = socket.create_server((host, 0), family=family, backlog=1024)
            port = self.listener.getsockname()[1]
            self.address = (host, port)
            self.upstream = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.listener.listen(1024)
        self.lock = threading.Lock()
        self.released = threading.Event()  # behaviours that stall wait for this
        self.connections, self.accepted = [], 0
        self.clear()
        threading.Thread(target=self.accept_loop, daemon=True).start()

    def clear(self):
        """Forgets what was seen, lets nobody go."""
        with self.lock:
            self.heads, self.requests, self.malformed = [], [], []
        self.released.clear()

    def accept_loop(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.accepted += 1
                connection = Connection(self, sock, self.accepted)
                self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.serve()
        except Gone:
            pass
        finally:
            connection.sock.close()
            with self.lock:
                self.connections.remove(connection)

    def note_head(self, request):
        with self.lock:
            self.heads.append(request)

    def note_request(self, request):
        with self.lock:
            self.requests.append(request)

    def note_malformed(self, request, error):
        with self.lock:
            self.malformed.append((request and request.raw_head, repr(error)))

    def last(self):
        with self.lock:
            return self.requests[-1]

    def seen(self, target):
        """Whole requests whose target begins with `target`."""
        with self.lock:
            return [request for request in self.requests if request.target.startswith(target)]

    def heads_seen(self, target):
        with self.lock:
            return [request for request in self.heads if request.target.startswith(target)]

    def stop(self):
        self.released.set()
        self.listener.close()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        if isinstance(self.address, str) and os.path.exists(self.address):
            os.unlink(self.address)
