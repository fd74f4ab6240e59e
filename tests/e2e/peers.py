"""Slow, stalled and rude peers cost bounded memory and harm nobody else."""
import json
import pathlib
import socket
import time
import unittest

from desk import Client, Desk, sample_tickets

MIB = 1 << 20


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


class Peers(unittest.TestCase):
    def setUp(self):
        # Where it is built with AddressSanitizer, freed memory is kept back; little of it here, because we measure.
        self.desk = Desk(environment={"ASAN_OPTIONS": "quarantine_size_mb=4"}).start()
        self.addCleanup(self.desk.remove)

    def raw(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(str(self.desk.socket))
        self.addCleanup(peer.close)
        return peer

    def assert_others_are_served(self):
        client = self.desk.client()
        self.assertTrue(client.ask({"ref": f"other-{time.monotonic_ns()}", "channel": "chat", "body": "hello"})["ok"])
        client.close()

    def test_a_peer_that_never_reads_is_not_read_from_either(self):
        before = resident(self.desk.process.pid)
        line = json.dumps({"op": "show", "ticket": "T-999999999", "id": "x" * 200}).encode() + b"\n"
        peers = [self.raw() for _ in range(8)]
        for peer in peers:
            peer.setblocking(False)
        blocked, sent, end = set(), 0, time.monotonic() + 20
        while len(blocked) < len(peers) and time.monotonic() < end:
            for peer in peers:
                try:
                    sent += peer.send(line * 200)
                    blocked.discard(peer)
                except BlockingIOError:
                    blocked.add(peer)
            if len(blocked) == len(peers):
                time.sleep(0.3)  # a real stall, not a pause of the daemon's: look again
                blocked = {peer for peer in peers if not self.takes_more(peer, line)}
        self.assertEqual(len(blocked), len(peers), f"{sent} bytes were taken and it still reads")
        self.assertLess(resident(self.desk.process.pid) - before, 8 * 16 * MIB)
        self.assert_others_are_served()

    @staticmethod
    def takes_more(peer, line):
        try:
            return peer.send(line) > 0
        except BlockingIOError:
            return False

    def test_half_a_line_costs_at_most_a_line(self):
        before = resident(self.desk.process.pid)
        for _ in range(20):
            self.raw().sendall(b'{"ref":"half","body":"' + b"a" * 300_000)
        self.assert_others_are_served()
        self.assertLess(resident(self.desk.process.pid) - before, 64 * MIB)

    def test_an_over_long_line_is_refused_and_the_connection_closed(self):
        peer = self.raw()
        peer.settimeout(20)
        try:
            peer.sendall(b'{"ref":"long","body":"' + b"a" * (3 * MIB))
        except OSError:
            pass  # closed while we were still sending
        answer = b""
        try:
            while data := peer.recv(1 << 16):
                answer += data
        except ConnectionResetError:
            pass
        if answer:  # a reset may have overtaken it
            self.assertEqual(json.loads(answer.splitlines()[0])["error"]["code"], "line_too_long")
        self.assert_others_are_served()

    def test_bytes_at_a_time_and_bad_lines_in_between(self):
        client = Client(self.desk.socket)
        text = dict(sample_tickets()[0], ref="slow-1")
        for byte in json.dumps(text).encode() + b"\n":
            client.socket.send(bytes([byte]))
        self.assertTrue(client.reply()["ok"])
        client.send(b"not json", b"", b"\xff\xfe", b'{"ref":1}', b'{"op":"fly"}', dict(text, ref="slow-2"))
        codes = [client.reply() for _ in range(6)]
        self.assertEqual([reply["error"]["code"] for reply in codes[:5] if not reply["ok"]],
                         ["bad_json", "bad_json", "bad_utf8", "bad_value", "unknown_op"])
        self.assertTrue(codes[5]["ok"])


if __name__ == "__main__":
    unittest.main()
