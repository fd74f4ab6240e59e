"""A damaged journal is refused with its place; nothing is skipped, nothing is served."""
import sqlite3
import unittest

from desk import Desk, sample_tickets


class Damage(unittest.TestCase):
    def setUp(self):
        self.desk = Desk()
        self.addCleanup(self.desk.remove)
        self.desk.start()
        client = self.desk.client()
        for number, ticket in enumerate(sample_tickets()[:50]):
            self.assertTrue(client.ask(dict(ticket, ref=f"d-{number}"))["ok"])
        self.desk.stop()

    def edit(self, statement, *values):
        with sqlite3.connect(self.desk.data / "journal.db") as journal:
            self.assertEqual(journal.execute(statement, values).rowcount, 1)
        journal.close()

    def assert_refused(self, place):
        with self.assertRaises(RuntimeError) as refused:
            self.desk.start()
        self.assertEqual(self.desk.process.returncode, 3)
        self.assertIn(str(place), str(refused.exception))
        verified = self.desk.ctl("verify")
        self.assertEqual(verified.returncode, 1)
        self.assertIn(str(place), verified.stdout + verified.stderr)

    def some_batch(self):
        with sqlite3.connect(self.desk.data / "journal.db") as journal:
            rows = journal.execute("SELECT first_seq, body FROM journal ORDER BY first_seq").fetchall()
        journal.close()
        return rows[len(rows) // 2]

    def test_a_changed_byte(self):
        seq, body = self.some_batch()
        middle = len(body) // 2
        self.edit("UPDATE journal SET body=? WHERE first_seq=?",
                  body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:], seq)
        self.assert_refused(seq)

    def test_a_missing_batch(self):
        seq, _ = self.some_batch()
        self.edit("DELETE FROM journal WHERE first_seq=?", seq)
        self.assert_refused(seq)

    def test_a_missing_tail(self):
        self.edit("DELETE FROM journal WHERE first_seq=(SELECT max(first_seq) FROM journal)")
        self.assert_refused("head")

    def test_garbage(self):
        (self.desk.data / "journal.db").write_bytes(b"this is not a database" * 500)
        for extra in ("journal.db-wal", "journal.db-shm"):
            (self.desk.data / extra).unlink(missing_ok=True)
        self.assert_refused("journal.db")


if __name__ == "__main__":
    unittest.main()
