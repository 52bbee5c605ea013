"""Counts the instructions of the micro-benchmarks with callgrind."""

import os
import re
import shutil
import subprocess
import tempfile


class Unavailable(Exception):
    pass


def count(program):
    """Instructions each micro-benchmark takes to do its work once, by name."""
    if not shutil.which("valgrind"):
        raise Unavailable("valgrind is not installed (scripts/packages.sh bench)")
    with tempfile.TemporaryDirectory() as directory:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--callgrind-out-file=out"]
        if shutil.which("setarch"):
            command = ["setarch", "-R", *command]
        # Addresses and environment must be the same on each run: hash tables and copies depend on them.
        done = subprocess.run(
            [*command, os.path.abspath(program), "--instructions"],
            cwd=directory,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unavailable(f"the micro-benchmarks do not run under callgrind: {done.stderr[-500:]}")
        rounds = dict(line.split() for line in done.stdout.splitlines())
        counts = {}
        for name in os.listdir(directory):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                text = file.read()
            work = re.search(r"^desc: Trigger: Client Request: (\S+)$", text, re.MULTILINE)
            total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
            if work and total:
                counts[work.group(1)] = round(int(total.group(1)) / int(rounds[work.group(1)]))
    if counts.keys() != rounds.keys():
        raise Unavailable("callgrind did not write the counts of all micro-benchmarks")
    return counts
