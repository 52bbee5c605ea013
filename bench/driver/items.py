"""What bench/run can measure."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One line of the table: a measurement of the load program."""

    key: str  # names the line in results and baseline
    title: str
    unit: str
    # Of what the load program reports: "cpu" is CPU time per unit, others are figures of their own.
    kind: str = "cpu"


@dataclass(frozen=True)
class Item:
    name: str
    work: str  # the load program's name for it
    rows: dict  # measurement of the load program -> Row
    full: dict  # arguments of the load program
    quick: dict = field(default_factory=dict)  # what differs in the quick mode
    check: dict = field(default_factory=dict)  # what differs when only correctness is looked at
    floor: bool = True
    tls: bool = False  # clients speak TLS; a gateway that does not start with it is left out
    files: int = 256  # open files the gateway needs at most

    def arguments(self, mode):
        return self.full | {"quick": self.quick, "check": self.quick | self.check, "full": {}}[mode]

    def files_needed(self, mode):
        arguments = self.arguments(mode)
        return arguments.get("clients", 1) + arguments.get("concurrency", 1) + self.files


def _fan_out(clients, burst, full, quick, check_clients):
    name = f"fan-out-{clients}" + (f"-burst-{burst}" if burst > 1 else "")
    how = f"bursts of {burst}" if burst > 1 else "one event a turn"
    return Item(
        name,
        "fan-out",
        {"delivery": Row(name, f"fan-out to {clients:,} clients, {how}", "delivery")},
        {"clients": clients, "burst": burst, "count": full},
        {"count": quick},
        {"clients": check_clients, "count": burst * 3},
    )


ITEMS = [
    _fan_out(100, 1, 4000, 500, 10),
    _fan_out(1000, 1, 600, 80, 20),
    _fan_out(10000, 1, 60, 12, 30),
    _fan_out(100, 8, 16000, 2400, 10),
    _fan_out(1000, 8, 2400, 480, 20),
    _fan_out(10000, 8, 240, 64, 30),
    Item(
        "latency",
        "fan-out",
        {"delivery": Row("latency", "20 events/s to 1,000 clients", "delivery", "latency")},
        {"clients": 1000, "count": 300, "rate": 20},
        {"count": 30},
        {"clients": 20, "count": 5, "rate": 100},
    ),
    Item(
        "spread",
        "fan-out",
        {"delivery": Row("spread", "1,000 resources, each held by 10 of 1,000 clients", "delivery")},
        {"clients": 1000, "held": 10, "resources": 1000, "burst": 32, "count": 32000},
        {"count": 6400},
        {"clients": 20, "held": 5, "resources": 10, "burst": 4, "count": 40},
    ),
    Item(
        "idle-readers",
        "fan-out",
        {
            "delivery": Row(
                "idle-readers", "4 KB events to 100 clients beside 10 that do not read", "delivery", "idle-readers"
            )
        },
        {"clients": 100, "idle-readers": 10, "padding": 4000, "count": 8000, "burst": 8},
        {"count": 1600},
        {"clients": 5, "idle-readers": 2, "count": 1600},
    ),
    Item(
        "get-1",
        "get",
        {"get": Row("get-1", "HTTP GET of a cached model, one at a time", "request")},
        {"concurrency": 1, "count": 20000},
        {"count": 3000},
        {"count": 20},
    ),
    Item(
        "get-64",
        "get",
        {"get": Row("get-64", "HTTP GET of a cached model, 64 at a time", "request")},
        {"concurrency": 64, "count": 60000},
        {"count": 10000},
        {"concurrency": 4, "count": 40},
    ),
    Item(
        "call-1",
        "call",
        {"call": Row("call-1", "WebSocket call, one at a time", "request")},
        {"concurrency": 1, "count": 20000},
        {"count": 3000},
        {"count": 20},
    ),
    Item(
        "call-64",
        "call",
        {"call": Row("call-64", "WebSocket call, 64 at a time", "request")},
        {"concurrency": 64, "count": 60000},
        {"count": 10000},
        {"concurrency": 4, "count": 40},
    ),
    Item(
        "subscribe-new",
        "subscribe-new",
        {
            "subscribe-new": Row("subscribe-new", "subscribe a model that is not cached", "request"),
            "unsubscribe-new": Row("unsubscribe-last", "unsubscribe, as the last of its clients", "request"),
        },
        {"clients": 16, "concurrency": 64, "count": 20000},
        {"count": 5000},
        {"clients": 3, "concurrency": 6, "count": 60},
    ),
    Item(
        "subscribe-cached",
        "subscribe-cached",
        {
            "subscribe-cached": Row("subscribe-cached", "subscribe a cached model", "request"),
            "unsubscribe-cached": Row("unsubscribe", "unsubscribe, others go on", "request"),
        },
        {"clients": 64, "concurrency": 64, "count": 51200},
        {"count": 9600},
        {"clients": 3, "concurrency": 6, "count": 60},
    ),
    Item(
        "tree",
        "tree",
        {"tree": Row("tree", "subscribe and unsubscribe 200 linked models", "tree")},
        {"clients": 4, "count": 300},
        {"count": 40},
        {"clients": 2, "count": 4},
    ),
    Item(
        "churn",
        "churn",
        {"churn": Row("churn", "connect, subscribe, disconnect", "connection")},
        {"concurrency": 16, "count": 6000},
        {"count": 1000},
        {"concurrency": 3, "count": 20},
    ),
    Item(
        "reset",
        "reset",
        {"reset": Row("reset", "system.reset of 10,000 models, all changed", "model")},
        {"clients": 10, "held": 1000, "resources": 10000, "count": 6},
        {"count": 2},
        {"clients": 2, "held": 5, "resources": 10, "count": 3},
    ),
    Item(
        "memory-connections",
        "memory-connections",
        {"connection": Row("memory-connection", "WebSocket connection with one subscription", "connection", "memory")},
        {"clients": 10000},
        {"clients": 5000},
        {"clients": 20},
        floor=False,
    ),
    Item(
        "memory-tls",
        "memory-connections",
        {"connection": Row("memory-tls", "the same over TLS", "connection", "memory")},
        {"clients": 4000, "tls": 1},
        {"clients": 1000},
        {"clients": 20},
        floor=False,
        tls=True,
    ),
    Item(
        "memory-subscriptions",
        "memory-subscriptions",
        {"subscription": Row("memory-subscription", "further subscription", "subscription", "memory")},
        {"clients": 100, "held": 1000},
        {"clients": 50, "held": 1000},
        {"clients": 5, "held": 20},
        floor=False,
    ),
    Item(
        "memory-models",
        "memory-models",
        {"model": Row("memory-model", "cached model of 200 bytes", "model", "memory")},
        {"concurrency": 64, "count": 20000},
        {"count": 10000},
        {"concurrency": 4, "count": 40},
        floor=False,
    ),
    Item(
        "start",
        "start",
        {"start": Row("start", "start", "start", "start")},
        {"count": 20},
        {"count": 5},
        {"count": 1},
    ),
]


def _nats(work, title, full, quick):
    """The project's own NATS client alone, whatever gateways are measured."""
    name = f"nats-{work}"
    return Item(name, name, {"nats": Row(name, title, "message", "nats")}, {"count": full}, {"count": quick}, {"count": 500})


ITEMS += [
    _nats("in", "receive, at full blast", 2000000, 300000),
    _nats("out", "publish, at full blast", 2000000, 300000),
    _nats("request", "request and reply, one at a time", 20000, 5000),
]


def select(names):
    """The items of these names, or that begin with them; all if there are none."""
    if not names:
        return ITEMS
    chosen = []
    for name in names:
        exact = [item for item in ITEMS if item.name == name]
        found = exact or [item for item in ITEMS if item.name.startswith(name)]
        if not found:
            raise ValueError(f"no item '{name}'; bench/run --list shows them")
        chosen += [item for item in found if item not in chosen]
    return chosen
