#!/usr/bin/python3
"""A disk that is full, that becomes read-only or broken while the engine runs, a database that may
not be written, that is cut short or has flipped bits.

    disk_faults_test.py PROGRAM [--failing-disk LIBRARY.so] [--seed S] [--flips N]

Refused with a clear error, reads stay alive, nothing acknowledged is lost, damage is reported and
the file is left as it was. What this machine does not permit is SKIPPED in words.
"""
import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engine_process import (Client, Engine, check, demand, run_in_sandbox,
                            wait_until_drained)

TMPFS_BYTES = 6 * 1024 * 1024
PAGE = 4096


def hash_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def fresh_engine(program, folder, orders, seed):
    """A data folder with a history, its engine, its client and the books of its first day."""
    engine = Engine(program, folder)
    genesis = engine.start_new()
    client = Client(seed)
    client.load(engine, orders)
    client.settle(engine)
    wait_until_drained(engine)
    return engine, client, genesis


def refusal(engine):
    """What the engine says when it refuses to start."""
    errors = os.path.join(engine.folder, "stderr")
    before = os.path.getsize(errors)
    demand(not engine.start(), "the engine starts")
    demand(engine.process.returncode > 0,
           f"the engine ended with {engine.process.returncode} instead of refusing")
    with open(errors, errors="replace") as file:
        file.seek(before)
        return engine.process.returncode, file.read()


class Tmpfs:
    """A small disk, or None where it may not be mounted."""

    def __init__(self, size):
        self.path = tempfile.mkdtemp(prefix="oee-disk-")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.path],
                              capture_output=True, text=True, check=False)
        self.is_mounted = done.returncode == 0
        self.why = done.stderr.strip()

    def close(self):
        if self.is_mounted:
            subprocess.run(["umount", "-l", self.path], check=False)
        os.rmdir(self.path)


def fill(path, leave):
    space = os.statvfs(path)
    left = max(0, space.f_bavail * space.f_frsize - leave)
    with open(os.path.join(path, "filler"), "wb") as filler:
        filler.write(bytes(left))


def disk_full(options):
    disk = Tmpfs(TMPFS_BYTES)
    try:
        if not disk.is_mounted:
            print(f"SKIPPED disk full: no tmpfs may be mounted here ({disk.why})")
            return
        engine, client, genesis = fresh_engine(options.program, os.path.join(disk.path, "e"), 40,
                                               options.seed)
        fill(disk.path, 16 * PAGE)
        refused = None
        late = Client(options.seed + 1, "late-")
        deadline = time.monotonic() + 60
        while refused is None:
            demand(time.monotonic() < deadline, "a full disk takes orders for a minute")
            key, _ = late.new_key()
            status, answer = engine.request("POST", "/api/orders/execute", late.bodies[key], key)
            if status == 201:
                late.promised[key] = answer["orderId"]
            else:
                refused = (status, answer)
        demand(refused[0] == 503, f"a full disk is answered with {refused}")
        demand("storage" in refused[1]["error"]["code"] and
               len(refused[1]["error"]["message"]) > 20, f"the words are unclear: {refused[1]}")
        for path in ("/api/orders", "/api/wallet", "/api/fills", "/api/health"):
            demand(engine.request("GET", path)[0] == 200, f"{path} is not read from a full disk")
        for order in list(client.promised.values()) + list(late.promised.values()):
            demand(engine.request("GET", f"/api/orders/{order}")[0] == 200,
                   f"order {order} was acknowledged and cannot be read")
        # There is room again: the same engine goes on, and nothing was lost.
        os.remove(os.path.join(disk.path, "filler"))
        late.settle(engine)
        wait_until_drained(engine)
        fill(disk.path, 16 * PAGE)
        engine.kill()
        os.remove(os.path.join(disk.path, "filler"))
        engine.start_or_complain()
        engine.stop_or_complain()
        counted = check(engine, [client, late], genesis)
        # No room from the first byte on.
        fill(disk.path, 0)
        other = Engine(options.program, os.path.join(disk.path, "other"))
        try:
            started = other.start()
        except OSError:
            started = False  # not even the folder
        demand(not started, "an engine starts without any room")
        print(f"disk full: refused with 503 ({refused[1]['error']['code']}), reads lived, went on "
              f"with room; {counted}")
    finally:
        disk.close()


class FailingDisk:
    """The disk below a folder, as failing_disk.c lets an engine see it."""

    def __init__(self, library, folder):
        self.folder = folder
        self.switch = folder + ".fault"
        self.environment = {"LD_PRELOAD": os.path.abspath(library), "OEE_FAULT_FILE": self.switch,
                            "OEE_FAULT_FOLDER": folder}

    def fail(self, kind):
        with open(self.switch + ".new", "w") as switch:
            switch.write(kind)
        os.rename(self.switch + ".new", self.switch)

    def mend(self):
        os.remove(self.switch)


def is_refused(status, answer):
    return status == 503 and answer.get("error", {}).get("code") == "storageFailed"


def failing_disk(options, made):
    if options.failing_disk is None:
        print("SKIPPED failing disk: a sanitized program takes no library before its own")
        return
    for kind, what in (("r", "read-only"), ("w", "not written"), ("s", "not synced")):
        folder = made("failing")
        disk = FailingDisk(options.failing_disk, folder)
        engine = Engine(options.program, folder, environment=disk.environment)
        engine.start_or_complain()
        client, genesis = options.model
        clients = [client]
        # Thrice: it goes on by itself, after a kill, and after an end that was asked for.
        for number, end in enumerate(("", "kill", "stop")):
            late = Client(options.seed + number, f"{end}late-")
            clients.append(late)
            fail_under_load(engine, disk, kind, late)
            if end == "stop":
                status = engine.stop()
                demand(status in (0, 1), f"asked to end, the engine ends with {status}")
            elif end == "kill":
                engine.kill()
            if end:
                # What is not written cannot be started on; the words say so.
                if kind != "s":
                    status, text = refusal(engine)
                    demand("cannot be written" in text, f"the refusal is unclear: {text!r}")
            disk.mend()
            if end:
                engine.start_or_complain()
            late.settle(engine)
            wait_until_drained(engine)
        engine.stop_or_complain()
        counted = check(engine, clients, genesis)
        print(f"disk {what} while the engine runs: refused with 503, reads lived, went on; {counted}")


def fail_under_load(engine, disk, kind, client):
    """The disk fails under orders, and goes on failing. Whoever asks is told."""
    enough = threading.Event()
    load = threading.Thread(target=client.load, args=(engine, 400),
                            kwargs={"until": enough.is_set, "pause": 0.01})
    load.start()
    try:
        deadline = time.monotonic() + 60
        while len(client.promised) < 60:
            demand(time.monotonic() < deadline, "no orders are accepted")
            time.sleep(0.005)
        disk.fail(kind)
        refusals = 0
        began = time.monotonic()
        while refusals < 20 or time.monotonic() < began + 2:
            time.sleep(0.02)
            demand(time.monotonic() < deadline, "a disk that fails takes orders for a minute")
            key, _ = client.new_key()
            status, answer = engine.request("POST", "/api/orders/execute", client.bodies[key], key)
            if status == 201:
                demand(refusals == 0, "an order is acknowledged on a disk that takes nothing")
                client.promised[key] = answer["orderId"]
                continue
            demand(is_refused(status, answer), f"a failing disk is answered with {status} {answer}")
            refusals += 1
    finally:
        enough.set()
        load.join()
    for path in ("/api/orders", "/api/wallet", "/api/fills", "/api/health", "/api/dead-letters"):
        demand(engine.request("GET", path)[0] == 200, f"{path} is not read from a failing disk")
    for order in client.promised.values():
        demand(engine.request("GET", f"/api/orders/{order}")[0] == 200,
               f"order {order} was acknowledged and cannot be read")


def read_only(options, made):
    folder = made("read-only")
    engine = Engine(options.program, folder)
    before = hash_of(engine.database)
    if os.geteuid() == 0:
        disk = Tmpfs(TMPFS_BYTES)
        if not disk.is_mounted:
            disk.close()
            print(f"SKIPPED read-only database: root may write anything ({disk.why})")
            return
        try:
            # Root heeds no permission bits, but it does heed a mount.
            shutil.copy(engine.database, disk.path)
            source = os.path.join(disk.path, "engine.db")
            subprocess.run(["mount", "--bind", source, engine.database], check=True)
            try:
                subprocess.run(["mount", "-o", "remount,ro,bind", engine.database], check=True)
                status, text = refusal(engine)
                verified = engine.verify()
            finally:
                subprocess.run(["umount", engine.database], check=True)
        finally:
            disk.close()
    else:
        os.chmod(engine.database, 0o444)
        status, text = refusal(engine)
        verified = engine.verify()
        os.chmod(engine.database, 0o644)
    demand("only" in text.lower() or "written" in text.lower(),
           f"the refusal is unclear: {text!r}")
    demand(verified[0] == 0, f"a read-only history is not read: {verified}")
    demand(hash_of(engine.database) == before, "the file was changed")
    engine.start_or_complain()
    engine.stop_or_complain()
    print(f"read-only database: refused with status {status}: {text.strip()}")


def truncated(options, made):
    sizes = []
    for share in (0.03, 0.25, 0.5, 0.9, 0.999):
        folder = made("truncated")
        engine = Engine(options.program, folder)
        size = os.path.getsize(engine.database)
        cut = int(size * share)
        os.truncate(engine.database, cut)
        for ending in ("-wal", "-shm"):
            demand(not os.path.exists(engine.database + ending), "a log was left behind")
        before = hash_of(engine.database)
        status, text = refusal(engine)
        demand("damaged" in text or "malformed" in text or "not a database" in text,
               f"cut to {cut} of {size} bytes, the refusal is unclear: {text!r}")
        demand(hash_of(engine.database) == before, "the damaged file was changed")
        verified = engine.verify()
        demand(verified[0] == 1 and len(verified[1]) > 20, f"verify finds nothing: {verified}")
        sizes.append(cut)
    print(f"truncated database: refused at {sizes} bytes; the last time: {text.strip()}")


def bit_flips(options, made):
    chance = random.Random(options.seed)
    refused = found = harmless = 0
    for _ in range(options.flips):
        folder = made("flipped")
        engine = Engine(options.program, folder)
        with open(engine.database, "r+b") as file:
            data = bytearray(file.read())
            at = chance.randrange(len(data))
            data[at] ^= 1 << chance.randrange(8)
            file.seek(at)
            file.write(data[at:at + 1])
        before = hash_of(engine.database)
        status, text = engine.verify()
        demand(status in (0, 1), f"verify ended with {status} (bit at {at})")
        if engine.start():
            # What stands in the file as a value is seen by `verify`, or belongs to nothing.
            wallet = engine.request("GET", "/api/wallet")[0]
            orders = engine.request("GET", "/api/orders")[0]
            demand(engine.is_alive(), f"the engine died of a flipped bit at {at}")
            demand({wallet, orders} <= {200, 503}, f"reads answer {wallet} and {orders}")
            engine.stop()
            found += status == 1
            harmless += status == 0
        else:
            demand(engine.process.returncode > 0,
                   f"a flipped bit at {at} ended the engine with {engine.process.returncode}")
            demand(hash_of(engine.database) == before, f"the damaged file was changed ({at})")
            with open(os.path.join(engine.folder, "stderr"), errors="replace") as errors:
                demand(len(errors.read().strip()) > 20, "it is refused without a word")
            refused += 1
    demand(refused + found > 0, "no flipped bit was ever found")
    print(f"flipped bits: of {options.flips}, {refused} refused at the start, {found} more "
          f"reported by verify, {harmless} in places that hold no history (free space, texts for people, "
          f"account bytes)")


def run(options, sandbox):
    engine, client, genesis = fresh_engine(options.program,
                                           os.path.join(sandbox.path, "model"), 40,
                                           options.seed)
    options.model = client, genesis
    engine.stop_or_complain()
    copies = [0]

    def made(name):
        copies[0] += 1
        folder = os.path.join(sandbox.path, f"{name}-{copies[0]}")
        shutil.copytree(engine.folder, folder)
        return folder

    disk_full(options)
    failing_disk(options, made)
    read_only(options, made)
    truncated(options, made)
    bit_flips(options, made)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--failing-disk", help="failing_disk.c, built")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flips", type=int, default=12)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    return run_in_sandbox("faults", lambda sandbox: run(options, sandbox))


if __name__ == "__main__":
    sys.exit(main())
