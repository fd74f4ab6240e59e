"""Webhooks by https to a server of Python's, with certificates of the openssl program."""
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
import unittest

from authority import Authority
from leads import LeadsTest

SECRET = "a secret of some length"


class Webhook(LeadsTest):
    def setUp(self):
        self.authority = Authority()
        self.addCleanup(self.authority.remove)
        self.received = []
        received = self.received

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((dict(self.headers), body))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"thank you")

            def log_message(self, *arguments):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.server())
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # who does not trust it hangs up
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)

        super().setUp()
        secret = self.desk.config.parent / "hook.secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        self.write_outbox(f"  hosts: [localhost, 127.0.0.1]\n  secret_file: hook.secret\n  ca_file: {self.authority.certificate}\n")
        self.write_webhooks(f"https://localhost:{self.port}/hook", f"https://127.0.0.1:{self.port}/hook")

    def write_webhooks(self, duty, phone):
        self.write_leads(duty_lead=f"{{webhook: '{duty}'}}", phone_lead=f"{{webhook: '{phone}'}}")

    def test_a_lead_is_told_by_https_and_a_server_of_another_name_is_told_nothing(self):
        self.desk.start()
        reply = self.alarm()
        self.wait_until(lambda: self.notes().get("duty-lead", {}).get("state") == "sent")
        self.wait_until(lambda: "error" in self.notes()["phone-lead"])
        why = f"127.0.0.1:{self.port}: TLS: its certificate is for another name"
        self.assertEqual(self.notes()["phone-lead"]["error"], why)
        self.assertEqual(self.notes()["phone-lead"]["state"], "pending")
        self.assertIn(why, self.desk.ctl("outbox").stdout)

        headers, body = next(one for one in self.received if one[0]["webhook-id"].endswith("-duty-lead"))
        self.assertEqual(headers["Host"], f"localhost:{self.port}")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
        self.assertEqual(headers["webhook-signature"], "v1," + digest)
        self.assertEqual(json.loads(body)["ticket"], reply["ticket"])
        self.assertFalse([one for one in self.received if one[0]["webhook-id"].endswith("-phone-lead")])

        self.write_webhooks(*2 * [f"https://localhost:{self.port}/hook"])
        client = self.desk.client()
        self.assertTrue(client.ask({"op": "reload"})["ok"])
        client.close()
        self.wait_until(lambda: self.notes()["phone-lead"]["state"] == "sent")


if __name__ == "__main__":
    unittest.main()
