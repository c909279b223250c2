"""Served = trained, over HTTP: all events posted in the order of time and every test moment ranked; then requests, logged and computed again across two exchanges of the run.

OMP_NUM_THREADS=1 python benchmarks/proof.py rank RUN            (a folder of `din_rec train`: features by their hashes, scores by their bits)
OMP_NUM_THREADS=1 python benchmarks/proof.py replay RUN RUN RUN [REQUESTS]     (three runs of one log, exchanged one for the next)
"""

import concurrent.futures, hashlib, json, os, sys, tempfile, threading, time
from pathlib import Path
import numpy as np
import din_rec  # noqa: F401  # before PyTorch
from common import record
from service import ask, free_port, serve
from din_rec.live import LiveLog
from din_rec.request_log import RequestLog
from din_rec.runs import load_run
from din_rec.serve import Serving, open_live, replay_logs
from din_rec.service import Arms, make_app
from din_rec.splits import evaluation_candidates, requests

KEY = "a key of 16 characters or more"


def offline(run):
    "Test moments, 100 candidates of each, the table of the trees and the scores, moment by moment"
    test = run.split.examples("test", run.max_len)
    moments = requests(
        run.data, test.user, test.time, max_len=run.max_len, repeats=run.split.repeats
    )
    lists = evaluation_candidates(test, 100, seed=2)
    tables = [run.scorer.table(moments[n : n + 1], lists[[n]]) for n in range(len(test))]
    return moments, lists, tables, [run.scorer.raw_scores(table) for table in tables]


def listening(app):
    "The application on a free port, in a thread"
    import uvicorn

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return server, port


def rank(folder):
    run = load_run(folder)
    moments, lists, tables, scores = offline(run)
    who, what = (run.data.users.user_id.astype(str), run.data.items.item_id.astype(str).to_numpy())
    with tempfile.TemporaryDirectory() as place:
        live = open_live(folder)
        live.live = LiveLog(live.run.data, empty=True)  # users and items are known, no event is
        log = f"{place}/requests.jsonl"
        server, port = listening(make_app(Arms({"run": live}), log=RequestLog(log, KEY.encode())))
        due = {(user, time): n for n, (user, time) in enumerate(zip(moments.user, moments.time))}
        order, waiting, answers, posted = [], [], [], 0
        for n, row in enumerate(run.data.events.sort_values("time", kind="stable").itertuples()):
            if (moment := due.pop((row.user, row.time), None)) is not None:
                if waiting:
                    assert ask(port, "/v1/events", {"events": waiting})[1]["new"] == len(waiting)
                    posted, waiting = posted + len(waiting), []
                named = {"user": who[row.user], "candidates": what[lists[moment] - 1].tolist()}
                status, answer = ask(port, "/v1/rank", {**named, "as_of": int(row.time)})
                assert status == 200, answer
                order.append(moment), answers.append(answer["items"])
            event = {"id": f"e{n}", "user": who[row.user], "item": what[row.item - 1]}
            waiting.append({**event, "time": int(row.time), "rating": float(row.rating)})
            if len(waiting) == 1000:
                ask(port, "/v1/events", {"events": waiting})
                posted, waiting = posted + len(waiting), []
        if waiting:
            ask(port, "/v1/events", {"events": waiting})
            posted += len(waiting)
        server.should_exit = True
        hashes = [json.loads(line)["features"] for line in open(log)]
    other, apart, rows = 0, 0, 0
    for moment, items, found in zip(order, answers, hashes):
        at = {item: n for n, item in enumerate(what[lists[moment] - 1])}
        for item, digest in zip(items, found):
            n = at[item["item"]]
            vector = hashlib.blake2b(tables[moment][n].tobytes(), digest_size=8).hexdigest()
            other, apart, rows = (
                other + (vector != digest),
                apart + (item["score"] != float(scores[moment][n])),
                rows + 1,
            )
    return {
        "model": run.info["model"],
        "events posted": posted,
        "moments ranked": len(order),
        "items ranked": rows,
        "columns": tables[0].shape[1],
        "feature vectors with another bit": int(other),
        "other scores": int(apart),
    }


def person(port, users, items, newest, n, seed):
    "Requests of one caller, one after the other: of ten, one event, two orders of 50 items, seven lists, of these a fifth with reasons"
    rng, lists = np.random.default_rng(seed), 0
    for i in range(n):
        user, kind = str(rng.choice(users)), rng.random()
        if kind < 0.1:
            event = {"id": f"{seed} {i}", "user": user, "item": str(rng.choice(items))}
            found = ask(
                port,
                "/v1/events",
                {"events": [{**event, "time": int(newest + rng.integers(10**6))}]},
            )
        elif kind < 0.3:
            found = ask(
                port,
                "/v1/rank",
                {"user": user, "k": 10, "candidates": rng.choice(items, 50).tolist()},
            )
        else:
            found = ask(
                port,
                "/v1/recommend",
                {"user": user, "k": 10, "reasons": 3 * int(rng.random() < 0.2)},
            )
        lists += kind >= 0.1
        assert found[0] == 200, found
    return lists


def answered(folders, n):
    run = load_run(folders[0])
    users, items = (
        run.data.users.user_id.astype(str).to_numpy(),
        run.data.items.item_id.astype(str).to_numpy(),
    )
    names = dict(zip(("first", "second", "third"), folders))
    os.environ["DIN_REC_LOG_KEY"] = KEY
    with tempfile.TemporaryDirectory() as place:
        store, log, admin = f"{place}/events.sqlite", f"{place}/requests.jsonl", free_port()
        more = ["--admin-port", str(admin), "--log", log]
        more += [f"--beside={name}={folder}" for name, folder in names.items()]
        process, port, _ = serve(f"first={folders[0]}", store, more=more)
        begin = time.perf_counter()
        try:
            lists = 0
            for part, name in enumerate(names):
                with concurrent.futures.ThreadPoolExecutor(4) as pool:
                    each = [
                        pool.submit(
                            person, port, users, items, run.data.newest, n // 9, 10 * part + c
                        )
                        for c in range(3)
                    ]
                    if part:
                        assert ask(admin, "/v1/models", {"arm": "first", "folder": name})[0] == 200
                    lists += sum(job.result() for job in each)
        finally:
            process.kill()
            process.wait()
        asked_in, begin = time.perf_counter() - begin, time.perf_counter()
        logs = [*map(str, Path(place).glob("requests.jsonl*"))]
        runs = {json.loads(line)["model"]["sha256"] for each in logs for line in open(each)}
        found = replay_logs(logs, Serving(names, dict.fromkeys(names, 1.0), store=store))
        return {
            "model": run.info["model"],
            "requests": 3 * 3 * (n // 9),
            "answers logged": lists,
            "runs that answered": len(runs),
            "log files": len(logs),
            **found,
            "asked in, min": round(asked_in / 60, 1),
            "computed again in, min": round((time.perf_counter() - begin) / 60, 1),
        }


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    path = Path(__file__).with_suffix(".json")
    before = json.loads(path.read_text())["results"] if path.exists() else {}
    if sys.argv[1] == "rank":
        found = rank(sys.argv[2])
    else:
        found = answered(sys.argv[2:5], int(sys.argv[5]) if len(sys.argv) > 5 else 112_500)
    name = f"{sys.argv[1]}, {found['model']}"
    record(__file__, before | {name: found}, arguments=f" {sys.argv[1]} RUN")
    print(json.dumps(found, indent=1))
