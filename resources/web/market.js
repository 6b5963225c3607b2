// What the venues would pay, and the pair's order book.

import { bps, display } from "./decimal.js";
import { byId, cell, setText, setTitle, syncRows } from "./dom.js";
import { venueCell } from "./plan.js";

const LEVELS = 6; // a side

export function showComparison(quote) {
  const quotes = quote?.quotes ?? [];
  const body = document.querySelector("#compare tbody");
  const create = (row) => {
    for (const name of ["", "number", "number", "number", "number"]) cell(row, name);
  };
  setText(byId("compare-unit"), quote ? `you get, ${quote.tokenOut}` : "you get");
  syncRows(body, quotes, create, (row, item) => {
    const [venue, gets, versus, impact, fee] = row.cells;
    row.className = item.best ? "best" : "";
    venueCell(venue, item);
    setText(gets, display(item.amountOut));
    setTitle(gets, `${item.amountOut} ${quote.tokenOut}, ${item.netAmountOut} net of the network fee`);
    setText(versus, item.best ? "★ best" : bps(item.versusBestBps));
    setText(impact, bps(item.priceImpactBps === null ? null : -Math.abs(item.priceImpactBps)));
    setText(fee, item.feeBps === null ? "–" : item.feeBps.toFixed(1));
    setTitle(fee, `${item.fee} ${item.feeToken}`);
  });
  setText(byId("compare-empty"), quote
    ? `No pool trades ${quote.tokenIn} for ${quote.tokenOut} itself: the route goes through other tokens.`
    : "Enter an amount to see what each venue would pay.");
  byId("compare-empty").hidden = quotes.length > 0;
  document.querySelector("#compare").hidden = quotes.length === 0;
}

function showSide(tbody, levels, deepest) {
  const create = (row) => {
    for (const name of ["number", "number", ""]) cell(row, name);
  };
  syncRows(tbody, levels, create, (row, level) => {
    const [price, amount, venue] = row.cells;
    row.className = level.venue;
    setText(price, display(level.price));
    setTitle(price, level.price);
    setText(amount, display(level.amountBase));
    setTitle(amount, `${level.amountBase} for ${level.amountQuote}`);
    venueCell(venue, level);
    // Only the length of a bar: a drawing may use floating point.
    const share = deepest > 0 ? Number(level.amountBase) / deepest : 0;
    row.style.setProperty("--depth", `${(share * 100).toFixed(1)}%`);
  });
}

export function showBook(book) {
  const asks = (book?.asks ?? []).slice(0, LEVELS).reverse();
  const bids = (book?.bids ?? []).slice(0, LEVELS);
  const deepest = Math.max(0, ...[...asks, ...bids].map((level) => Number(level.amountBase)));
  setText(byId("book-price-unit"), book ? `price, ${book.quote}` : "price");
  setText(byId("book-amount-unit"), book ? `amount, ${book.base}` : "amount");
  showSide(byId("asks"), asks, deepest);
  showSide(byId("bids"), bids, deepest);
  const ask = Number(asks.at(-1)?.price ?? NaN);
  const bid = Number(bids[0]?.price ?? NaN);
  const spread = ((ask - bid) / bid) * 1e4;
  setText(byId("spread"), Number.isFinite(spread) ? `spread ${bps(spread)} bps` : "no levels");
}
