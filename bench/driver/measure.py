"""Runs items and sums up what they gave."""

import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from driver import processes

FLOOR = "floor"
NATS_CLIENT = "own client"  # the part measured by the items nats-*, in place of a gateway
LOAD_TIMEOUT = 240  # seconds; the load program gives up earlier by itself


class Failure(Exception):
    pass


def names_for(item, gateways):
    """Who is measured with an item."""
    if item.work.startswith("nats-"):
        return [NATS_CLIENT, *(name for name in gateways if name == FLOOR)]
    return [name for name in gateways if name != FLOOR or item.floor]


def run_nats_client(item, mode, client, nats, build):
    """Like `run_once`, for the NATS client alone; "own" or "floor"."""
    work = item.work.removeprefix("nats-")
    words = [f"{build}/resgate_nats_bench", "--client", client, "--work", work, "--nats-port", nats.port]
    return _load([*words, "--count", item.arguments(mode)["count"]])


def run_once(item, mode, command, nats, build, count_system_calls=False):
    """One run of an item against one gateway: measurement -> figures."""
    port = processes.free_port()
    options = item.arguments(mode)
    words = [f"{build}/resgate_load", item.work, "--port", port, "--nats-port", nats.port]
    for name, value in options.items():
        words += [f"--{name}", value]
    full_command = processes.gateway_command(command, nats.port, port)
    if item.work == "start":
        results = _load([*words, "--", *full_command])
        results["start"]["stripped_bytes"] = processes.stripped_size(command)
        return results
    with tempfile.TemporaryDirectory() as directory:
        if item.tls:
            full_command += processes.tls_options(directory)
        return _run_against(full_command, port, words, count_system_calls)


def _run_against(command, port, words, count_system_calls):
    with processes.Process(command[0], command, port) as gateway:
        if not count_system_calls:
            return _load([*words, "--pid", gateway.pid])
        with _SystemCalls(gateway.pid) as calls:
            results = _load([*words, "--pid", gateway.pid])
        units = sum(result["units"] for result in results.values())
        return {name: {"system_calls": calls.count / units} for name in results}


def _load(words):
    try:
        done = subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, timeout=LOAD_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failure("the load program does not end") from error
    if done.returncode != 0:
        raise Failure(done.stderr.strip() or f"the load program ended with status {done.returncode}")
    return json.loads(done.stdout)


class _SystemCalls:
    """Counts the system calls of a process with perf. Everything from connecting on is counted."""

    def __init__(self, pid):
        self.pid = pid
        self.count = 0

    def __enter__(self):
        self.perf = subprocess.Popen(
            ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p", str(self.pid)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(0.3)  # there is no sign of its being ready
        return self

    def __exit__(self, *_):
        self.perf.send_signal(2)
        text = self.perf.communicate()[1]
        found = re.search(r"^(\d+),", text, re.MULTILINE)
        if not found:
            raise Failure(f"perf does not count system calls here: {text.strip()}")
        self.count = int(found.group(1))


def can_count_system_calls():
    if not shutil.which("perf"):
        return False
    done = subprocess.run(
        ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "true"], capture_output=True, text=True, check=False
    )
    return bool(re.search(r"^\d+,", done.stderr, re.MULTILINE))


def per_unit(run):
    """The figures of one run as they are compared."""
    units = run["units"]
    figures = {
        name: value for name, value in run.items() if name not in ("units", "cpu_us", "user_us", "switches", "wall_us", "load_cpu_us")
    }
    figures |= {
        "cpu_us": run["cpu_us"] / units,
        "user_us": run["user_us"] / units,
        "switches": run["switches"] / units,
        "gateway_busy": run["cpu_us"] / run["wall_us"] if run["wall_us"] else 0,
        "load_busy": run["load_cpu_us"] / run["wall_us"] if run["wall_us"] else 0,
    }
    return {name: value for name, value in figures.items() if value is not None}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summary(runs, floor_runs):
    """Median and spread of each figure, and of its ratio to the floor in the same repetition."""
    figures = {}
    for name in runs[0]:
        figures[name] = spread([run[name] for run in runs])
    for name in ("cpu_us", "latency_p50_us", "latency_p99_us"):
        pairs = [(run[name], floor[name]) for run, floor in zip(runs, floor_runs) if name in run and floor.get(name)]
        if pairs:
            ratio = "ratio" if name == "cpu_us" else name.replace("_us", "_ratio")
            figures[ratio] = spread([value / base for value, base in pairs])
    return figures


def measure(item, mode, gateways, repetitions, nats, build, system_calls, say):
    """All repetitions of an item, the gateways interleaved: row key -> gateway -> summary."""
    runs = {}  # measurement -> name -> list of figures
    extra = {}
    everybody = names_for(item, gateways)
    nats_client = NATS_CLIENT in everybody
    for repetition in range(repetitions):
        # Nobody is always the first.
        first = repetition % len(everybody)
        for name in everybody[first:] + everybody[:first]:
            say(f"{item.name}: {name} ({repetition + 1}/{repetitions})")
            try:
                if nats_client:
                    found = run_nats_client(item, mode, "own" if name == NATS_CLIENT else name, nats, build)
                else:
                    found = run_once(item, mode, gateways[name], nats, build)
            except processes.DoesNotStart as failure:
                if not item.tls:
                    raise Failure(f"{item.name} with {name}: {failure}") from failure
                continue
            except (Failure, RuntimeError) as failure:
                raise Failure(f"{item.name} with {name}: {failure}") from failure
            for measurement, run in found.items():
                runs.setdefault(measurement, {}).setdefault(name, []).append(per_unit(run))
    if system_calls and item.work != "start" and not nats_client and not item.tls:
        for name in everybody:
            say(f"{item.name}: {name} (system calls)")
            for measurement, figures in run_once(item, mode, gateways[name], nats, build, True).items():
                extra.setdefault(measurement, {})[name] = figures
    results = {}
    for measurement, row in item.rows.items():
        by_gateway = {}
        floor_runs = runs.get(measurement, {}).get(FLOOR, [])
        for name, list_of_runs in runs.get(measurement, {}).items():
            by_gateway[name] = summary(list_of_runs, [] if name == FLOOR else floor_runs)
            by_gateway[name] |= {key: spread([value]) for key, value in extra.get(measurement, {}).get(name, {}).items()}
        if not by_gateway:
            continue  # left out
        results[row.key] = {"title": row.title, "unit": row.unit, "kind": row.kind, "gateways": by_gateway}
    return results


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) // 1024
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "memory_mib": memory,
        "kernel": os.uname().release,
    }
