"""Latency of `din_rec serve` end to end over loopback: service and load pinned to a core each, requests at a fixed rate (open loop: a late answer does not delay the next request).

OMP_NUM_THREADS=1 python benchmarks/service.py RUN [SECONDS] [PER_SECOND]     (a folder of `din_rec train --model hybrid`)
"""

import concurrent.futures, http.client, json, os, socket, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np
import din_rec  # noqa: F401  # before PyTorch
from common import record


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    method = "GET" if body is None else "POST"
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text)


def serve(run, store, core=0, more=()):
    port, command = free_port(), [sys.executable, "-m", "din_rec", "serve", run, "--store", store]
    command += more
    begin = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command, "--port", str(port)], stderr=subprocess.DEVNULL
    )
    while True:
        try:
            if ask(port, "/readyz")[0] == 200:
                return process, port, time.perf_counter() - begin
        except OSError:
            time.sleep(0.05)


def load(port, requests, per_second):
    "Send requests at their times; seconds from the time that each was due, statuses and answers"

    def one(n):
        due = start + n / per_second
        time.sleep(max(0, due - time.perf_counter()))
        status, answer = ask(port, *requests[n])
        return requests[n][0], time.perf_counter() - due, status, answer

    start = time.perf_counter() + 0.2
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        return list(pool.map(one, range(len(requests))))


def percentiles(values):
    return {f"p{p}": round(1e3 * float(np.percentile(values, p)), 1) for p in (50, 95, 99, 99.9)}


def mixed(users, items, newest, n, rng):
    "Of ten requests eight ask for a list with three reasons per item, one posts an event, one asks for health"
    out = []
    for i in range(n):
        user = str(rng.choice(users))
        if i % 10 == 3:
            event = {
                "id": f"load {i} {newest}",
                "user": user,
                "item": str(rng.choice(items)),
                "time": int(newest + i),
            }
            out.append(("/v1/events", {"events": [event]}))
        elif i % 10 == 7:
            out.append(("/healthz", None))
        else:
            out.append(("/v1/recommend", {"user": user, "k": 10, "reasons": 3}))
    return out


if __name__ == "__main__":
    from din_rec.runs import load_run

    run, rng = load_run(sys.argv[1]), np.random.default_rng(0)
    lasts = float(sys.argv[2]) if len(sys.argv) > 2 else 300
    per_second = float(sys.argv[3]) if len(sys.argv) > 3 else 20
    users, items = run.data.users.user_id.to_numpy(), run.data.items.item_id.to_numpy()
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as folder:
        process, port, ready = serve(sys.argv[1], f"{folder}/events.sqlite")
        try:
            load(port, mixed(users, items, run.data.newest, 100, rng), per_second)  # warm
            cpu = lambda: (
                sum(
                    map(
                        float,
                        Path(f"/proc/{process.pid}/stat").read_text().split(")")[1].split()[11:13],
                    )
                )
                / os.sysconf("SC_CLK_TCK")
            )  # noqa: E731
            before, begin = cpu(), time.perf_counter()
            found = load(
                port,
                mixed(users, items, run.data.newest + 10**4, int(lasts * per_second), rng),
                per_second,
            )
            busy = (cpu() - before) / (time.perf_counter() - begin)
            steps = {}
            for path, _, status, answer in found:
                if path == "/v1/recommend":
                    for stage, ms in answer["took_ms"].items():
                        steps.setdefault(stage, []).append(ms)
            paths = {path for path, *_ in found}
            rates = {}
            for rate in (10, 20, 25, 30):
                some = [
                    r
                    for r in mixed(
                        users, items, run.data.newest + 10**6 + rate * 10**4, rate * 15, rng
                    )
                ]
                lists = [s for path, s, *_ in load(port, some, rate) if path == "/v1/recommend"]
                rates[rate] = round(1e3 * float(np.percentile(lists, 99)), 1)
            alone = [
                load(
                    port,
                    [("/v1/recommend", {"user": str(rng.choice(users)), "k": 10, "reasons": 3})],
                    1,
                )[0][1]
                for _ in range(50)
            ]
        finally:
            process.kill()
            process.wait()
    path = Path(__file__).with_suffix(".json")
    earlier = json.loads(path.read_text())["results"] if path.exists() else {}
    about = {
        "users, items, events": [run.data.n_users, run.data.n_items, len(run.data)],
        "seconds, requests a second": [lasts, per_second],
        "seconds to ready": round(ready, 1),
        "ms": {path: percentiles([s for p, s, *_ in found if p == path]) for path in sorted(paths)},
        "not 200": sum(status != 200 for *_, status, _ in found),
        "degraded": sum(bool(a.get("degraded")) for *_, a in found),
        "share of a core": round(busy, 2),
        "median ms by stage": {
            stage: round(float(np.median(ms)), 2) for stage, ms in steps.items()
        },
        "p99 of lists in ms, by requests a second": rates,
        "one at a time, ms": percentiles(alone),
    }
    record(__file__, earlier | {run.data.name: about}, arguments=" RUN")
