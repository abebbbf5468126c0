"""The commands that `make help` lists."""

import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def make(*arguments):
    return subprocess.run(["make", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


class Makefile(unittest.TestCase):
    def test_help_lists_what_a_developer_does_and_each_command_runs_a_script(self):
        commands = [line.split()[1] for line in make("help").splitlines()]
        self.assertLessEqual({"run", "test", "check", "bench", "simulate", "cluster"}, set(commands))
        for command in set(commands) - {"help"}:
            script = make("-n", command).split()[0]
            self.assertTrue((ROOT / script).stat().st_mode & 0o100, script)


if __name__ == "__main__":
    unittest.main()
