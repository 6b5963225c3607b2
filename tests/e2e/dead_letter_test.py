#!/usr/bin/python3
"""A job that ends the engine whenever it is planned is parked in the end, and the engine lives.

    dead_letter_test.py PROGRAM
"""
import http.client
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engine_process import Client, Engine, check, demand, run_in_sandbox, wait_until_drained

MOST_ENDS = 8  # it begins the first time without being written, as jobs do that nobody suspects
PLACE = "worker.beforePlan:1"
# An order that ends the engine before it is stored is gone with it; this one is stored by then.
LATE_PLACE = PLACE + ":1000"


def dies(engine):
    """Started with a worker that dies of the only order; False where that is parked."""
    if not engine.start(OEE_CRASH_AT=PLACE):
        return True
    deadline = time.monotonic() + 10
    while engine.is_alive() and time.monotonic() < deadline:
        try:
            if engine.request("GET", "/api/dead-letters")[1].get("deadLetters"):
                return False
        except (OSError, http.client.HTTPException):
            pass  # it died of it
        time.sleep(0.05)
    demand(not engine.is_alive(), "the engine neither dies nor parks the job")
    engine.kill()
    return True


def run(program, sandbox):
    engine = Engine(program, sandbox.path, workers=1)
    genesis = engine.start_new()
    engine.stop_or_complain()
    demand(engine.start(OEE_CRASH_AT=LATE_PLACE), "the engine does not start")
    client = Client(1)
    client.kind = -1  # no cancellation, no deadline
    key, _ = client.new_key()
    status, answer = engine.request("POST", "/api/orders/execute", client.bodies[key], key)
    demand(status == 201, f"the order is answered with {status}")
    client.promised[key] = answer["orderId"]
    engine.process.wait(timeout=10)
    engine.kill()
    ends = 1
    while dies(engine):
        ends += 1
        demand(ends <= MOST_ENDS, f"the engine has ended {ends} times, and nothing is parked")
    letters = engine.request("GET", "/api/dead-letters")[1]["deadLetters"]
    demand(len(letters) == 1, f"there are {len(letters)} dead letters")
    order = letters[0]["order"]["orderId"]
    demand(client.promised[key] == order, "another order is parked")
    # Without what ended it, it is done once somebody asks for it.
    engine.stop_or_complain()
    engine.start_or_complain()
    demand(engine.request("POST", f"/api/dead-letters/{order}/retry", {})[0] == 200,
           "it cannot be retried")
    wait_until_drained(engine)
    engine.stop_or_complain()
    counted = check(engine, [client], genesis)
    demand(counted["confirmed"] == 1, f"the order is not confirmed: {counted}")
    print(f"the engine ended {ends} times with the job, then it was parked")


if __name__ == "__main__":
    sys.exit(run_in_sandbox("letter", lambda sandbox: run(sys.argv[1], sandbox)))
