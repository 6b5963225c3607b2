#!/usr/bin/python3
"""Old orders go into the archive while the engine takes new ones, and while it is killed.

    retention_test.py PROGRAM [--orders N] [--rounds N] [--seed S]

A simulation makes the history. The engine that goes on with it is told to keep a part, and dies
without warning at each of its places on the way there, and anywhere. After each end every old order
is in one of the two files, whole, or copied and not yet taken out; in the end in one of them only.
"""
import argparse
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engine_process import (Client, Engine, demand, open_database, run_in_sandbox,
                            wait_until_drained)

POINTS = ("retention.beforeArchive", "retention.afterArchive", "retention.afterDelete",
          "retention.afterPrune")
KEPT = 50
SECONDS = 120


def rows_of(path, orders=None):
    """The rows of what belongs to orders, as (table, order, …), of those orders only."""
    rows = set()
    database = open_database(path)
    try:
        for table in ("orders", "order_events", "transactions", "fills", "receipts"):
            names = [name for (name,) in database.execute(
                "SELECT name FROM pragma_table_xinfo(?)", (table,))]
            key = names.index("id" if table == "orders" else "order_id")
            for row in database.execute(f"SELECT {', '.join(names)} FROM {table}"):
                if orders is None or row[key] in orders:
                    demand((table, row[key]) + row not in rows, f"a row of {table} is there twice")
                    rows.add((table, row[key]) + row)
    finally:
        database.close()
    return rows


class Campaign:
    def __init__(self, options, folder):
        self.random = random.Random(options.seed)
        self.engine = Engine(os.path.abspath(options.program), folder)
        self.archive = os.path.join(self.engine.data, "archive.db")
        done = subprocess.run(
            [self.engine.program, "simulate", "--orders", str(options.orders), "--data-dir",
             self.engine.data], capture_output=True, text=True, timeout=300, check=False)
        demand(done.returncode == 0, f"no simulation: {done.stderr}")
        self.before = rows_of(self.engine.database)
        self.orders = {row[1] for row in self.before}
        self.doubled = 0

    def configure(self, lines):
        folder = os.path.join(self.engine.folder, "config", "order-execution-engine")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "settings.ini"), "w") as file:
            file.write("[history]\n" + "\n".join(lines) + "\n")

    def look(self):
        """Nothing of the old orders is lost or changed, and how many are in the archive."""
        kept = rows_of(self.engine.database, self.orders)
        moved = rows_of(self.archive) if os.path.exists(self.archive) else set()
        demand(kept | moved == self.before,
               f"{len(self.before - kept - moved)} rows are lost, "
               f"{len((kept | moved) - self.before)} are new")
        both = {row[1] for row in kept & moved}
        for order in both:
            mine = {row for row in self.before if row[1] == order}
            demand(mine <= kept and mine <= moved, f"order {order} is in both files in parts")
        self.doubled += bool(both)
        status, text = self.engine.verify()
        demand(status == 0, f"verify: {text}")
        return len({row[1] for row in moved}), len(both)

    def die_at(self, point, count):
        self.engine.start(OEE_CRASH_AT=f"{point}:{count}")
        deadline = time.monotonic() + SECONDS
        while self.engine.is_alive():
            demand(time.monotonic() < deadline, f"{point} is not reached for the {count}th time")
            time.sleep(0.005)
        demand(self.engine.process.returncode == -9,
               f"the engine ended with {self.engine.process.returncode}")
        self.engine.kill()
        moved, both = self.look()
        print(f"{point}:{count}: {moved} orders in the archive, {both} of them in both",
              flush=True)

    def die_anywhere(self):
        self.engine.start_or_complain()
        time.sleep(self.random.uniform(0.0, 0.2))
        self.engine.kill()
        moved, both = self.look()
        print(f"anywhere: {moved} orders in the archive, {both} of them in both", flush=True)

    def finish(self):
        """To the end, with new orders coming in."""
        self.engine.start_or_complain()
        client = Client(self.random.getrandbits(32))
        deadline = time.monotonic() + SECONDS
        while (left := len(rows_of(self.engine.database, self.orders))) and len(
                client.promised) < KEPT * 4:
            demand(time.monotonic() < deadline, f"{left} old rows stay")
            client.load(self.engine, 20)
            client.settle(self.engine)
        wait_until_drained(self.engine)
        while rows_of(self.engine.database, self.orders):
            # One pass a minute: the last of them became too many since the first.
            demand(time.monotonic() < deadline, "old orders stay")
            time.sleep(1)
        self.engine.stop_or_complain()
        moved, both = self.look()
        demand(both == 0 and moved == len(self.orders),
               f"{moved} of {len(self.orders)} orders are in the archive, {both} twice")
        demand(not client.problems, "; ".join(client.problems))
        database = open_database(self.engine.database)
        known = {row[0] for row in database.execute("SELECT id FROM orders")}
        database.close()
        demand(set(client.promised.values()) == known, "new orders are lost, or old ones left")
        print(f"all {moved} old orders are in the archive, {len(known)} new ones in the engine")


def run(options, sandbox):
    campaign = Campaign(options, sandbox.path)
    campaign.configure([f"keepOrders={KEPT}", "archive=true"])
    for _ in range(options.rounds):
        for point in POINTS:
            campaign.die_at(point, 1 + campaign.random.randrange(4))
        campaign.die_anywhere()
    demand(campaign.doubled > 0, "no end came between the copy and the deletion")
    campaign.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=2, help="of all places")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    return run_in_sandbox("retention", lambda sandbox: run(options, sandbox))


if __name__ == "__main__":
    sys.exit(main())
