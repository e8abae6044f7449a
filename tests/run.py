#!/usr/bin/python3
"""run.py [style|unit|scenario|fuzz|bench ...] - runs the tests and counts them.

Ends with `N passed, N failed` and a true exit code.  A C test counts its checks, a scenario its
`ok  - ` and `FAIL- ` lines; a program that ends badly without saying so counts as one failure.

A unit or a scenario that failed beside others is run once more, alone: they keep real clocks, browsers and brokers, and
a machine may stand still.  What it said first is printed, a line at the end counts them, and each has a fault to be
found, its own or riser's.  More than AGAIN_MOST are no machine's doing: none of them has a second try.

Environment: BUILD (build), TORTURE=1 for the long forms, FUZZ_SECONDS for each target (12 by default),
FUZZ_SEED (1: the same way each time; 0, as `make fuzz` has it: a new way).
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("BUILD", "build")
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "12"))
FUZZ_SEED = int(os.environ.get("FUZZ_SEED", "1"))
# They begin first, so that nothing long is left alone at the end.
LONG = {"scenario_cut", "scenario_cut_killed", "scenario_cut_silent", "scenario_history", "scenario_late", "scenario_lifts", "scenario_lifts_demo",
        "scenario_live", "scenario_phone", "scenario_scan", "scenario_wall", "test_disk", "test_dispatch_random", "test_history_disk",
        "test_journal", "test_modbus_serial", "test_mqtt", "test_mqtt_alarms", "test_recovery"}
AGAIN_MOST = 2
LIMIT_S = 3600 if os.environ.get("TORTURE") else 600


class Tally:
    passed = failed = again = 0


def run(name, argv, limit_s=LIMIT_S, env=None):
    """The output and exit code of a program; what does not end in time is killed and has failed."""
    start = time.monotonic()
    # Check's own 4 s for a test are a busy machine's moment.
    full = dict({"CK_DEFAULT_TIMEOUT": "60"}, **os.environ, RISER=os.path.join(BUILD, "riser"), **(env or {}))
    try:
        p = subprocess.run(argv, cwd=TOP, env=full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           stdin=subprocess.DEVNULL, timeout=limit_s)
        out, code = p.stdout.decode("utf-8", "replace"), p.returncode
    except subprocess.TimeoutExpired as e:
        out, code = (e.stdout or b"").decode("utf-8", "replace") + f"\nkilled after {limit_s} s\n", -1
    return name, out, code, time.monotonic() - start


def count(name, out, code):
    check = re.findall(r"Checks: (\d+), Failures: (\d+), Errors: (\d+)", out)
    good = sum(int(n) - int(f) - int(e) for n, f, e in check) + len(re.findall(r"^ok  - ", out, re.M))
    bad = sum(int(f) + int(e) for _, f, e in check) + len(re.findall(r"^FAIL- ", out, re.M))
    if code == 0 and good + bad == 0:
        good = 1
    if code != 0 and bad == 0:
        bad = 1
    return good, bad


def tell(result):
    """Prints a line of what a program did, and of one that failed each bad check and the end of what it said."""
    name, out, code, took_s = result
    good, bad = count(name, out, code)
    print(f"{'ok  ' if bad == 0 else 'FAIL'} {name}: {good} passed, {bad} failed ({took_s:.1f} s)", flush=True)
    if bad:
        lines = out.rstrip().splitlines()
        wrong = [line for line in lines if line.startswith("FAIL- ")]
        print("    " + "\n    ".join(wrong + ["...", *lines[-60:]]), flush=True)
    return bad == 0


def add(result):
    good, bad = count(*result[:3])
    Tally.passed += good
    Tally.failed += bad


def report(result):
    tell(result)
    add(result)


def style():
    for name in ("layers", "style", "unit"):
        path = f"tests/{name}.sh"
        if os.path.exists(os.path.join(TOP, path)):
            report(run(path, [path]))
    sources = sorted(glob.glob("gateway/**/*.c", root_dir=TOP, recursive=True) + glob.glob("drivers/*.c", root_dir=TOP))
    flags = ("-std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes "
             "-Wwrite-strings -Wvla -Wconversion -Wformat=2 -fsyntax-only").split()
    report(run("clang has no warning", ["clang", *flags, *sources]))


def side_by_side(jobs, at_once=2, again=False):
    failed, by_name = [], {job[0]: job for job in jobs}
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, *job) for job in jobs]):
            result = done.result()
            if tell(result):
                add(result)
            else:
                failed.append(result)
    again = again and Tally.again + len(failed) <= AGAIN_MOST
    for result in failed:
        if again:
            Tally.again += 1
            result = run(*by_name[result[0]])
            tell(result)
        add(result)


def long_first(pattern):
    """Paths and names of such files, the long ones first."""
    found = [(os.path.splitext(os.path.basename(path))[0], path) for path in sorted(glob.glob(pattern, root_dir=TOP))]
    return sorted(found, key=lambda f: f[0] not in LONG)


def unit():
    """More at a time than there are processors: the long ones wait most of the time."""
    side_by_side([(name, [os.path.join(BUILD, "tests", name)]) for name, _ in long_first("tests/test_*.c")], 4,
                 again=True)


def scenario():
    """Nearly all of them wait for something most of the time."""
    side_by_side([(path, ["/usr/bin/python3", path]) for _, path in long_first("tests/scenario_*.py")], 5, again=True)


def fuzz_job(path):
    target = os.path.basename(path)[5:]
    found = f"build/fuzz/found_{target}"
    os.makedirs(os.path.join(TOP, found), exist_ok=True)
    return (f"fuzz {target}, {FUZZ_SECONDS} s",
            [path, f"-max_total_time={FUZZ_SECONDS}", f"-seed={FUZZ_SEED}", "-verbosity=0", "-timeout=5",
             "-rss_limit_mb=2048", "-close_fd_mask=1", f"-artifact_prefix=build/fuzz/crash_{target}_", found,
             f"tests/fuzz/corpus_{target}"],
            FUZZ_SECONDS + 120)


def fuzz():
    programs = sorted(glob.glob("build/fuzz/fuzz_*", root_dir=TOP))
    side_by_side([fuzz_job(path) for path in programs
                  if os.access(os.path.join(TOP, path), os.X_OK) and "." not in os.path.basename(path)])


def bench():
    for path in sorted(glob.glob("tests/bench/bench_*", root_dir=TOP)):
        name, ext = os.path.splitext(os.path.basename(path))
        argv = [os.path.join(BUILD, "bench", name)] if ext == ".c" else ["/usr/bin/python3", path]
        result = run(name, argv)
        print(result[1].rstrip(), flush=True)
        report(result)


STAGES = {"style": style, "unit": unit, "scenario": scenario, "fuzz": fuzz, "bench": bench}


def main():
    for stage in sys.argv[1:] or ("style", "unit", "scenario", "fuzz"):
        STAGES[stage]()
    if Tally.again:
        print(f"{Tally.again} failed beside others and had a second try: see FAIL above")
    print(f"{Tally.passed} passed, {Tally.failed} failed")
    return 1 if Tally.failed or not Tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
