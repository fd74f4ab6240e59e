"""Mail to leads through a real Postfix, which starts after the mail was due and the daemon was killed."""
import email
import email.policy
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import unittest

from authority import Authority
from leads import LeadsTest

POSTFIX = shutil.which("postfix", path=os.environ.get("PATH", "") + ":/usr/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/state
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.desk.example
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = desk.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{lead@desk.example=lead/}} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""

TLS = """
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_received_header = yes
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr    unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce  unix - - n - 0 bounce
defer   unix - - n - 0 bounce
trace   unix - - n - 0 bounce
virtual unix - n n - - virtual
anvil   unix - - n - 1 anvil
tlsmgr  unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Relay:
    """Postfix on a folder and a port of its own, with one mailbox."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="triaged-postfix-"))
        self.folder.chmod(0o755)  # its processes run under users of their own
        self.port, self.tls_port = free_port(), free_port()
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "state", "mail"):
            (self.folder / name).mkdir()
        for name in ("state", "mail"):
            os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        (self.folder / "etc" / "main.cf").write_text(
            MAIN.format(folder=self.folder, uid=owner.pw_uid, gid=owner.pw_gid))
        (self.folder / "etc" / "master.cf").write_text(MASTER.format(port=self.port, tls_port=self.tls_port))

    def offer_tls(self, certificate, key):
        with open(self.folder / "etc" / "main.cf", "a") as file:
            file.write(TLS.format(certificate=certificate, key=key))

    def postfix(self, command):
        done = subprocess.run([POSTFIX, "-c", self.folder / "etc", command], text=True, capture_output=True, timeout=60)
        log = self.folder / "log"
        if done.returncode != 0 and command == "start":
            raise RuntimeError(f"{done.stderr}\n{log.read_text() if log.exists() else ''}")

    def messages(self):
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in sorted((self.folder / "mail" / "lead" / "new").glob("*"))]

    def remove(self):
        self.postfix("stop")
        shutil.rmtree(self.folder)


@unittest.skipUnless(POSTFIX, "Postfix is not installed")
@unittest.skipUnless(os.geteuid() == 0, "Postfix starts for root alone")
class Mail(LeadsTest):
    def setUp(self):
        self.relay = Relay()
        self.addCleanup(self.relay.remove)
        super().setUp()
        self.write_leads(duty_lead="{mail: lead@desk.example}", phone_lead="{mail: nobody@desk.example}")

    def send_to(self, relay, more="", port=None):
        self.write_outbox(f"  mail: {{relay: '{relay}:{port or self.relay.port}', from: triaged@desk.example{more}}}\n")

    def arrived(self):
        key = f"<main-{self.notes()['duty-lead']['seq']}-duty-lead@desk.example>"
        return [message for message in self.relay.messages() if message["Message-ID"] == key]

    def test_a_lead_gets_mail_that_a_crash_and_a_relay_that_was_down_have_delayed(self):
        self.send_to("127.0.0.1")
        self.desk.start()
        reply = self.alarm()
        self.wait_until(lambda: "error" in self.notes().get("duty-lead", {}))
        self.assertEqual(self.notes()["duty-lead"]["state"], "pending")
        self.desk.kill()
        self.desk.start()
        self.relay.postfix("start")

        self.wait_until(lambda: self.notes()["duty-lead"]["state"] == "sent")
        self.wait_until(lambda: self.notes()["phone-lead"]["state"] == "dead")
        self.assertRegex(self.notes()["phone-lead"]["error"], r"^the mail relay answered 550 ")
        self.wait_until(self.arrived)  # the relay takes it first and puts it into the mailbox then
        self.assertEqual(len(self.arrived()), 1)
        message = self.arrived()[0]
        self.assertEqual(message["To"], "lead@desk.example")
        self.assertEqual(message["From"], "triaged@desk.example")
        self.assertEqual(message["Subject"], f"[main] ticket.escalated {reply['ticket']}, safety-alarm")
        text = message.get_content()
        self.assertIn(f"\nticket: {reply['ticket']}\n", text)
        self.assertNotIn("charger", message.as_string())

    def test_mail_goes_by_tls_to_a_relay_whose_certificate_is_good(self):
        authority = Authority()
        self.addCleanup(authority.remove)
        self.relay.offer_tls(*authority.server())
        self.relay.postfix("start")
        self.send_to("localhost", ", tls: required")
        self.desk.start()
        self.alarm()
        self.wait_until(lambda: "error" in self.notes().get("duty-lead", {}))
        self.assertRegex(self.notes()["duty-lead"]["error"], "^localhost:[0-9]+: TLS: its certificate is of an authority "
                                                             "that is not known here")
        with open(self.desk.config, "a") as file:
            file.write(f"  ca_file: {authority.certificate}\n")
        self.assertEqual(self.desk.ctl("reload", "--connect", f"unix:{self.desk.socket}").returncode, 0)
        self.wait_until(lambda: self.notes()["duty-lead"]["state"] == "sent")
        self.wait_until(self.arrived)
        self.assertRegex(self.arrived()[0]["Received"], r"using TLSv1\.[23]")

    def test_mail_goes_to_a_relay_where_tls_comes_first(self):
        authority = Authority()
        self.addCleanup(authority.remove)
        self.relay.offer_tls(*authority.server())
        self.relay.postfix("start")
        self.send_to("localhost", ", tls: implicit", self.relay.tls_port)
        with open(self.desk.config, "a") as file:
            file.write(f"  ca_file: {authority.certificate}\n")
        self.desk.start()
        self.alarm()
        self.wait_until(lambda: self.notes().get("duty-lead", {}).get("state") == "sent")
        self.wait_until(self.arrived)
        self.assertRegex(self.arrived()[0]["Received"], r"using TLSv1\.[23]")


if __name__ == "__main__":
    unittest.main()
