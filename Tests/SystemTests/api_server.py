"""A server that answers like Prometheus' HTTP API, from a table of queries: for `--url`."""

import http.server
import json
import threading
import urllib.parse


class ApiServer:
    """`answers` maps a query to its data; what is not in it has no series.

    Every request is kept in `requests` as (method, path, form).
    """

    def __init__(self, answers=None):
        self.answers = answers or {}
        self.requests = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path, _, text = self.path.partition("?")
                server.answer(self, "GET", path, text)

            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.answer(self, "POST", self.path, text)

            def log_message(self, *_):
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        self.thread = threading.Thread(target=self.httpd.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, handler, method, path, text):
        form = dict(urllib.parse.parse_qsl(text))
        self.requests.append((method, path, form))
        query = form.get("query")
        status, body = 200, {"status": "success", "data": []}
        if path.startswith("/api/v1/history/"):
            status = 404
            body = {"status": "error", "errorType": "not_found", "error": "no such page"}
        elif path == "/api/v1/metadata":
            body["data"] = {}
        elif query == "bad":
            status = 400
            body = {"status": "error", "errorType": "bad_data", "error": "no such dialect"}
        elif query is not None:
            empty = {"resultType": "vector", "result": []}
            body["data"] = self.answers.get(query, empty)
        elif path.startswith("/api/v1/label"):
            body["data"] = self.answers.get(path, [])
        payload = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()
        self.thread.join()
