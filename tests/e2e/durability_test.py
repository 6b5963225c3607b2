#!/usr/bin/python3
"""kill -9 leaves what was written in the page cache; a loss of power does not. So: what does the
disk hold for certain when an order is acknowledged?

    durability_test.py PROGRAM RECORDER.so [--orders N] [--seed S]

A recorder (sync_recorder.c) writes down what the engine writes, syncs and sends. From that the
files are rebuilt as a disk holds them that keeps nothing but what was synced, at the moment of every
acknowledgement: the order must be in them. Then engines are started on such files, cut at moments
of all kinds and with some of what was not synced, and must have everything that was acknowledged.

Exit status 0: it holds.
"""
import argparse
import os
import random
import re
import shutil
import sqlite3
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engine_process import (Client, Engine, Sandbox, check, demand, run_in_sandbox,
                            wait_until_drained)

WRITE, SYNC_BEGIN, SYNC_END, TRUNCATE, UNLINK, SEND, CLOSE = range(1, 8)
NAMES = {1: "engine.db", 2: "engine.db-wal", 3: "engine.db-journal"}
HEAD = struct.Struct("=4Q")
CUTS = 8


def records(path):
    with open(path, "rb") as log:
        data = log.read()
    at = 0
    while at + HEAD.size <= len(data):
        kind, file, offset, length = HEAD.unpack_from(data, at)
        at += HEAD.size
        held = length if kind in (WRITE, SEND) else 0
        if at + held > len(data):
            return  # killed while it was written
        yield kind, file, offset, data[at:at + held]
        at += held


def apply(image, change):
    kind, offset, data = change
    if kind == WRITE:
        if len(image) < offset:
            image.extend(bytes(offset - len(image)))
        image[offset:offset + len(data)] = data
    else:
        del image[offset:]
        image.extend(bytes(offset - len(image)))


class Disk:
    """The files as a disk has them that keeps exactly what was synced."""

    def __init__(self, deaf_to=None):
        self.durable = {}
        self.waiting = {file: [] for file in NAMES}  # since the last sync
        self.covered = {file: 0 for file in NAMES}   # of them by the sync that goes on
        self.deaf_to = deaf_to  # a file whose syncs do nothing: for the counter-proof

    def take(self, kind, file, offset, data):
        if kind in (WRITE, TRUNCATE):
            self.waiting[file].append((kind, offset, data))
        elif kind == UNLINK:
            self.durable.pop(file, None)
            self.waiting[file].clear()
            self.covered[file] = 0
        elif kind == SYNC_BEGIN:
            self.covered[file] = len(self.waiting[file])
        elif kind == SYNC_END and file != self.deaf_to:
            image = self.durable.setdefault(file, bytearray())
            for change in self.waiting[file][:self.covered[file]]:
                apply(image, change)
            del self.waiting[file][:self.covered[file]]
            self.covered[file] = 0

    def write_to(self, folder, chance=None):
        """`chance`: a random.Random that lets some of what was not synced be there all the same, in
        any order and the last of it in part."""
        os.makedirs(folder, exist_ok=True)
        for file, name in NAMES.items():
            image = bytearray(self.durable.get(file, b""))
            if chance:
                kept = [change for change in self.waiting[file] if chance.random() < 0.5]
                chance.shuffle(kept)
                for kind, offset, data in kept:
                    if kind == WRITE and chance.random() < 0.2:
                        data = data[:512 * chance.randrange(1 + len(data) // 512)]
                    apply(image, (kind, offset, data))
            if image or file in self.durable:
                with open(os.path.join(folder, name), "wb") as out:
                    out.write(image)


def orders_in(folder):
    database = sqlite3.connect(os.path.join(folder, "engine.db"))
    try:
        return {row[0] for row in database.execute("SELECT id FROM orders")}
    except sqlite3.OperationalError:
        return set()  # not even the schema
    finally:
        database.close()


def acknowledgements(path):
    """{index of the record that sends the first byte of the answer: order id}"""
    streams = {}  # descriptor → [(index, bytes)]
    found = {}
    for index, (kind, file, _, data) in enumerate(records(path)):
        if kind == CLOSE:
            streams.pop(file, None)
        elif kind == SEND:
            parts = streams.setdefault(file, [])
            if data.startswith(b"HTTP/1.1 "):
                parts.clear()
            parts.append((index, data))
            whole = b"".join(part for _, part in parts)
            if re.match(rb"HTTP/1\.1 20[01] ", whole) and b"\r\n\r\n" in whole:
                body = whole.split(b"\r\n\r\n", 1)[1]
                order = re.search(rb'"orderId":"(\w{26})"', body)
                if order and b'"status":"pending"' in body:
                    found.setdefault(parts[0][0], order.group(1).decode())
    return found


def uncovered(path, promises, scratch, deaf_to=None):
    """Acknowledgements whose orders a disk would not have had at their first byte."""
    disk = Disk(deaf_to)
    missing = []
    for index, (kind, file, offset, data) in enumerate(records(path)):
        if index in promises:
            shutil.rmtree(scratch, ignore_errors=True)
            disk.write_to(scratch)
            if promises[index] not in orders_in(scratch):
                missing.append(promises[index])
                if deaf_to:
                    break
        elif kind < SEND:
            disk.take(kind, file, offset, data)
    return missing


def run_engine(options, sandbox, log):
    """Load, a rest in which the log is moved into the database, load again, and the end."""
    engine = Engine(options.program, sandbox.path,
                    environment={"LD_PRELOAD": os.path.abspath(options.recorder),
                                 "OEE_SYNC_LOG": log})
    genesis = engine.start_new()
    client = Client(options.seed)
    client.load(engine, options.orders // 2, threads=4)
    time.sleep(3)
    timer = threading.Timer(60, engine.process.kill)
    client.load(engine, options.orders // 2, threads=4)
    timer.cancel()
    engine.kill()
    return client, genesis


def restart_from_cuts(options, log, promises, client, genesis):
    total = sum(1 for _ in records(log))
    chance = random.Random(options.seed)
    first = min(promises)
    cuts = sorted(chance.sample(range(first, total), CUTS - 1)) + [total]
    disk = Disk()
    tried = 0
    for index, (kind, file, offset, data) in enumerate(list(records(log)) + [(CLOSE, 0, 0, b"")]):
        if index in cuts:
            tried += 1
            restart(options, disk, chance if tried % 2 == 0 else None,
                    {order for at, order in promises.items() if at < index}, client, genesis)
        if kind < SEND:
            disk.take(kind, file, offset, data)
    return tried


def restart(options, disk, chance, promised, client, genesis):
    sandbox = Sandbox("cut")
    engine = Engine(options.program, sandbox.path)
    try:
        disk.write_to(engine.data, chance)
        engine.start_or_complain()
        wait_until_drained(engine)
        engine.stop_or_complain()
        # Orders that were on their way to the disk may be there; those that were promised must.
        survivor = Client(0)
        survivor.bodies = client.bodies
        survivor.promised = {key: order for key, order in client.promised.items()
                             if order in promised}
        demand(len(survivor.promised) == len(promised), "an acknowledgement has no key")
        check(engine, [survivor], genesis)
    except AssertionError:
        sandbox.keep = True
        print(f"kept: {sandbox.path}")
        raise
    finally:
        engine.kill()
        sandbox.close()


def run(options, sandbox):
    log = os.path.join(sandbox.path, "sync.log")
    scratch = os.path.join(sandbox.path, "scratch")
    client, genesis = run_engine(options, sandbox, log)
    promises = acknowledgements(log)
    heard = set(client.promised.values())
    demand(heard <= set(promises.values()),
           "the client heard acknowledgements that the recorder did not see")
    missing = uncovered(log, promises, scratch)
    demand(not missing, f"{len(missing)} of {len(promises)} orders were acknowledged before "
           f"their COMMIT was synced, the first is {missing[:1]}")
    # The counter-proof: on a disk that forgets the log, the same look must find something.
    demand(uncovered(log, promises, scratch, deaf_to=2),
           "orders are found on a disk that keeps no log: this test could not fail")
    syncs = sum(1 for kind, *_ in records(log) if kind == SYNC_END)
    cuts = restart_from_cuts(options, log, promises, client, genesis)
    print(f"seed {options.seed}: {len(promises)} acknowledgements, all of them after the sync "
          f"of their COMMIT ({syncs} syncs); {cuts} restarts from cut copies lost nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("recorder")
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return run_in_sandbox("sync", lambda sandbox: run(options, sandbox))


if __name__ == "__main__":
    sys.exit(main())
