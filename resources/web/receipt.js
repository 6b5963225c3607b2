// What an order cost and why: a waterfall from the decision to what arrived.

import { bps, display, plain } from "./decimal.js";
import { byId, cell, setText, setTitle, syncRows } from "./dom.js";

const PARTS = [
  ["delay", "Delay", "The market moved between decision and landing"],
  ["priceImpact", "Price impact", "The order's own way along the curves"],
  ["lpFees", "LP fees", "What liquidity providers got"],
  ["protocolFees", "Protocol fees", "The rest of the pools' fees"],
  ["transferFees", "Transfer fees", "What the tokens' mints withheld"],
  ["sandwich", "Sandwich", "Less than without the front-run"],
  ["network", "Network", "Base fee, priority fee and tip"],
];
const MARKOUT_SECONDS = [1, 5, 30, 60];

const negated = (text) => (text.startsWith("-") ? text.slice(1) : `-${text}`);
// "-0.02" → "−0.02", "0.02" → "+0.02".
function signed(text) {
  const digits = text.replace("-", "");
  if (!/[1-9]/.test(digits)) return "0";
  return (text.startsWith("-") ? "−" : "+") + display(digits);
}

// Each begins where the one before it ends, to the unit.
function stepsOf(receipt) {
  let value = BigInt(receipt.decisionOutRaw);
  const steps = [{ name: "Decision value", hint: "The input at the mid price when it was decided", from: 0n, to: value }];
  for (const [key, name, hint] of PARTS) {
    const part = receipt.parts[key];
    const next = value - BigInt(part.amountRaw);
    steps.push({ name, hint, change: negated(part.amount), bps: -part.bps, from: value, to: next });
    value = next;
  }
  steps.push({ name: "Arrived, net", hint: "What arrived, less the network fee", from: 0n, to: value });
  return steps;
}

// Drawing may use floating point. The axis holds the steps, not zero.
function axisOf(steps) {
  const values = steps.map((step) => Number(step.to));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(high - low, high * 1e-6, 1);
  return { from: Math.max(0, low - 0.35 * span), to: high + 0.02 * span };
}

function showSteps(receipt, { token, decimals }) {
  const steps = stepsOf(receipt);
  const axis = axisOf(steps);
  const percent = (value) => ((value - axis.from) / (axis.to - axis.from)) * 100;
  const create = (row) => {
    for (const name of ["", "fall", "number", "number"]) cell(row, name);
    row.cells[1].append(document.createElement("span"));
  };
  syncRows(document.querySelector("#receipt-steps tbody"), steps, create, (row, step) => {
    const [name, fall, amount, points] = row.cells;
    const isTotal = step.change === undefined;
    setText(name, step.name);
    setTitle(name, step.hint);
    const [one, other] = [isTotal ? 0 : percent(Number(step.from)), percent(Number(step.to))];
    const bar = fall.firstChild;
    bar.style.setProperty("--left", `${Math.min(one, other)}%`);
    bar.style.setProperty("--width", `${Math.abs(one - other)}%`);
    let kind = step.to < step.from ? "worse" : "better";
    if (isTotal) kind = "total";
    if (!isTotal && step.to === step.from) kind = "none";
    row.className = kind;
    const text = isTotal ? plain(step.to, decimals) : step.change;
    setText(amount, isTotal ? display(text) : signed(text));
    setTitle(amount, `${text} ${token}`);
    setText(points, isTotal ? "" : bps(step.bps));
  });
  setText(byId("receipt-unit"), token);
}

function factsOf(receipt, token) {
  const amount = (text) => `${display(text)} ${token}`;
  const other = (route) => (route ? `${amount(route.amountOut)}, ${bps(route.difference.bps)} bps` : "–");
  const routes = receipt.counterfactuals;
  const markouts = MARKOUT_SECONDS.map((seconds) => {
    const taken = receipt.markouts.find((one) => one.seconds === seconds);
    return `${seconds} s ${taken ? bps(taken.difference.bps) : "–"}`;
  });
  return [
    ["Quoted", amount(receipt.quotedOut)],
    ["Arrived", amount(receipt.amountOut)],
    ["Shortfall", `${signed(negated(receipt.shortfall.amount))} ${token}, ${bps(-receipt.shortfall.bps)} bps`],
    ["Effective spread", `${bps(receipt.effectiveSpreadBps)} bps`],
    ["Best Raydium pool", other(routes?.bestRaydium)],
    ["Best Meteora pool", other(routes?.bestMeteora)],
    ["Full route", other(routes?.fullRoute)],
    ["Markouts, bps", markouts.join(" · ")],
  ];
}

export const markoutsPending = (receipt) => !receipt || receipt.markouts.length < MARKOUT_SECONDS.length;

// `output`: the token that arrived, with its decimals. Null: `why` stands in its place.
export function showReceipt(receipt, output, why) {
  byId("receipt").hidden = !receipt;
  setText(byId("receipt-missing"), receipt ? "" : why);
  if (!receipt) return;
  showSteps(receipt, output);
  const list = byId("receipt-facts");
  const facts = factsOf(receipt, output.token);
  if (list.children.length !== facts.length * 2) {
    list.replaceChildren(...facts.flatMap(() => [document.createElement("dt"), document.createElement("dd")]));
  }
  facts.forEach(([name, value], index) => {
    setText(list.children[index * 2], name);
    setText(list.children[index * 2 + 1], value);
  });
}
