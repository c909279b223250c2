"""Latency of `din_rec serve` end to end over loopback: service and load pinned to a core each, requests at a fixed rate (open loop: a late answer does not delay the next request).

OMP_NUM_THREADS=1 python benchmarks/service.py RUN [SECONDS] [PER_SECOND]     (a folder of `din_rec train --model hybrid`)

Beside it, in turn with it, a naive service: the whole catalogue through the hybrid, then three reasons for each of the ten best.
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


def naive(folder, port):
    "A service without a funnel, on the log as it was trained"
    from http.server import BaseHTTPRequestHandler, HTTPServer

    import torch
    from din_rec.explanations import supporting
    from din_rec.lists import best_items, listed_items
    from din_rec.runs import load_run
    from din_rec.splits import requests

    torch.set_num_threads(1)
    run = load_run(folder)
    allowed, ids = listed_items(run.data), run.data.items.item_id.astype(str).to_numpy()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            user = run.data.encode_users([asked["user"]])
            now = run.data.newest + 1
            how = dict(max_len=run.max_len, repeats=run.split.repeats)
            moment = requests(run.data, user, now, **how)
            items, _ = best_items(run.score, moment, asked["k"], allowed)
            why = supporting(run.scorer, moment, items[None], asked["reasons"])
            found = [
                {"item": ids[item - 1], "reasons": [reason.text for reason in each]}
                for item, each in zip(items, why)
            ]
            text = json.dumps({"items": found}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    HTTPServer(("127.0.0.1", port), Answer).serve_forever()


def beside_naive(folder, port, users, rng, n=40):
    "Median seconds of both, in turn, the median of the ratios, and how many of the ten items are the same"
    other = free_port()
    command = [sys.executable, __file__, "naive", folder, str(other)]
    process = subprocess.Popen(["taskset", "-c", "0", *command])
    try:
        body = {"user": str(users[0]), "k": 10, "reasons": 3}
        for _ in range(600):
            try:
                ask(other, "/", body)
                break
            except OSError:
                time.sleep(0.1)
        took, same = [], []
        for user in rng.choice(users, n + 5):
            body, lists, pair = {**body, "user": str(user)}, [], []
            for at, path in (port, "/v1/recommend"), (other, "/"):
                begin = time.perf_counter()
                lists.append({row["item"] for row in ask(at, path, body)[1]["items"]})
                pair.append(time.perf_counter() - begin)
            took.append(pair), same.append(len(lists[0] & lists[1]))
        a, b = np.array(took[5:]).T
        return {
            "ms, service": round(1e3 * float(np.median(a)), 1),
            "ms, naive": round(1e3 * float(np.median(b)), 1),
            "times as fast": round(float(np.median(b / a)), 1),
            "of ten items the same": round(float(np.mean(same)), 1),
        }
    finally:
        process.kill()
        process.wait()


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

    if sys.argv[1] == "naive":
        naive(sys.argv[2], int(sys.argv[3]))

    run, rng = load_run(sys.argv[1]), np.random.default_rng(0)
    lasts = float(sys.argv[2]) if len(sys.argv) > 2 else 300
    per_second = float(sys.argv[3]) if len(sys.argv) > 3 else 20
    users, items = run.data.users.user_id.to_numpy(), run.data.items.item_id.to_numpy()
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as folder:
        process, port, ready = serve(sys.argv[1], f"{folder}/events.sqlite")
        try:
            compared = beside_naive(sys.argv[1], port, users, rng)  # before events come
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
        "beside a naive service": compared,
    }
    record(__file__, earlier | {run.data.name: about}, arguments=" RUN")
