// Makes the pages live: without this file everything works by links and forms. No state is kept here but what is shown.
"use strict";

const now = () => Date.now() / 1000 + skew;
const skew = Number(document.documentElement.dataset.now) - Date.now() / 1000; // the server's clock decides
const byId = (id) => document.getElementById(id);

// Durations, written as engine/api/console/wording.py writes them.
function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86400)} d ${two(Math.floor((whole % 86400) / 3600))} h`;
}
function tick(root = document) {
  for (const each of root.querySelectorAll("[data-since]")) {
    const text = duration(now() - Date.parse(each.dataset.since) / 1000);
    if (each.textContent !== text) each.textContent = text;
  }
}

// Fetch a page and take parts of it. Signed out: go where one can sign in.
async function fetchPage(address, options = {}) {
  const reply = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  if (reply.status === 401) location.reload();
  if (!reply.ok && reply.status !== 400) throw new Error(`status ${reply.status}`);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  tick(page);
  return page;
}
const arrive = (row) => {
  const tint = getComputedStyle(document.documentElement).getPropertyValue("--tint");
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) row.animate([{ backgroundColor: tint }, {}], 1500);
};
// Bring `old` to what `fresh` is; rows that are the same stay, so that focus and selection do too.
function merge(old, fresh) {
  const rows = (root) => new Map([...root.querySelectorAll("[id]:is(tr, li)")].map((row) => [row.id, row]));
  const body = old.querySelector("tbody, ol"), freshBody = fresh.querySelector("tbody, ol");
  if (!body || !freshBody || body.tagName !== freshBody.tagName || !freshBody.querySelector(":scope > [id]")) {
    if (!old.isEqualNode(fresh)) old.replaceChildren(...fresh.childNodes);
    return;
  }
  const known = rows(body);
  for (const [id, row] of known) if (!rows(freshBody).has(id)) row.remove();
  let last = null;
  for (const row of [...freshBody.children]) {
    const before = known.get(row.id);
    if (before) for (const each of before.querySelectorAll("details[open][id]")) row.querySelector(`#${CSS.escape(each.id)}`)?.setAttribute("open", "");
    const keep = before && before.isEqualNode(row) ? before : row;
    if (before && keep !== before) before.replaceWith(keep);
    else if (!before) arrive(keep);
    const place = last ? last.nextElementSibling : body.firstElementChild;
    if (place !== keep) body.insertBefore(keep, place);
    last = keep;
  }
}
function takeOver(page) {
  const focus = document.activeElement && document.activeElement.id;
  for (const old of document.querySelectorAll("[data-live][id]")) {
    const fresh = page.getElementById(old.id);
    if (fresh) merge(old, fresh);
  }
  if (focus && document.activeElement.id !== focus) (byId(focus) || byId("main")).focus({ preventScroll: true });
}
// What a screen reader is told: the last state, no more often than every ten seconds.
let announced = 0, toAnnounce = 0;
function announce() {
  clearTimeout(toAnnounce);
  toAnnounce = setTimeout(() => {
    announced = Date.now();
    for (const each of document.querySelectorAll("[data-announce]")) {
      const text = byId(each.dataset.announce).textContent;
      if (each.textContent !== text) each.textContent = text;
    }
  }, Math.max(0, announced + 10000 - Date.now()));
}

// Streams: open while somebody looks at the page, closed while it is in the background.
function follow(address, listeners, stateChanged = () => {}) {
  let source = null;
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(address());
    source.onopen = () => stateChanged(true);
    source.onerror = () => {
      stateChanged(false);
      if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
      close();
      setTimeout(open, 5000);
      fetchPage(location.href).catch(() => {}); // who is signed out is led to where one signs in
    };
    source.addEventListener("over", () => location.reload());
    for (const [name, act] of Object.entries(listeners)) source.addEventListener(name, act);
  };
  const close = () => { if (source) source.close(); source = null; };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  open();
}
function keepFresh() {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const nudges = document.querySelector("[data-nudges]");
  let timer = 0, due = Infinity, running = false;
  const look = async () => {
    due = Infinity;
    if (document.hidden || byId("dialog").open) return soon(2000);
    running = true;
    try { takeOver(await fetchPage(location.href)); announce(); } catch { /* it is tried again */ }
    running = false;
    soon(15000); // also without a nudge, for what was missed
  };
  const soon = (wait) => {
    if (running && wait > 1500) return;
    if (Date.now() + wait >= due) return;
    clearTimeout(timer);
    due = Date.now() + wait;
    timer = setTimeout(look, wait);
  };
  // What is told may be written down a little later: so once at once, and once more when it is surely there.
  const changed = () => { soon(300); setTimeout(() => soon(0), 1500); };
  const opened = (open) => open && soon(300); // something may have happened before it was
  if (nudges) follow(() => nudges.dataset.nudges, { changed, resync: () => soon(0) }, opened);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(0); });
  soon(nudges ? 15000 : 5000);
}

// The page of events: new rows above, at most 300, none while it is paused.
function showEvents() {
  const list = byId("events");
  if (!list) return;
  const pause = byId("pause"), state = byId("stream-state"), waiting = [];
  let paused = false, position = "";
  const add = (html) => {
    const row = new DOMParser().parseFromString(html, "text/html").querySelector("li");
    if (!row || byId(row.id)) return;
    arrive(row);
    list.prepend(row);
    byId("no-events").hidden = true;
    while (list.children.length > 300) list.lastElementChild.remove();
  };
  const told = () => { pause.querySelector("span").textContent = paused ? `Go on${waiting.length ? ` (${waiting.length} new)` : ""}` : "Pause"; };
  pause.hidden = state.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", paused);
    if (!paused) waiting.splice(0).forEach(add);
    told();
  });
  const address = () => (position ? list.dataset.stream.replace(/after=[^&]*/, `after=${encodeURIComponent(position)}`) : list.dataset.stream);
  follow(address, {
    told: (event) => {
      position = event.lastEventId;
      if (paused) { waiting.push(event.data); if (waiting.length > 300) waiting.shift(); told(); } else add(event.data);
    },
    resync: () => { if (!paused) location.reload(); },
  }, (open) => { const text = open ? "live" : "reconnecting …"; if (state.textContent !== text) state.textContent = text; });
}

// Questions open in a dialog; the form in it is the form of the page it comes from.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]"), dialog = byId("dialog");
  if (event.target.closest("#dialog [data-close]")) { event.preventDefault(); dialog.close(); return; }
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const part = (await fetchPage(link.href)).querySelector("[data-part]");
    dialog.replaceChildren(part);
    dialog.setAttribute("aria-labelledby", "dialog-title");
    dialog.addEventListener("close", () => { const back = byId(link.id); if (back) back.focus(); }, { once: true });
    prepareInputs(dialog);
    dialog.showModal();
  } catch { location.href = link.href; }
});
// A flow's inputs appear when it is chosen.
function prepareInputs(root) {
  for (const button of root.querySelectorAll("[data-inputs-button]")) button.hidden = true;
  for (const choice of root.querySelectorAll("select[data-inputs]")) choice.addEventListener("change", async () => {
    const asked = new URLSearchParams(new FormData(choice.form));
    asked.set("inputs", "show");
    const page = await fetchPage(choice.form.action, { method: "POST", body: asked });
    root.querySelector("#inputs").replaceWith(page.getElementById("inputs"));
  });
}

// What was said or shown once is not asked for again when the page is looked at anew.
const address = new URL(byId("main").dataset.at || location.href, location.href);
address.searchParams.delete("done");
if (address.href !== location.href) history.replaceState(null, "", address);
prepareInputs(document);
keepFresh();
showEvents();
setInterval(tick, 1000);
announce();
