"""What `./dev run` shows a newcomer, from the first line to the clean stop."""
import os
import subprocess
import tempfile
import unittest

from desk import BIN, ROOT


class Tour(unittest.TestCase):
    def test_it_feeds_explains_and_stops(self):
        with tempfile.TemporaryDirectory() as data:
            tour = subprocess.run([ROOT / "config" / "demo" / "tour", "--exit"], cwd=ROOT, text=True, capture_output=True,
                                  timeout=300, env=dict(os.environ, TRIAGED_DATA_DIR=data, TRIAGED_BIN=str(BIN), NO_COLOR="1"))
        self.assertEqual(tour.returncode, 0, tour.stdout + tour.stderr)
        for word in ("returns", "fraud", "executive", "rule", "stopped"):
            self.assertIn(word, tour.stdout)


if __name__ == "__main__":
    unittest.main()
