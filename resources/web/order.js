// One order in full: the route that was planned beside what was filled, and its receipt.

import { byId, setText } from "./dom.js";
import { gapSentence, showPlannedLegs } from "./plan.js";
import { markoutsPending, showReceipt } from "./receipt.js";

// Receipts and markouts come after an order's last event: they are asked for, but not for ever.
const ASK_AGAIN_MS = 1000;
const MOST_ASKS = 120;

function titleOf(order) {
  const exactOut = order.mode === "exactOut";
  const gives = exactOut ? order.tokenIn : `${order.amountIn} ${order.tokenIn}`;
  const gets = exactOut ? `${order.amountOutWanted} ${order.tokenOut}` : order.tokenOut;
  return order.side === "buy" ? `buy ${gets} with ${gives}` : `sell ${gives} for ${gets}`;
}

function boundWords(order) {
  const { plan } = order;
  return order.mode === "exactOut"
    ? `no plan cost less than ${plan.bound} ${order.tokenIn}`
    : `no plan brought more than ${plan.bound} ${order.tokenOut} after network fees`;
}

function missingWords(order) {
  if (order.status === "confirmed") return "No receipt has been made of this order.";
  return order.error || order.status === "cancelled"
    ? "The order did not land: there is no receipt."
    : "The receipt comes once the order has landed.";
}

export class OrderPanel {
  #get;
  #decimalsOf;
  #id = null;
  #timer = 0;
  #asksLeft = 0;

  constructor(get, decimalsOf) {
    this.#get = get;
    this.#decimalsOf = decimalsOf;
    byId("order-close").addEventListener("click", () => this.close());
  }

  open(id) {
    this.#id = id;
    this.#asksLeft = MOST_ASKS;
    this.#ask();
  }
  close() {
    this.#id = null;
    clearTimeout(this.#timer);
    byId("order-detail").hidden = true;
  }
  // Something happened to an order.
  changed(id) {
    if (id === this.#id) this.#ask();
  }

  async #ask() {
    clearTimeout(this.#timer);
    const id = this.#id;
    try {
      const order = await this.#get(`/api/orders/${id}`);
      if (id !== this.#id) return; // another one was opened meanwhile
      this.#show(order);
      if (order.status === "confirmed" && markoutsPending(order.receipt) && this.#asksLeft > 0) {
        this.#asksLeft -= 1;
        this.#timer = setTimeout(() => this.#ask(), ASK_AGAIN_MS);
      }
    } catch (error) {
      if (id === this.#id) setText(byId("order-title"), `The order could not be read. ${error.message}`);
    }
  }

  #show(order) {
    byId("order-detail").hidden = false;
    byId("order-detail").dataset.orderId = order.orderId;
    setText(byId("order-title"), `${titleOf(order)} · ${order.status}`);
    byId("order-title").title = order.orderId;
    const { plan } = order;
    byId("order-plan").hidden = !plan;
    setText(byId("order-gap"), plan ? `${gapSentence(plan, order.route)} when it was planned: ${boundWords(order)}.`
                                    : "No route has been planned yet.");
    if (plan) showPlannedLegs(document.querySelector("#order-legs tbody"), plan.legs, order.fills);
    const output = { token: order.tokenOut, decimals: this.#decimalsOf(order.tokenOut) };
    showReceipt(order.receipt, output, missingWords(order));
  }
}
