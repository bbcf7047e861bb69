"""Who says which bearer tokens are good: an introspection endpoint (RFC 7662)
for Dovecot's OAuth2 passdb."""

import http.server
import json
import threading
import urllib.parse

# Dovecot's settings for it; `file` holds the second piece.
PASSDB = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {file}
}}
"""
DETAILS = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = username
active_attribute = active
active_value = true
"""


class TokenServer:
    """`tokens`: a user's name by token.  Remembers what it was `asked`."""

    def __init__(self, tokens):
        self.tokens = dict(tokens)
        self.asked = []
        asker = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asker.answer(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    def answer(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"] or 0)).decode()
        token = urllib.parse.parse_qs(body).get("token", [""])[0]
        self.asked.append(token)
        user = self.tokens.get(token)
        reply = json.dumps({"active": True, "username": user} if user else {"active": False})
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(reply)))
        request.end_headers()
        request.wfile.write(reply.encode())

    def passdb(self, folder):
        """Dovecot's settings that make it ask here; a file goes to `folder`."""
        file = folder / "dovecot-oauth2.conf.ext"
        file.write_text(DETAILS.format(port=self.port))
        return PASSDB.format(file=file)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
