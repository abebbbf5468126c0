"""How the test classes are divided over processes, and what is reported of them."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))
import test_classes  # noqa: E402

# Stands for a test bundle: one class passes, one has a failed test, one ends its process.
BUNDLE = r"""#!/bin/bash
case "$*" in
    --list-tests) printf '%s\n' 'Listing tests:' E2ETests.{Good,Bad,Crashing}/test_it ;;
    --testing-library*) ;;
    *)  for name in ${1//,/ }; do
            name=${name#*.}
            echo "Test Case '$name.test_it' started at now"
            [ $name = Crashing ] && kill -9 $$
            [ $name = Bad ] && verdict=failed || verdict=passed
            echo "Test Case '$name.test_it' $verdict (1 seconds)"
            printf "Test Suite 'Selected tests' %s at now\n\t Executed 1 test, with %d failures (0 unexpected) in 1.5 (1.5) seconds\n" \
                $verdict $([ $verdict = passed ]; echo $?)
        done
        [ $verdict = passed ] ;;
esac
"""


class Groups(unittest.TestCase):
    def test_classes_that_take_long_are_alone_and_come_first(self):
        known = {"E2ETests.Long": 100, "E2ETests.A": 20, "E2ETests.B": 20, "UnitTests.C": 1}
        self.assertEqual(
            test_classes.groups(sorted(known), known),
            [["E2ETests.Long"], ["E2ETests.A"], ["E2ETests.B"], ["UnitTests.C"]])

    def test_short_classes_share_a_process_with_others_of_their_target(self):
        known = {"E2ETests.A": 10, "E2ETests.B": 15, "UnitTests.C": 1, "UnitTests.D": 1}
        self.assertEqual(
            test_classes.groups(sorted(known), known),
            [["E2ETests.A", "E2ETests.B"], ["UnitTests.C", "UnitTests.D"]])


class Run(unittest.TestCase):
    def run_classes(self, bundle):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bundle"
            path.write_text(bundle)
            path.chmod(0o755)
            known = "E2ETests.Good E2ETests.Bad E2ETests.Crashing"
            test = f"import test_classes as t; t.durations = lambda: dict.fromkeys('{known}'.split(), 40); t.main()"
            return subprocess.run(
                [sys.executable, "-c", test, str(path)], cwd=SCRIPTS, stdout=subprocess.PIPE, text=True)

    def test_totals_failures_and_a_process_that_crashes_are_reported(self):
        result = self.run_classes(BUNDLE)
        self.assertEqual(result.returncode, 1)
        self.assertIn("Executed 2 tests, with 1 failures (0 unexpected)", result.stdout)
        self.assertIn("Failed: Bad.test_it\n", result.stdout)
        self.assertIn("Failed: Crashing.test_it: the process ended with -9\n", result.stdout)

    def test_the_exit_status_is_0_when_all_pass(self):
        result = self.run_classes(BUNDLE.replace("Good,Bad,Crashing", "Good,Fine"))
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("Executed 2 tests, with 0 failures", result.stdout)


if __name__ == "__main__":
    unittest.main()
