import sys, tempfile
from pathlib import Path
from simnet.checks import Status
from tests.upgrades.test_failing_upgrades import run

for n in sys.argv[1:]:
    v = run(n, Path(tempfile.mkdtemp())).verdict
    print("==", n, v.exit_code, v.harness_error)
    for f in v.findings:
        if f.status is not Status.HELD:
            print("  ", f.status.value, "|", f.check, "|", f.seen[:600])
        elif not f.invariant:
            print("   held |", f.check, "|", f.seen[:200])
