// The ticket: what is asked, what it would bring, and sending it.

import { bps, display, parseAmount, parsePercent, partOf, plain, ratio } from "./decimal.js";
import { byId, setText, setTitle } from "./dom.js";

const QUOTE_DELAY_MS = 120;
// "Max" of SOL leaves this for network fees.
const SOL_KEPT_BACK_RAW = 100_000_000n;
const FIELD_INPUTS = {
  tokenIn: "base", tokenOut: "quote", amountIn: "amount", amountInRaw: "amount", slippage: "slippage",
  slippageBps: "slippage",
};

export class Ticket extends EventTarget {
  #tokens = new Map();
  #partners = new Map(); // symbol → symbols that a pool trades it with
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
    byId("amount").addEventListener("input", () => this.#changed());
    byId("slippage").addEventListener("input", () => this.#changed());
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
  get tokenIn() {
    return this.#side === "sell" ? this.pair.base : this.pair.quote;
  }
  get tokenOut() {
    return this.#side === "sell" ? this.pair.quote : this.pair.base;
  }

  // What to ask the feed for, or null while the ticket is not complete.
  get query() {
    const decimals = this.#tokens.get(this.tokenIn)?.decimals;
    if (decimals === undefined) return null;
    const amount = parseAmount(byId("amount").value, decimals);
    const slippage = parsePercent(byId("slippage").value);
    if (amount.problem || slippage.problem) return null;
    return {
      tokenIn: this.tokenIn, tokenOut: this.tokenOut, amountInRaw: amount.raw.toString(),
      slippageBps: slippage.bps,
    };
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
    if (message.tokenIn !== query.tokenIn || message.tokenOut !== query.tokenOut ||
        message.amountInRaw !== query.amountInRaw || message.slippageBps !== query.slippageBps) {
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
    this.#fillSelect(byId("quote"), [...(this.#partners.get(byId("base").value) ?? [])].sort(), wanted);
    this.#changed({ pair: true });
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
    const decimals = this.#tokens.get(this.tokenIn)?.decimals ?? 0;
    const amount = parseAmount(byId("amount").value, decimals);
    const slippage = parsePercent(byId("slippage").value);
    if (amount.problem && byId("amount").value.trim() !== "") {
      return { field: "amountIn", message: `Amount: ${amount.problem}` };
    }
    return slippage.problem ? { field: "slippage", message: slippage.problem } : null;
  }

  #preview() {
    const selling = this.#side === "sell";
    const problem = this.#localProblem();
    if (problem) this.showError(problem);
    const token = this.#tokens.get(this.tokenIn);
    setText(byId("amount-label"), selling ? `Sell this much ${this.tokenIn}` : `Spend this much ${this.tokenIn}`);
    if (token) {
      const free = plain(this.#freeRaw(token.symbol), token.decimals);
      setText(byId("free"), `free ${display(free)} ${token.symbol}`);
      setTitle(byId("free"), `${free} ${token.symbol}`);
    }
    const submit = byId("submit");
    const typed = byId("amount").value.trim();
    submit.className = `primary ${this.#side}`;
    setText(submit, selling ? `Sell ${typed} ${this.pair.base}`.replace("  ", " ")
                            : `Buy ${this.pair.base}` + (typed === "" ? "" : ` for ${typed} ${this.pair.quote}`));
    submit.disabled = this.#busy || this.query === null;
    this.#showBest();
  }

  #showBest() {
    const quote = this.#quote;
    const best = quote?.best;
    setText(byId("you-get"), best ? `${display(best.amountOut)} ${quote.tokenOut}` : "–");
    setTitle(byId("you-get"), best ? `${best.amountOut} ${quote.tokenOut}` : "");
    setText(byId("at-least"), best ? `${display(best.minAmountOut)} ${quote.tokenOut}` : "–");
    setTitle(byId("at-least"), best ? `${best.minAmountOut} ${quote.tokenOut}` : "");
    setText(byId("price"), best ? `${display(this.#priceOf(quote))} ${this.pair.quote} per ${this.pair.base}` : "–");
    setText(byId("impact"), best?.priceImpactBps === undefined || best.priceImpactBps === null
      ? "–" : `${bps(-Math.abs(best.priceImpactBps))} bps`);
    setText(byId("route"), best ? best.programName : "–");
  }

  // Quote tokens for one base token, whichever way the swap goes.
  #priceOf(quote) {
    const { best } = quote;
    const inDecimals = this.#tokens.get(quote.tokenIn).decimals;
    const outDecimals = this.#tokens.get(quote.tokenOut).decimals;
    return this.#side === "sell"
      ? ratio(best.amountOutRaw, outDecimals, quote.amountInRaw, inDecimals)
      : ratio(quote.amountInRaw, inDecimals, best.amountOutRaw, outDecimals);
  }

  #send() {
    const query = this.query;
    if (!query || this.#busy) return;
    this.#busy = true;
    this.#key ??= crypto.randomUUID();
    this.#clearError();
    this.#preview();
    this.dispatchEvent(new CustomEvent("order", {
      detail: { ...query, side: this.#side, type: "market", idempotencyKey: this.#key },
    }));
  }
}
