// Small helpers. Text goes into the page as text only: never as markup.

export const byId = (id) => document.getElementById(id);

// Writes only what changed: nothing flickers, selections stay.
export function setText(node, text) {
  const value = String(text);
  if (node.textContent !== value) node.textContent = value;
}

export function setTitle(node, title) {
  if (node.title !== title) node.title = title;
}

export function cell(row, className = "") {
  const td = row.insertCell();
  if (className !== "") td.className = className;
  return td;
}

// As many rows as items; `fill(row, item, index)` writes into existing cells.
export function syncRows(tbody, items, create, fill) {
  while (tbody.rows.length > items.length) tbody.deleteRow(-1);
  while (tbody.rows.length < items.length) create(tbody.insertRow());
  items.forEach((item, index) => fill(tbody.rows[index], item, index));
}

export function localTime(iso) {
  const time = new Date(iso);
  const pad = (value, width = 2) => String(value).padStart(width, "0");
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;
}

// Runs a task at most once a frame, however often it is asked for.
export function oncePerFrame(task) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      task();
    });
  };
}
