# SPDX-License-Identifier: Apache-2.0
# An agent that asks another one, by name. OUT=HOST:PORT planner.py PORT
import http.server, os, sys, urllib.request


class Planner(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"]))
        url = "http://" + os.environ["OUT"] + "/agents/summarizer/"
        with urllib.request.urlopen(url, data=text) as answer:
            plan = b"plan: read this first: " + answer.read() + b"\n"
        self.send_response(200)
        self.send_header("content-length", str(len(plan)))
        self.end_headers()
        self.wfile.write(plan)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
                                Planner).serve_forever()
