// Orders, fills and the wallet.

import { display, ratioOfTexts } from "./decimal.js";
import { byId, cell, localTime, oncePerFrame, setText, setTitle, syncRows } from "./dom.js";
import { amountCell, routeName, venueCell } from "./plan.js";

const MAX_ROWS = 100;
const ICONS = {
  pending: "◌", routing: "⇄", building: "▤", submitted: "↑", confirmed: "✓", failed: "✕", cancelled: "–",
};
const RANK = { pending: 0, routing: 1, building: 2, submitted: 3, confirmed: 4, failed: 4, cancelled: 4 };
const CANCELLABLE = new Set(["pending", "routing", "building"]);

const shortId = (id) => (id.length > 12 ? `${id.slice(0, 5)}…${id.slice(-4)}` : id);

// What one base token was worth in quote tokens: a buy spends the quote token.
function priceOf(side, item) {
  if (!item.amountOut) return null;
  if (item.executedPrice) return side === "buy" ? ratioOfTexts("1", item.executedPrice) : item.executedPrice;
  return side === "buy" ? ratioOfTexts(item.amountIn, item.amountOut) : ratioOfTexts(item.amountOut, item.amountIn);
}

function showPrice(td, side, item) {
  const price = priceOf(side, item);
  const [quote, base] = side === "buy" ? [item.tokenIn, item.tokenOut] : [item.tokenOut, item.tokenIn];
  setText(td, display(price));
  setTitle(td, price ? `${price} ${quote} per ${base}` : "");
}

export class OrdersTable {
  #orders = new Map(); // by id
  #details = new Map(); // last words of the execution path, by id
  #rows = new Map();
  #body = document.querySelector("#orders tbody");
  #onCancel;
  #onOpen;
  #render = oncePerFrame(() => this.#draw());

  constructor({ onCancel, onOpen }) {
    this.#onCancel = onCancel;
    this.#onOpen = onOpen;
  }

  // The newer word on an order stands, whichever way it came.
  put(order, detail) {
    const known = this.#orders.get(order.orderId);
    const newer =
      !known || order.updatedAt > known.updatedAt ||
      (order.updatedAt === known.updatedAt && RANK[order.status] >= RANK[known.status]);
    if (newer) {
      this.#orders.set(order.orderId, order);
      if (detail) this.#details.set(order.orderId, detail);
    }
    this.#render();
  }
  sideOf(id) {
    return this.#orders.get(id)?.side ?? "sell";
  }
  clear() {
    this.#orders.clear();
    this.#details.clear();
    this.#render();
  }

  #draw() {
    // Ids are time-ordered text.
    const ids = [...this.#orders.keys()].sort().reverse();
    for (const id of ids.splice(MAX_ROWS)) {
      this.#orders.delete(id);
      this.#details.delete(id);
    }
    for (const [id, row] of this.#rows) {
      if (!this.#orders.has(id)) {
        row.remove();
        this.#rows.delete(id);
      }
    }
    ids.forEach((id, index) => {
      let row = this.#rows.get(id);
      if (!row) {
        row = this.#create(id);
        this.#rows.set(id, row);
      }
      if (this.#body.rows[index] !== row) this.#body.insertBefore(row, this.#body.rows[index] ?? null);
      this.#fill(row, this.#orders.get(id));
    });
    byId("orders-empty").hidden = ids.length > 0;
  }

  #create(id) {
    const row = document.createElement("tr");
    row.dataset.orderId = id;
    for (const name of ["time", "side", "number gives", "number gets", "number price", "state", "note", "action"]) {
      cell(row, name);
    }
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.textContent = "Cancel";
    cancel.setAttribute("aria-label", `Cancel order ${id}`);
    cancel.addEventListener("click", () => this.#onCancel(id));
    const details = document.createElement("button");
    details.type = "button";
    details.className = "details";
    details.textContent = "Details";
    details.setAttribute("aria-label", `Route and receipt of order ${id}`);
    details.addEventListener("click", () => this.#onOpen(id));
    row.cells[7].append(cancel, details);
    return row;
  }

  #fill(row, order) {
    const [time, side, gives, gets, price, state, note, action] = row.cells;
    if (row.dataset.status !== order.status) row.dataset.status = order.status;
    setText(time, localTime(order.createdAt));
    setTitle(time, `${order.orderId} · slot ${order.createdSlot}`);
    setText(side, order.side === "buy" ? "▲ buy" : "▼ sell");
    side.className = `side ${order.side}`;
    // What arrives was ordered: what it may cost is a limit.
    const exactOut = order.mode === "exactOut";
    setText(gives, `${exactOut ? "≤ " : ""}${display(order.amountIn)} ${order.tokenIn}`);
    setTitle(gives, `${exactOut ? "at most " : ""}${order.amountIn} ${order.tokenIn}`);
    amountCell(gets, order.amountOut ?? order.amountOutWanted, order.tokenOut);
    showPrice(price, order.side, order);
    setText(state, `${ICONS[order.status] ?? "?"} ${order.status}`);
    state.className = `state ${order.status}`;
    setText(note, this.#noteOf(order));
    setTitle(note, note.textContent + (order.txHash ? `\nTransaction ${order.txHash}` : ""));
    action.firstChild.hidden = !CANCELLABLE.has(order.status);
  }

  #noteOf(order) {
    if (order.error) return order.error.message;
    if (order.status === "confirmed" && order.plan) {
      return `${routeName(order.plan.legs)} · ${shortId(order.txHash ?? "")}`;
    }
    return this.#details.get(order.orderId) ?? (order.plan ? routeName(order.plan.legs) : "");
  }
}

export class FillsTable {
  #fills = new Map();
  #sideOf;
  #body = document.querySelector("#fills tbody");
  #render = oncePerFrame(() => this.#draw());

  constructor(sideOf) {
    this.#sideOf = sideOf;
  }

  put(fill) {
    this.#fills.set(`${fill.at} ${fill.orderId} ${fill.leg}`, fill);
    this.#render();
  }
  clear() {
    this.#fills.clear();
    this.#render();
  }

  #draw() {
    const keys = [...this.#fills.keys()].sort().reverse();
    for (const key of keys.splice(MAX_ROWS)) this.#fills.delete(key);
    const create = (row) => {
      for (const name of ["time", "venue-cell", "number gave", "number got", "number price", "number fee", "number network", "number slot"]) {
        cell(row, name);
      }
    };
    syncRows(this.#body, keys.map((key) => this.#fills.get(key)), create, (row, fill) => {
      const [time, venue, gave, got, price, fee, network, slot] = row.cells;
      row.dataset.orderId = fill.orderId;
      setText(time, localTime(fill.at));
      setTitle(time, `Order ${fill.orderId}`);
      venueCell(venue, fill);
      amountCell(gave, fill.amountIn, fill.tokenIn);
      amountCell(got, fill.amountOut, fill.tokenOut);
      showPrice(price, this.#sideOf(fill.orderId), fill);
      amountCell(fee, fill.fee, fill.feeToken);
      setText(network, fill.networkFeeLamports.toLocaleString("en-US"));
      setText(slot, fill.slot.toLocaleString("en-US"));
    });
    byId("fills-empty").hidden = keys.length > 0;
  }
}

export class WalletTable {
  #balances = new Map(); // by symbol
  #body = document.querySelector("#wallet tbody");

  put(wallet) {
    this.#balances = new Map(wallet.balances.map((balance) => [balance.token, balance]));
    const create = (row) => {
      for (const name of ["", "number", "number"]) cell(row, name);
    };
    syncRows(this.#body, wallet.balances, create, (row, balance) => {
      const [token, free, reserved] = row.cells;
      row.dataset.token = balance.token;
      setText(token, balance.token);
      setTitle(token, balance.mint);
      setText(free, display(balance.free));
      setTitle(free, `${balance.free} ${balance.token}`);
      setText(reserved, balance.reservedRaw === "0" ? "–" : display(balance.reserved));
      setTitle(reserved, `${balance.reserved} ${balance.token}`);
    });
  }
  freeRaw(token) {
    return BigInt(this.#balances.get(token)?.freeRaw ?? "0");
  }
}
