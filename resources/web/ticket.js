// The ticket: what is asked, what it would bring, and sending it.

import { bps, display, parseAmount, parsePercent, partOf, plain, ratio } from "./decimal.js";
import { byId, setText, setTitle } from "./dom.js";
import { gapSentence, routeName } from "./plan.js";

const QUOTE_DELAY_MS = 120;
// "Max" of SOL leaves this for network fees.
const SOL_KEPT_BACK_RAW = 100_000_000n;
const FIELD_INPUTS = {
  tokenIn: "base", tokenOut: "quote", amountIn: "amount", amountInRaw: "amount", amountOut: "amount",
  amountOutRaw: "amount", slippage: "slippage", slippageBps: "slippage", routing: "routing", venue: "venue",
  onRevert: "on-revert", deadlineMs: "deadline",
};
const MOST_HOPS = 3;

export class Ticket extends EventTarget {
  #tokens = new Map();
  #partners = new Map(); // symbol → symbols that a pool holds beside it
  #side = "sell";
  #quote = null;
  #timer = 0;
  #key = null; // idempotency key of what is being sent
  #busy = false;
  #quoteFailed = false;
  #freeRaw;

  constructor(freeRaw) {
    super();
    this.#freeRaw = freeRaw;
    byId("base").addEventListener("change", () => this.#fillQuotes(byId("quote").value));
    byId("quote").addEventListener("change", () => this.#changed({ pair: true }));
    byId("side-sell").addEventListener("click", () => this.#setSide("sell"));
    byId("side-buy").addEventListener("click", () => this.#setSide("buy"));
    byId("swap").addEventListener("click", () => this.#swap());
    for (const id of ["unit", "routing", "venue", "on-revert", "deadline"]) byId(id).addEventListener("change", () => this.#changed());
    for (const id of ["amount", "slippage"]) byId(id).addEventListener("input", () => this.#changed());
    for (const button of document.querySelectorAll("[data-percent]")) {
      button.addEventListener("click", () => this.#setShare(BigInt(button.dataset.percent)));
    }
    byId("ticket-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  setMarket(tokens, pairs) {
    this.#tokens = new Map(tokens.map((token) => [token.symbol, token]));
    this.#partners = new Map();
    for (const pair of pairs) {
      for (const [one, other] of [[pair.base, pair.quote], [pair.quote, pair.base]]) {
        if (!this.#partners.has(one)) this.#partners.set(one, []);
        this.#partners.get(one).push(other);
      }
    }
    const symbols = [...this.#partners.keys()].sort();
    const wanted = byId("base").value || (symbols.includes("SOL") ? "SOL" : symbols[0]);
    this.#fillSelect(byId("base"), symbols, wanted);
    this.#fillQuotes(byId("quote").value || "USDC");
  }

  get pair() {
    return { base: byId("base").value, quote: byId("quote").value };
  }
  decimalsOf(symbol) {
    return this.#tokens.get(symbol)?.decimals ?? 0;
  }
  // What exactly is to arrive was typed, not what is given.
  get exactOut() {
    return (byId("unit").value === "quote") === (this.#side === "sell");
  }
  get counted() {
    return this.exactOut ? this.tokenOut : this.tokenIn;
  }
  get tokenIn() {
    return this.#side === "sell" ? this.pair.base : this.pair.quote;
  }
  get tokenOut() {
    return this.#side === "sell" ? this.pair.quote : this.pair.base;
  }

  // What to ask the feed for, or null while the ticket is not complete.
  get query() {
    const decimals = this.#tokens.get(this.counted)?.decimals;
    if (decimals === undefined || this.#isUnroutable()) return null;
    const amount = parseAmount(byId("amount").value, decimals);
    const slippage = parsePercent(byId("slippage").value);
    if (amount.problem || slippage.problem) return null;
    const query = {
      tokenIn: this.tokenIn, tokenOut: this.tokenOut, slippageBps: slippage.bps, routing: byId("routing").value,
      [this.exactOut ? "amountOutRaw" : "amountInRaw"]: amount.raw.toString(),
    };
    if (byId("venue").value !== "") query.venue = byId("venue").value;
    return query;
  }

  // A quote, or its error; one for something that was asked earlier is ignored.
  showQuote(message) {
    const query = this.query;
    if (!query) return false;
    if (message.error) {
      this.#quote = null;
      this.#quoteFailed = true;
      this.showError(message.error);
      this.#preview();
      return true;
    }
    const asked = message.mode === "exactOut"
      ? { amountOutRaw: message.plan.minAmountOutRaw } : { amountInRaw: message.amountInRaw };
    if (message.tokenIn !== query.tokenIn || message.tokenOut !== query.tokenOut ||
        asked.amountInRaw !== query.amountInRaw || asked.amountOutRaw !== query.amountOutRaw ||
        message.slippageBps !== query.slippageBps) {
      return false;
    }
    // What was said about an order that was sent stays until something is changed.
    if (this.#quoteFailed) this.#clearError();
    this.#quote = message;
    this.#preview();
    return true;
  }

  showError(error) {
    setText(byId("ticket-error"), error.message);
    const input = byId(FIELD_INPUTS[error.field] ?? "");
    input?.setAttribute("aria-invalid", "true");
  }

  refresh() {
    this.#preview();
  }

  sent(problem) {
    this.#busy = false;
    if (problem) {
      this.showError(problem);
    } else {
      this.#clearError();
    }
    // Without an answer the same key is used again: the order cannot be placed twice.
    if (!problem?.unanswered) this.#key = null;
    this.#preview();
  }

  #fillSelect(select, symbols, wanted) {
    select.replaceChildren(...symbols.map((symbol) => new Option(symbol, symbol)));
    if (symbols.includes(wanted)) select.value = wanted;
  }
  #fillQuotes(wanted) {
    this.#fillSelect(byId("quote"), this.#reachableFrom(byId("base").value), wanted);
    const { base, quote } = this.pair;
    const counted = byId("unit").value || "base";
    byId("unit").replaceChildren(new Option(base, "base"), new Option(quote, "quote"));
    byId("unit").value = counted;
    this.#changed({ pair: true });
  }
  // Through at most three pools; sorted.
  #reachableFrom(symbol) {
    const reached = new Set([symbol]);
    for (let hop = 0; hop < MOST_HOPS; ++hop) {
      for (const from of [...reached]) (this.#partners.get(from) ?? []).forEach((to) => reached.add(to));
    }
    reached.delete(symbol);
    return [...reached].sort();
  }
  // Only other tokens connect the pair, and the chosen route may not use them.
  #isUnroutable() {
    const { base, quote } = this.pair;
    return byId("routing").value !== "full" && !(this.#partners.get(base) ?? []).includes(quote);
  }
  #setSide(side) {
    this.#side = side;
    byId("side-sell").setAttribute("aria-pressed", String(side === "sell"));
    byId("side-buy").setAttribute("aria-pressed", String(side === "buy"));
    this.#changed();
  }
  #swap() {
    const { base, quote } = this.pair;
    byId("base").value = quote;
    this.#fillQuotes(base);
  }
  #setShare(percent) {
    const token = this.#tokens.get(this.tokenIn);
    if (!token) return;
    let raw = partOf(this.#freeRaw(token.symbol), percent);
    if (token.symbol === "SOL" && percent === 100n) {
      raw = raw > SOL_KEPT_BACK_RAW ? raw - SOL_KEPT_BACK_RAW : 0n;
    }
    byId("unit").value = this.#side === "sell" ? "base" : "quote"; // a share is of what is given
    byId("amount").value = plain(raw, token.decimals);
    this.#changed();
  }

  #changed({ pair = false } = {}) {
    this.#quote = null;
    this.#key = null;
    this.#clearError();
    this.#preview();
    if (pair) this.dispatchEvent(new Event("pair"));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatchEvent(new Event("query")), QUOTE_DELAY_MS);
  }

  #clearError() {
    this.#quoteFailed = false;
    setText(byId("ticket-error"), "");
    for (const id of Object.values(FIELD_INPUTS)) byId(id).removeAttribute("aria-invalid");
  }

  // What is wrong with what was typed, without asking anybody.
  #localProblem() {
    const decimals = this.decimalsOf(this.counted);
    const amount = parseAmount(byId("amount").value, decimals);
    const slippage = parsePercent(byId("slippage").value);
    if (amount.problem && byId("amount").value.trim() !== "") {
      return { field: "amountIn", message: `Amount: ${amount.problem}` };
    }
    if (slippage.problem) return { field: "slippage", message: slippage.problem };
    const { base, quote } = this.pair;
    return this.#isUnroutable()
      ? { field: "routing", message: `No pool trades ${base} against ${quote} itself. “Best route” goes through other tokens.` }
      : null;
  }

  #preview() {
    const problem = this.#localProblem();
    if (problem) this.showError(problem);
    const token = this.#tokens.get(this.tokenIn);
    setText(byId("amount-label"), this.exactOut ? "Amount to receive" : "Amount to spend");
    if (token) {
      const free = plain(this.#freeRaw(token.symbol), token.decimals);
      setText(byId("free"), `free ${display(free)} ${token.symbol}`);
      setTitle(byId("free"), `${free} ${token.symbol}`);
    }
    const submit = byId("submit");
    const typed = byId("amount").value.trim();
    submit.className = `primary ${this.#side}`;
    const verbs = this.#side === "sell" ? ["Sell", "Receive"] : ["Spend", "Buy"];
    setText(submit, `${verbs[Number(this.exactOut)]} ${typed} ${this.counted}`.replace("  ", " "));
    submit.disabled = this.#busy || this.query === null;
    this.#showBest();
  }

  #showBest() {
    const quote = this.#quote;
    const plan = quote?.plan;
    const exactOut = this.exactOut;
    const found = exactOut ? this.tokenIn : this.tokenOut;
    const show = (id, text, token) => {
      setText(byId(id), text === undefined ? "–" : `${display(text)} ${token}`);
      setTitle(byId(id), text === undefined ? "" : `${text} ${token}`);
    };
    setText(byId("get-label"), exactOut ? "You spend" : "You get");
    setText(byId("limit-label"), exactOut ? "At most" : "At least");
    show("you-get", exactOut ? plan?.amountIn : plan?.amountOut, found);
    show("at-least", exactOut ? plan?.maxAmountIn : plan?.minAmountOut, found);
    show("network", plan?.networkCostOut, this.tokenOut);
    setText(byId("price"), plan ? `${display(this.#priceOf(quote))} ${this.pair.quote} per ${this.pair.base}` : "–");
    setText(byId("impact"), plan?.priceImpactBps === undefined || plan.priceImpactBps === null
      ? "–" : `${bps(-Math.abs(plan.priceImpactBps))} bps`);
    const fees = plan?.fees ?? [];
    const feeTexts = fees.map((fee) => `${display(fee.poolFees)} ${fee.token}`);
    setText(byId("pool-fees"), feeTexts.length > 2 ? `in ${feeTexts.length} tokens` : feeTexts.join(" + ") || "–");
    setTitle(byId("pool-fees"), fees.map((fee) => `${fee.poolFees} ${fee.token}`).join(" + "));
    setText(byId("route"), plan ? routeName(plan.legs, plan.paths) : "–");
    setTitle(byId("route"), plan?.tree ?? "");
    setText(byId("gap"), plan
      ? `${gapSentence(plan, { scope: byId("routing").value, venue: byId("venue").value })}.` : "");
  }

  // Quote tokens for one base token, whichever way the swap goes.
  #priceOf({ plan, tokenIn, tokenOut }) {
    const [inDecimals, outDecimals] = [this.decimalsOf(tokenIn), this.decimalsOf(tokenOut)];
    return this.#side === "sell"
      ? ratio(plan.amountOutRaw, outDecimals, plan.amountInRaw, inDecimals)
      : ratio(plan.amountInRaw, inDecimals, plan.amountOutRaw, outDecimals);
  }

  // What becomes of the order after a revert, and until when it may be sent.
  #retries() {
    const deadline = byId("deadline").value;
    return { onRevert: byId("on-revert").value, ...(deadline === "" ? {} : { deadlineMs: Number(deadline) }) };
  }

  #send() {
    const query = this.query;
    if (!query || this.#busy) return;
    this.#busy = true;
    this.#key ??= crypto.randomUUID();
    this.#clearError();
    this.#preview();
    this.dispatchEvent(new CustomEvent("order", {
      detail: { ...query, ...this.#retries(), side: this.#side, type: "market", idempotencyKey: this.#key },
    }));
  }
}
