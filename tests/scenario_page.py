#!/usr/bin/python3
"""The dashboard's pure modules, each by a program of node's (tests/page/*.mjs) that prints its own checks."""
import filecmp
import glob
import os
import shutil
import subprocess
import sys
import tempfile

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


def built(top, name):
    """The dashboard as build.mjs makes it, and the C file with it; what differs by the folder's name is left out."""
    out = os.path.join(top, name)
    subprocess.run(["node", "gateway/web/dashboard/build.mjs", "build/web", out, out + ".c"], cwd=os.path.dirname(HERE), check=True,
                   timeout=60)
    with open(out + ".c") as f:
        return out, f.read().replace(name, "x")


with tempfile.TemporaryDirectory() as top:
    (a, table_a), (b, table_b) = built(top, "one"), built(top, "two")
    names = sorted(os.listdir(a))
    same = table_a == table_b and names == sorted(os.listdir(b)) and not filecmp.cmpfiles(a, b, names, shallow=False)[1]
    print("ok  - page: the same source gives the same files" if same else f"FAIL- page: the same source gives the same files  [{names}]")
    failed += not same
sys.exit(1 if failed else 0)
