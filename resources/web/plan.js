// What a route is: its paths, its legs, and how close it is to the best.

import { bps, display, ratioOfTexts } from "./decimal.js";
import { byId, cell, setText, setTitle, syncRows } from "./dom.js";

const PPB_OF = { ppm: 1_000, bps: 100_000 };
const LIMIT_WORDS = {
  hops: "the number of hops", legs: "the number of legs", bytes: "the size of a transaction",
  computeUnits: "its compute units",
};
const SCOPE_WORDS = { full: "the best possible", split: "the best direct split", single: "the best single pool" };
const VENUE_WORDS = { raydium: " on Raydium", meteora: " on Meteora" };

// "12 ppb", "1.3 ppm", "2.5 bps": rounded up, so that it never claims to be closer than it is.
export function gapText(ppb) {
  if (ppb < PPB_OF.ppm) return `${ppb} ppb`;
  const unit = ppb < PPB_OF.bps ? "ppm" : "bps";
  return `${(Math.ceil(ppb / (PPB_OF[unit] / 10)) / 10).toFixed(1)} ${unit}`;
}

// "Within 12 ppb of the best possible": of the routes that the choice allows.
export function gapSentence(plan, { scope, venue } = { scope: "full" }) {
  const hops = plan.gapWithinHopsPpb;
  const ppb = hops ?? plan.gapPpb;
  const best = SCOPE_WORDS[scope] + (VENUE_WORDS[venue] ?? "") + (hops === undefined ? "" : " in 3 hops");
  return ppb === 0 ? best[0].toUpperCase() + best.slice(1) : `Within ${gapText(ppb)} of ${best}`;
}

// Between what the gap lies. Exact-in counts what is left after the network fee.
function boundSentence({ plan, tokenIn, tokenOut }) {
  if (plan.mode === "exactOut") {
    return `No plan of this routing costs less than ${plan.bound} ${tokenIn}, this one ${plan.amountIn} ${tokenIn}.`;
  }
  const after = plan.networkCostOutRaw === "0" ? "No" : "After network fees no";
  return `${after} plan of this routing brings more than ${plan.bound} ${tokenOut}, this one ${plan.netAmountOut} ${tokenOut}.`;
}

function limitsSentence({ plan, tokenIn, tokenOut }) {
  if (plan.limitedBy.length === 0) return "";
  const names = plan.limitedBy.map((name) => LIMIT_WORDS[name] ?? name).join(" and ");
  const found = plan.mode === "exactOut" ? `costs ${plan.unlimited} ${tokenIn}` : `brings ${plan.unlimited} ${tokenOut}`;
  return `Limited by ${names}; without, the best plan found ${found}.`;
}

export const routeName = (legs, paths = []) => {
  if (legs.length === 1) return legs[0].programName;
  return paths.length > 1 ? `${legs.length} legs, ${paths.length} paths` : `${legs.length} legs`;
};

export function venueCell(td, item) {
  if (td.firstChild?.nodeName !== "SPAN") {
    td.replaceChildren(document.createElement("span"));
  }
  const chip = td.firstChild;
  chip.className = `venue ${item.venue}`;
  setText(chip, item.programName);
  setTitle(td, `Pool ${item.pool}`);
}

export function amountCell(td, amount, token) {
  setText(td, amount === undefined || amount === null ? "–" : `${display(amount)} ${token}`);
  setTitle(td, amount ? `${amount} ${token}` : "");
}

function showPaths(list, plan) {
  const paths = [...plan.paths].sort((one, other) => other.sharePercent - one.sharePercent);
  while (list.children.length > paths.length) list.lastChild.remove();
  while (list.children.length < paths.length) {
    const item = document.createElement("li");
    for (const name of ["way", "share", "bar"]) {
      const part = document.createElement("span");
      part.className = name;
      item.append(part);
    }
    list.append(item);
  }
  paths.forEach((path, index) => {
    const [way, share, bar] = list.children[index].children;
    const legs = path.legs.map((leg) => plan.legs[leg]);
    setText(way, [legs[0].tokenIn, ...legs.map((leg) => leg.tokenOut)].join(" → "));
    setTitle(way, `Legs ${path.legs.map((leg) => leg + 1).join(", ")}`);
    setText(share, path.sharePercent > 0 && path.sharePercent < 0.05 ? "< 0.1 %" : `${path.sharePercent.toFixed(1)} %`);
    bar.style.setProperty("--legs", legs.length);
    bar.style.setProperty("--share", `${Math.max(path.sharePercent, 0.5)}%`);
    bar.replaceChildren(...legs.map((leg) => {
      const part = document.createElement("span");
      part.className = leg.venue;
      return part;
    }));
  });
}

function showLegs(body, legs) {
  const create = (row) => {
    for (const name of ["number", "", "number", "number", "number", "number"]) cell(row, name);
  };
  syncRows(body, legs, create, (row, leg, index) => {
    const [number, venue, gives, gets, fee, move] = row.cells;
    setText(number, index + 1);
    venueCell(venue, leg);
    amountCell(gives, leg.amountIn, leg.tokenIn);
    amountCell(gets, leg.amountOut, leg.tokenOut);
    amountCell(fee, leg.fee, leg.feeToken);
    setText(move, bps(leg.priceMoveBps));
  });
}

// The plan behind a quote; null hides it.
export function showPlan(quote) {
  byId("plan").hidden = !quote;
  if (!quote) return;
  const { plan } = quote;
  showPaths(byId("paths"), plan);
  showLegs(document.querySelector("#plan-legs tbody"), plan.legs);
  setText(byId("plan-bound"), boundSentence(quote));
  setText(byId("plan-limits"), limitsSentence(quote));
}

// What was paid for one token of the input, against the plan, in basis points.
function versusPlan(leg, fill) {
  if (!fill) return null;
  const planned = Number(ratioOfTexts(leg.amountOut, leg.amountIn));
  const filled = Number(ratioOfTexts(fill.amountOut, fill.amountIn));
  return planned > 0 ? (filled / planned - 1) * 1e4 : null;
}

// Planned beside filled.
export function showPlannedLegs(body, legs, fills) {
  const create = (row) => {
    for (const name of ["number", "", "number", "number", "number", "number", "number"]) cell(row, name);
  };
  syncRows(body, legs, create, (row, leg, index) => {
    const fill = fills.find((one) => one.leg === index && one.pool === leg.pool);
    const [number, venue, gives, gets, filled, versus, fee] = row.cells;
    setText(number, index + 1);
    venueCell(venue, leg);
    amountCell(gives, leg.amountIn, leg.tokenIn);
    amountCell(gets, leg.amountOut, leg.tokenOut);
    amountCell(filled, fill?.amountOut, leg.tokenOut);
    setText(versus, bps(versusPlan(leg, fill)));
    amountCell(fee, fill?.fee, fill?.feeToken);
  });
}
