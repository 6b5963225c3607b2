// Wires the page: the feed into the tables, the ticket to the API.

import { ApiError, Connection } from "./connection.js";
import { byId, setText } from "./dom.js";
import { showBook, showComparison } from "./market.js";
import { OrderPanel } from "./order.js";
import { showPlan } from "./plan.js";
import { FillsTable, OrdersTable, WalletTable } from "./tables.js";
import { Ticket } from "./ticket.js";

const RESET_QUESTION_MS = 4000;

const connection = new Connection();
const wallet = new WalletTable();
const ticket = new Ticket((token) => wallet.freeRaw(token));
const panel = new OrderPanel((path) => connection.get(path), (token) => ticket.decimalsOf(token));
const orders = new OrdersTable({ onCancel: (id) => cancelOrder(id), onOpen: (id) => panel.open(id) });
const fills = new FillsTable((id) => orders.sideOf(id));

let instanceId = "";
let lastSequence = 0;
let resyncing = false;
let resyncAgain = false;

function notice(text) {
  setText(byId("notice"), text);
  byId("notice").hidden = text === "";
}

const wordsOf = (error) =>
  error instanceof ApiError
    ? { field: error.field, message: error.message }
    : { message: "The engine gave no answer. Try again: the same order is not placed twice.", unanswered: true };

// --- what comes in

function describeRemoteWorker(worker) {
  if (worker.state === "another-secret") return `${worker.name}: has another secret, is ignored`;
  if (worker.state === "another-version") return `${worker.name}: version ${worker.version}, is ignored`;
  const seen = new Date(worker.lastHeartbeat).toLocaleTimeString("en-GB");
  return `${worker.name}: ${worker.threads} threads, ${worker.plansPerSecond.toFixed(1)} plans/s, ` +
    `last heartbeat ${seen}`;
}

function showStatus(status) {
  const number = (value) => value.toLocaleString("en-US");
  setText(byId("market"), `${status.market} · ${status.profile} · slot ${number(status.slot)}`);
  byId("market").title = status.marketDescription;
  const remote = status.remoteWorkers || [];
  const count = `${status.workers} workers` + (remote.length > 0 ? ` + ${remote.length} remote` : "");
  setText(byId("status"), `queue ${status.queue} · ${count} · ` +
    `${number(status.jobsWaiting)} waiting · ${number(status.openOrders)} open orders` +
    (status.deadLetters > 0 ? ` · ${number(status.deadLetters)} parked` : ""));
  byId("status").title = [...status.remarks, ...remote.map(describeRemoteWorker)].join("\n");
}

function onOrderEvent(message) {
  // A gap: what was missed is fetched.
  if (lastSequence > 0 && message.sequence > lastSequence + 1) resync();
  lastSequence = Math.max(lastSequence, message.sequence);
  orders.put(message.order, message.detail);
  panel.changed(message.order.orderId);
}

function showQuote(quote) {
  showComparison(quote);
  showPlan(quote);
}

function onError(message) {
  if (message.field === "base" || message.field === "quote") showBook(null);
  ticket.showError(message);
}

const handlers = {
  hello: showStatus,
  slot: showStatus,
  order: onOrderEvent,
  fill: (message) => fills.put(message.fill),
  wallet: (message) => {
    wallet.put(message);
    ticket.refresh();
  },
  quote: (message) => {
    if (ticket.showQuote(message)) showQuote(message.error ? null : message);
  },
  book: (message) => {
    const { base, quote } = ticket.pair;
    if (message.error) showBook(null);
    else if (message.base === base && message.quote === quote) showBook(message);
  },
  error: onError,
};

connection.addEventListener("message", ({ detail }) => handlers[detail.type]?.(detail));

// --- the connection

async function resync() {
  if (resyncing) {
    resyncAgain = true;
    return;
  }
  resyncing = true;
  try {
    const [orderList, fillList] = await Promise.all([
      connection.get("/api/orders?limit=100"), connection.get("/api/fills?limit=100"),
    ]);
    orderList.orders.forEach((order) => orders.put(order));
    fillList.fills.forEach((fill) => fills.put(fill));
  } catch (error) {
    notice(wordsOf(error).message);
  }
  resyncing = false;
  if (resyncAgain) {
    resyncAgain = false;
    resync();
  }
}

async function onReady(hello) {
  byId("connection-lost").hidden = true;
  byId("token-form").hidden = true;
  setText(byId("link"), "● live");
  byId("link").className = "link-up";
  notice("");
  if (instanceId !== "" && instanceId !== hello.instanceId) {
    orders.clear(); // another data folder
    panel.close();
    fills.clear();
  }
  instanceId = hello.instanceId;
  lastSequence = hello.lastSequence;
  connection.send({ subscribe: ["orders", "fills", "wallet", "slot"] });
  resync();
  try {
    const [tokens, pairs] = await Promise.all([connection.get("/api/tokens"), connection.get("/api/pairs")]);
    ticket.setMarket(tokens.tokens, pairs.pairs);
  } catch (error) {
    notice(wordsOf(error).message);
  }
}

connection.addEventListener("ready", ({ detail }) => onReady(detail));
connection.addEventListener("health", ({ detail }) => {
  showStatus(detail);
  setText(byId("version"), `version ${detail.version}`);
});
connection.addEventListener("lost", () => {
  setText(byId("connection-lost"), "Connection to the engine lost. What you see may be old; reconnecting …");
  byId("connection-lost").hidden = false;
  setText(byId("link"), "○ not connected");
  byId("link").className = "link-down";
});
connection.addEventListener("unauthorized", () => {
  byId("token-form").hidden = false;
  byId("token").focus();
});
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  connection.token = byId("token").value.trim();
  connection.open();
});

// --- what goes out

ticket.addEventListener("pair", () => {
  const { base, quote } = ticket.pair;
  if (base && quote) connection.send({ subscribe: ["book"], base, quote });
});
ticket.addEventListener("query", () => {
  const query = ticket.query;
  if (query) {
    connection.send({ subscribe: ["quotes"], ...query });
  } else {
    connection.send({ unsubscribe: ["quotes"] });
    showQuote(null);
  }
});
ticket.addEventListener("order", async ({ detail }) => {
  try {
    orders.put(await connection.post("/api/orders/execute", detail));
    ticket.sent(null);
  } catch (error) {
    ticket.sent(wordsOf(error));
  }
});

async function cancelOrder(id) {
  try {
    orders.put(await connection.post(`/api/orders/${id}/cancel`, {}));
    notice("");
  } catch (error) {
    notice(wordsOf(error).message);
  }
}

// Asks once more in its own place; nothing else on the page is blocked meanwhile.
byId("reset-wallet").addEventListener("click", async () => {
  const button = byId("reset-wallet");
  if (button.dataset.asked !== "true") {
    button.dataset.asked = "true";
    setText(button, "Really? All balances go back to the start");
    setTimeout(() => {
      button.dataset.asked = "false";
      setText(button, "Reset to the start balances");
    }, RESET_QUESTION_MS);
    return;
  }
  button.dataset.asked = "false";
  setText(button, "Reset to the start balances");
  try {
    wallet.put(await connection.post("/api/wallet/reset", {}));
    setText(byId("wallet-error"), "");
    ticket.refresh();
  } catch (error) {
    setText(byId("wallet-error"), wordsOf(error).message);
  }
});

connection.open();
