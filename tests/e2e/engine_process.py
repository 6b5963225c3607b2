"""The real program as a child process, a client that remembers what it was promised, and a look
into the database that owes nothing to the program's own code. For the campaigns of this folder."""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

START_SECONDS = 60
# Twice the half minute after which a job that is not heard of is handed out again, and some load.
DRAIN_SECONDS = 120
TERMINAL = ("confirmed", "failed", "cancelled")


class Violation(AssertionError):
    """Something that must never be was seen."""


def demand(holds, text):
    if not holds:
        raise Violation(text)


def default_program():
    here = os.path.dirname(os.path.abspath(__file__))
    return os.environ.get("OEE_PROGRAM",
                          os.path.join(here, "..", "..", "build", "order-execution-engine"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisServer:
    """A redis-server of its own, in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="oee-redis-")
        self.port = free_port()
        self.process = None
        self.start()

    @staticmethod
    def exists():
        return shutil.which("redis-server") is not None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
             "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
             "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("redis-server does not answer")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Engine:
    """`serve` on one data folder; it may be started and ended any number of times."""

    def __init__(self, program, folder, redis="none", profile="instant", environment=None,
                 workers=2):
        self.program = program
        self.folder = folder
        self.redis = redis
        self.profile = profile
        self.workers = workers
        self.environment = environment or {}
        self.port = None
        self.process = None
        self.said = ""

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    @property
    def database(self):
        return os.path.join(self.data, "engine.db")

    def start(self, **environment):
        """True once the API answers; False where the process ended before."""
        self.port = free_port()
        web_socket = free_port()
        while web_socket == self.port:
            web_socket = free_port()
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, "stderr"), "ab") as errors:
            self.process = subprocess.Popen(
                [self.program, "serve", "--data-dir", self.data, "--http-port", str(self.port),
                 "--ws-port", str(web_socket), "--redis", self.redis, "--profile", self.profile,
                 "--workers", str(self.workers)],
                stdout=subprocess.PIPE, stderr=errors, text=True,
                env=dict(os.environ, XDG_CONFIG_HOME=os.path.join(self.folder, "config"),
                         **self.environment, **environment))
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Page"):
                return True
        self.process.wait()
        return False

    def last_words(self):
        with open(os.path.join(self.folder, "stderr"), errors="replace") as errors:
            return f"(status {self.process.returncode}): {errors.read()[-2000:]}"

    def start_or_complain(self):
        if not self.start():
            raise Violation(f"the engine does not start any more {self.last_words()}")

    def stop_or_complain(self):
        if self.stop() != 0:
            raise Violation(f"the engine does not end well {self.last_words()}")

    def start_new(self):
        """On a folder that has no history; the books of its first day."""
        self.start_or_complain()
        return Books(self.database)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def stop(self):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Violation("the engine does not end when it is asked to") from None
        self.process.stdout.close()
        return status

    def request(self, method, path, body=None, key=None, timeout=20):
        """(status, object); OSError or HTTPException where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            return exchange(connection, method, path, body, key)
        finally:
            connection.close()

    def verify(self):
        """What `verify` says of the history: (exit status, text)."""
        done = subprocess.run([self.program, "verify", "--data-dir", self.data], timeout=300,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class OutsideWorker:
    """`worker` of an engine that uses Redis, as another machine would run it."""

    @staticmethod
    def is_known_to(program):
        text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60,
                              check=False).stdout
        return "--secret-file" in text

    def __init__(self, engine, name, **environment):
        database = open_database(engine.database)
        instance = database.execute(
            "SELECT value FROM meta WHERE key = 'instance_id'").fetchone()[0]
        database.close()
        with open(os.path.join(engine.folder, name), "ab") as output:
            self.process = subprocess.Popen(
                [engine.program, "worker", "--redis", engine.redis, "--instance", instance,
                 "--name", name, "--workers", "1", "--secret-file",
                 os.path.join(engine.data, "worker-secret")], stdout=output, stderr=output,
                env=dict(os.environ, XDG_CONFIG_HOME=os.path.join(engine.folder, "config"),
                         **environment))

    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()


def exchange(connection, method, path, body=None, key=None):
    headers = {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key is not None:
        headers["Idempotency-Key"] = key
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, {}


# Kinds of orders, of ten.
LATE, REQUOTED, CANCELLED, UNROUTABLE = 0, 1, 2, 3


class Client:
    """Sends orders under keys of its own, and the same again until it knows what became of them.
    What it was told with 201 is a promise."""

    PAIRS = (("SOL", "USDC", 20_000_000), ("USDC", "SOL", 2_000_000), ("USDC", "RAY", 1_000_000),
             ("RAY", "USDC", 500_000), ("JUP", "USDC", 2_000_000), ("SOL", "USDT", 10_000_000))

    def __init__(self, seed, prefix=""):
        self.random = random.Random(seed)
        self.kind = None  # of all orders; else they are mixed
        self.prefix = prefix
        self.lock = threading.Lock()
        self.bodies = {}    # by key, all that were ever sent
        self.promised = {}  # key → order id
        self.refused = {}   # key → status
        self.cancels = 0
        self.unanswered = 0
        self.repeated = 0
        self.problems = []

    def new_key(self):
        with self.lock:
            token_in, token_out, most = self.random.choice(self.PAIRS)
            body = {"tokenIn": token_in, "tokenOut": token_out, "slippageBps": 500,
                    "amountInRaw": str(1 + self.random.randrange(most))}
            kind = self.random.randrange(10) if self.kind is None else self.kind
            if kind == LATE:
                body["deadlineMs"] = 1 + self.random.randrange(3)  # some of these fail
            elif kind == REQUOTED:
                body["onRevert"] = "requote"
                body["deadlineMs"] = 30_000
            elif kind == UNROUTABLE:  # one lamport buys nothing
                body.update(tokenIn="SOL", tokenOut="USDC", amountInRaw="1")
            key = f"{self.prefix}{len(self.bodies) + 1}"
            self.bodies[key] = body
            return key, kind == CANCELLED

    def open_keys(self):
        with self.lock:
            return [key for key in self.bodies
                    if key not in self.promised and key not in self.refused]

    def send(self, connection, key, cancel=False):
        """False where the connection failed: whether the order exists is then unknown."""
        try:
            status, answer = exchange(connection, "POST", "/api/orders/execute", self.bodies[key],
                                      key)
        except (OSError, http.client.HTTPException):
            with self.lock:
                self.unanswered += 1
            return False
        with self.lock:
            if status in (200, 201):
                before = self.promised.setdefault(key, answer.get("orderId"))
                if before != answer.get("orderId"):
                    self.problems.append(f"key {key} was promised as {before} and as "
                                         f"{answer.get('orderId')}")
            elif 400 <= status < 500:
                self.refused[key] = status
        if cancel and key in self.promised:
            try:
                exchange(connection, "POST", f"/api/orders/{self.promised[key]}/cancel", {})
                self.cancels += 1
            except (OSError, http.client.HTTPException):
                return False
        return True

    def load(self, engine, orders, threads=3, until=None, pause=0.0):
        """So many orders at once, until they are sent, the engine is gone, or `until` says so."""
        left = [orders]

        def run():
            connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
            try:
                while engine.is_alive() and not (until is not None and until()):
                    with self.lock:
                        if left[0] == 0:
                            return
                        left[0] -= 1
                    key, cancel = self.new_key()
                    if not self.send(connection, key, cancel):
                        return
                    # Now and then the same again at once, as a client does that is in doubt.
                    if self.random.randrange(12) == 0:
                        self.repeated += 1
                        if not self.send(connection, key):
                            return
                    if pause:
                        time.sleep(pause)
            finally:
                connection.close()

        runners = [threading.Thread(target=run) for _ in range(threads)]
        for runner in runners:
            runner.start()
        for runner in runners:
            runner.join()

    def settle(self, engine):
        """Asks again for everything that was not answered."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while keys := self.open_keys():
            demand(time.monotonic() < deadline, f"{len(keys)} orders are still not answered")
            connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
            for key in keys:
                if not self.send(connection, key):
                    demand(engine.is_alive(), "the engine ended by itself")
                    break
            connection.close()


ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


TOKEN_PROGRAMS = ("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
                  "TokenzQdBNbLqP5VEhdkAS6EPFLXC7VDg8uGzqW7F8")


def open_database(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)


class Books:
    """What everybody holds: the wallets, and the vaults of the pools from their account bytes."""

    def __init__(self, path):
        self.wallet = {}
        self.totals = {}
        with open_database(path) as database:
            for owner, mint, amount, reserved in database.execute(
                    "SELECT owner, mint, amount_raw, reserved_raw FROM wallet"):
                self.wallet[owner, mint] = (int(amount), int(reserved))
                self.totals[mint] = self.totals.get(mint, 0) + int(amount)
            for program, data in database.execute("SELECT owner, data FROM accounts"):
                # SPL token account: mint, owner, amount (u64). Mints are shorter.
                if program.startswith("Token") and len(data) >= 165:
                    mint = base58(data[0:32])
                    amount = int.from_bytes(data[64:72], "little")
                    self.totals[mint] = self.totals.get(mint, 0) + amount
        database.close()


def open_orders(path):
    database = open_database(path)
    try:
        return database.execute(
            "SELECT count(*) FROM orders WHERE status NOT IN (?, ?, ?)", TERMINAL).fetchone()[0]
    finally:
        database.close()


def retry_dead_letters(engine):
    """As a person would: an order whose workers died five times running waits for that."""
    try:
        status, answer = engine.request("GET", "/api/dead-letters")
        for letter in answer["deadLetters"] if status == 200 else ():
            engine.request("POST", f"/api/dead-letters/{letter['order']['orderId']}/retry", {})
    except (OSError, http.client.HTTPException):
        pass  # whether the engine lives is asked elsewhere


def wait_until_drained(engine):
    deadline = time.monotonic() + DRAIN_SECONDS
    while left := open_orders(engine.database):
        retry_dead_letters(engine)
        demand(engine.is_alive(), "the engine ended by itself")
        demand(time.monotonic() < deadline,
               f"{left} orders did not end within {DRAIN_SECONDS} s")
        time.sleep(0.02)


def check(engine, clients, genesis):
    """Everything that must hold once all orders have ended and the engine is down."""
    status, text = engine.verify()
    demand(status == 0, f"verify: {text}")
    for client in clients:
        demand(not client.problems, "; ".join(client.problems))
    database = open_database(engine.database)
    try:
        rows = database.execute("PRAGMA integrity_check").fetchall()
        demand(rows == [("ok",)], f"integrity_check: {rows[:3]}")
        books = Books(engine.database)
        counted = check_rows(database, clients, genesis, books)
        # Traffic of the other profiles trades with the pools out of pockets that are not stored.
        demand(engine.profile != "instant" or books.totals == genesis.totals,
               f"tokens came or went: {genesis.totals} before, {books.totals} after")
        return counted
    finally:
        database.close()


def check_rows(database, clients, genesis, books):
    orders = {row[0]: row[1:] for row in database.execute(
        "SELECT id, idempotency_key, status, executed_in_raw, executed_out_raw, "
        "network_fee_lamports, spent_lamports, input_mint, output_mint FROM orders")}
    by_key = {row[0]: order for order, row in orders.items()}
    demand(len(by_key) == len(orders), "a key has two orders")
    promised = 0
    known = set()
    for client in clients:
        known.update(client.bodies)
        for key, order in client.promised.items():
            promised += 1
            demand(order in orders, f"order {order} (key {key}) was acknowledged and is lost")
            demand(orders[order][0] == key, f"order {order} stands under another key than {key}")
            demand(orders[order][1] in TERMINAL, f"order {order} is {orders[order][1]}")
        for key in client.refused:
            demand(key not in by_key, f"key {key} was refused and has an order")
    demand(set(by_key) <= known, "there are orders that nobody sent")

    ends = dict(database.execute(
        "SELECT order_id, count(*) FROM order_events WHERE status IN (?, ?, ?) GROUP BY order_id",
        TERMINAL))
    demand(set(ends) == set(orders) and set(ends.values()) <= {1},
           "an order has not ended exactly once")
    sol = "So11111111111111111111111111111111111111112"
    trader = {mint: held for (owner, mint), (held, _) in genesis.wallet.items()
              if owner == "trader"}
    moved = {}
    for order, leg, input_mint, output_mint, amount_in, amount_out in database.execute(
            "SELECT order_id, leg, input_mint, output_mint, amount_in_raw, amount_out_raw "
            "FROM fills ORDER BY order_id, leg"):
        own = moved.setdefault(order, {"legs": [], "net": {}})
        own["legs"].append(leg)
        own["net"][input_mint] = own["net"].get(input_mint, 0) - int(amount_in)
        own["net"][output_mint] = own["net"].get(output_mint, 0) + int(amount_out)
    confirmed = 0
    for order, row in orders.items():
        _, status, paid, got, fee, spent, input_mint, output_mint = row
        demand((status == "confirmed") == (order in moved), f"order {order} is {status}, and has "
               f"{len(moved.get(order, {'legs': []})['legs'])} fills")
        fees = int(spent)
        if status == "confirmed":
            confirmed += 1
            net = moved[order]["net"]
            legs = moved[order]["legs"]
            demand(legs == list(range(len(legs))), f"order {order} has the fills {legs}")
            demand(net.pop(input_mint) == -int(paid) and net.pop(output_mint) == int(got) and
                   not any(net.values()), f"the fills of order {order} are not what it did")
            trader[input_mint] -= int(paid)
            trader[output_mint] += int(got)
            fees += int(fee)
        trader[sol] -= fees
    for mint, held in trader.items():
        demand(books.wallet["trader", mint] == (held, 0),
               f"the wallet holds {books.wallet['trader', mint]} of {mint}, fills say {held}")
    # A transaction stays with its order, and is under way only while that is submitted.
    for what, rows in (("jobs", "outbox"),
                       ("transactions under way", "transactions JOIN orders ON id = order_id "
                                                  "WHERE status NOT IN ('confirmed', 'failed')"),
                       ("confirmed orders without a transaction",
                        "orders WHERE status = 'confirmed' AND "
                        "id NOT IN (SELECT order_id FROM transactions)")):
        left = database.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
        demand(left == 0, f"{left} {what} are left")
    return {"orders": len(orders), "acknowledged": promised, "confirmed": confirmed,
            "refused": sum(len(client.refused) for client in clients),
            "unanswered": sum(client.unanswered for client in clients)}


class Sandbox:
    """A folder that is removed, unless something went wrong in it."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"oee-{name}-")
        self.keep = False

    def close(self):
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)


def run_in_sandbox(name, run):
    """Calls `run` with a new sandbox; the exit status of the test. A violation is told, and the
    folder is kept."""
    sandbox = Sandbox(name)
    try:
        run(sandbox)
    except Violation as violation:
        sandbox.keep = True
        print(f"VIOLATION (kept: {sandbox.path}): {violation}")
        return 1
    finally:
        sandbox.close()
    return 0
