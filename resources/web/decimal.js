// Amounts as strings and BigInt: base units are 64-bit integers, which Number cannot hold.

const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;
export const MAX_RAW = (1n << 64n) - 1n;

// "12.5" with 6 decimals → {raw: 12500000n} or {problem: "…"}.
export function parseAmount(text, decimals) {
  const trimmed = text.trim().replaceAll(",", "");
  if (trimmed === "") return { problem: "Enter an amount." };
  if (!DECIMAL.test(trimmed)) return { problem: `“${text.trim()}” is not a number.` };
  const [whole, fraction = ""] = trimmed.split(".");
  const significant = fraction.replace(/0+$/, "");
  if (significant.length > decimals) return { problem: `At most ${decimals} decimals.` };
  const raw = BigInt((whole || "0") + significant.padEnd(decimals, "0"));
  if (raw > MAX_RAW) return { problem: "That is more than a token amount can be." };
  if (raw === 0n) return { problem: "The amount must be more than 0." };
  return { raw, text: plain(raw, decimals) };
}

// Percent with two decimals → basis points.
export function parsePercent(text) {
  const trimmed = text.trim();
  if (!DECIMAL.test(trimmed)) return { problem: "Slippage must be a percentage, such as 0.5." };
  const [whole, fraction = ""] = trimmed.split(".");
  const significant = fraction.replace(/0+$/, "");
  if (significant.length > 2) return { problem: "Slippage: at most two decimals." };
  const bps = BigInt((whole || "0") + significant.padEnd(2, "0"));
  if (bps > 10000n) return { problem: "Slippage must be from 0 to 100 %." };
  return { bps: Number(bps) };
}

// Base units → exact decimal text without trailing zeros.
export function plain(raw, decimals) {
  const digits = BigInt(raw).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

const grouped = (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ",");

// For eyes: thousands separated, as many decimals as the size makes meaningful, cut, not rounded
// (nobody is shown more than there is). The exact text belongs into the title.
export function display(text) {
  if (text === null || text === undefined || text === "") return "–";
  const [whole, fraction = ""] = String(text).split(".");
  let places;
  if (whole.length >= 4) places = 2;
  else if (whole !== "0") places = 4;
  else places = Math.min(/^0*/.exec(fraction)[0].length + 6, 12);
  const shown = fraction.slice(0, places);
  return shown === "" ? grouped(whole) : `${grouped(whole)}.${shown}`;
}

// a / b as decimal text with about `significant` digits, cut.
export function ratio(aRaw, aDecimals, bRaw, bDecimals, significant = 9) {
  const a = BigInt(aRaw) * 10n ** BigInt(bDecimals);
  const b = BigInt(bRaw) * 10n ** BigInt(aDecimals);
  if (b === 0n || a === 0n) return "";
  const magnitude = (a / b).toString();
  const lead = a >= b ? magnitude.length : 0;
  let scale = Math.max(significant - lead, 0);
  if (lead === 0) scale += (b / a).toString().length - 1;
  const cut = (a * 10n ** BigInt(scale)) / b;
  return plain(cut, scale);
}

// The same for two decimal texts.
export function ratioOfTexts(a, b) {
  const raw = (text) => BigInt(text.replace(".", ""));
  const decimals = (text) => (text.split(".")[1] ?? "").length;
  return ratio(raw(a), decimals(a), raw(b), decimals(b));
}

export const partOf = (raw, percent) => (BigInt(raw) * BigInt(percent)) / 100n;

// "−1.3", "+0.4", "0.0"; one decimal, with a sign.
export function bps(value) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return (value < 0 ? "−" : "+") + text;
}
