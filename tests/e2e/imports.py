"""What other systems know of customers, orders and contracts, imported from CSV."""
import json
import pathlib
import tempfile
import unittest

from desk import Desk


class Imports(unittest.TestCase):
    def setUp(self):
        self.desk = Desk().start()
        self.addCleanup(self.desk.remove)
        self.folder = tempfile.TemporaryDirectory(prefix="triaged-e2e-")
        self.addCleanup(self.folder.cleanup)

    def imported(self, kind, text):
        file = pathlib.Path(self.folder.name) / f"{kind}.csv"
        file.write_text(text)
        done = self.desk.ctl("import", kind, str(file), "--json", "--connect", f"unix:{self.desk.socket}")
        return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr

    def head(self):
        client = self.desk.client()
        seq = client.ask({"op": "watch"})["seq"]
        client.close()
        return seq

    def test_what_is_imported_is_known_and_the_same_file_again_changes_nothing(self):
        files = {
            "customers": "id,tier,language\n" + "".join(f"c-{i},vip,de\n" for i in range(2000)),
            "orders": "id,customer,value\n" + "".join(f"o-{i},c-{i},{i}.5\n" for i in range(500)),
            "contracts": "contract,customer,until\nk-1,c-1,2099-01-31T10:00:00+01:00\n",
        }
        for kind, text in files.items():
            code, counts, err = self.imported(kind, text)
            self.assertEqual((code, counts["new"], counts["failed"]), (0, text.count("\n") - 1, 0), err)
        head = self.head()
        for kind, text in files.items():
            code, counts, err = self.imported(kind, text)
            self.assertEqual((code, counts["new"], counts["again"]), (0, 0, text.count("\n") - 1), err)
        self.assertEqual(self.head(), head)

        client = self.desk.client()
        reply = client.ask({"ref": "a", "channel": "email", "body": "Where is it?", "order": {"id": "o-7"}})
        shown = client.ask({"op": "show", "ticket": reply["ticket"]})
        client.close()
        self.assertEqual(shown["customer"], "c-7")
        self.assertIn("vip", json.dumps(shown))

    def test_what_the_daemon_refuses_is_shown_where_it_stands(self):
        config = self.desk.config.read_text()  # the daemon does not know of the fact until it is reloaded
        self.desk.config.write_text(config.replace("\nfacts:\n", "\nfacts:\n  customer.shoes: {type: number}\n"))
        file = pathlib.Path(self.folder.name) / "customers.csv"
        file.write_text("id,shoes\nc-1,\nc-2,44\n")
        done = self.desk.ctl("import", "customers", str(file), "--connect", f"unix:{self.desk.socket}")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"customers\.csv:3:5: error: no fact 'customer\.shoes' is declared.*\n +3 \| c-2,44\n")


if __name__ == "__main__":
    unittest.main()
