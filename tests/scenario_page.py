#!/usr/bin/python3
"""The dashboard's pure modules, each by a program of node's (tests/page/*.mjs) that prints its own checks."""
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
failed = 0
if shutil.which("node") is None:
    print("FAIL- there is node", flush=True)
    sys.exit(1)
for path in sorted(glob.glob(os.path.join(HERE, "page", "test_*.mjs"))):
    code = subprocess.run(["node", path], timeout=60).returncode
    if code != 0:
        failed += 1
        print(f"FAIL- {os.path.basename(path)} ends well  [exit code {code}]", flush=True)
sys.exit(1 if failed else 0)
