# SPDX-License-Identifier: Apache-2.0
# An agent: POST a text, get its weightiest sentence. summarizer.py PORT
import collections, http.server, re, sys


class Summarizer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        sentences = re.split(r"(?<=[.?!])\s+", " ".join(text.split()))
        counts = collections.Counter(re.findall(r"\w{4,}", text.lower()))
        best = max(sentences, key=lambda s: sum(
            counts[w] for w in set(re.findall(r"\w{4,}", s.lower()))))
        self.send_response(200)
        self.send_header("content-length", str(len(best.encode())))
        self.end_headers()
        self.wfile.write(best.encode())


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
                                Summarizer).serve_forever()
