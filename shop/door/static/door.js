// Checking in on a phone. Every act gets an id here and is told to the shop; without network the page decides alone,
// by the list it has and the signature in the code, keeps the act, and tells it later. Told twice, it counts once.
"use strict";

const data = JSON.parse(document.getElementById("door").textContent);
const words = data.words;
const say = (name, facts = {}) => words[name].replace(/\{(\w+)\}/g, (_all, key) => facts[key] ?? "");
const at = (id) => document.getElementById(id);
const WAIT = 6000, ASK_EVERY = 15000, SCAN_EVERY = 150, SAME_CODE = 4000, BATCH = 50;

// ---- What this phone keeps

const memory = new Map(); // where the phone keeps nothing
let keeps = true;
const kept = {
  get(key) { try { return localStorage.getItem(key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { keeps = false; memory.set(key, value); } },
  drop(key) { memory.delete(key); try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  keys(start) {
    let found = [];
    try { found = Object.keys(localStorage); } catch { keeps = false; }
    return [...new Set([...found, ...memory.keys()])].filter((key) => key.startsWith(start));
  },
};
const MINE = `door-act:${data.me}:`;
const STATE = `door-state:${data.departure}`;
const NOTICES = `door-notices:${data.me}`;
const device = (() => {
  let name = kept.get("door-device");
  if (!name) kept.set("door-device", name = `phone-${newId().slice(0, 8)}`);
  return name;
})();

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// Acts that wait, each under its own key so that two tabs do not overwrite one another; in the order they were made.
const queue = {
  all: () => kept.keys(MINE).map((key) => JSON.parse(kept.get(key))).sort((one, other) => one.n - other.n),
  add(act) {
    const n = Number(kept.get("door-n") || 0) + 1;
    kept.set("door-n", String(n));
    kept.set(MINE + act.id, JSON.stringify({...act, n, departure: data.departure}));
  },
  drop: (id) => kept.drop(MINE + id),
};

// ---- How each ticket stands: what the shop last said, and on top of it what still waits here

let told = {now: data.now, state: data.state};
const older = JSON.parse(kept.get(STATE) || "null");
if (older && Date.parse(older.now) > Date.parse(told.now)) told = older;

function standing() {
  const state = {...told.state};
  for (const act of queue.all()) {
    if (act.departure !== data.departure || !act.ticketId) continue;
    state[act.ticketId] = act.act === "admit"
      ? ["redeemed", act.hour, words.this_phone, true, act.id]
      : ["valid", null, null, false];
  }
  return state;
}

function hear(answer) {
  told = {now: answer.now, state: answer.state};
  kept.set(STATE, JSON.stringify(told));
  paint();
}

// ---- Looking at a code without the shop

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function unbase32(text) {
  const bytes = [];
  let bits = 0, value = 0;
  for (const letter of text) {
    const five = LETTERS.indexOf(letter);
    if (five < 0) return null;
    value = ((value << 5) | five) & 0xffff;
    bits += 5;
    if (bits >= 8) { bits -= 8; bytes.push((value >> bits) & 255); }
  }
  return new Uint8Array(bytes);
}

const uuid = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

// Ed25519 (RFC 8032) with the shop's public key; undefined where the browser does not know it.
async function isSigned(raw) {
  try {
    const bytes = Uint8Array.from(atob(data.key), (letter) => letter.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", bytes, {name: "Ed25519"}, false, ["verify"]);
    return await crypto.subtle.verify({name: "Ed25519"}, key, raw.slice(33), raw.slice(0, 33));
  } catch { return undefined; }
}

async function onTheList(code) {
  if (!crypto.subtle) return null;
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code)));
  const hex = [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return Object.keys(data.tickets).find((id) => data.tickets[id].digest === hex) ?? null;
}

// What an entry is: {id} a ticket of this departure, {why} a reason against it.
async function recognise(entry) {
  const plain = entry.normalize("NFKC").trim();
  const squeezed = plain.replace(/\s/g, "").toUpperCase();
  if (!squeezed.startsWith("INS1")) {
    const digits = plain.match(/^(\d{3})[ -]?(\d{3})[ -]?(\d{4})\s*[/ -]\s*(\d{1,3})$/);
    const reference = digits && `${digits[1]}-${digits[2]}-${digits[3]}/${Number(digits[4])}`;
    const id = Object.keys(data.tickets).find((one) => data.tickets[one].reference === reference);
    return id ? {id} : {why: say("not_ours")};
  }
  const listed = await onTheList(squeezed);
  if (listed) return {id: listed};
  const raw = unbase32(squeezed.slice(4));
  if (!raw || raw.length !== 97 || raw[0] !== 1 || !(await isSigned(raw))) return {why: say("not_ours")};
  const departure = uuid(raw.slice(17, 33));
  if (departure !== data.departure) {
    const other = data.others[departure];
    return {why: other ? say("other_date", {tour: other[0], when: other[1]}) : say("other_date_unknown")};
  }
  return {id: uuid(raw.slice(1, 17)), sold: true}; // signed for this departure, sold since the list was taken
}

// What the page decides alone about an act.
async function decide(act) {
  const found = act.ticket ? {id: act.ticket} : await recognise(act.entry);
  const ticket = data.tickets[found.id] || {};
  const about = {ticket: found.id || "", reference: ticket.reference || "", unit: ticket.unit || "", who: ticket.name || ""};
  const no = (text) => ({outcome: "refused", text, ...about});
  if (found.why) return no(found.why);
  if (data.cancelled) return no(say("date_cancelled"));
  const [status, hour, by, , of] = standing()[found.id] || (found.sold ? ["valid"] : ["void"]);
  if (act.act === "undo") {
    if (status !== "redeemed") return no(say("not_admitted"));
    act.of = of ?? null;
    return {outcome: "undone", text: null, ...about};
  }
  if (status === "redeemed") return no(say("used", {at: hour, by}));
  if (status !== "valid") return no(say(status));
  return {outcome: "admitted", text: found.sold && !ticket.unit ? say("not_on_list") : null, ...about};
}

// ---- Talking to the shop

let connected = navigator.onLine;
let trouble = null;

async function ask(url, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT);
  try {
    return await fetch(url, {...options, signal: stop.signal, redirect: "manual", cache: "no-store"});
  } catch { return null; } finally { clearTimeout(timer); }
}

// The form token belongs to the session; after signing in anew a page that was kept has an old one.
async function newToken() {
  const answer = await ask(data.here);
  if (!answer) return "offline";
  if (answer.type === "opaqueredirect" || answer.status === 401) return "signed-out";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("meta[name=csrf-token]");
  if (!answer.ok || !fresh) return "declined";
  document.querySelector("meta[name=csrf-token]").content = fresh.content;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = fresh.content;
  return "new";
}

// The shop's answer to some acts; null without network, or if it cannot be had now (`trouble` then says why).
async function tell(acts, departure, again = true) {
  const body = JSON.stringify({device, acts: acts.map(({id, act, entry, ticket, of, at: when, offline}) =>
    ({id, act, ...(ticket ? {ticket} : {entry}), of: of ?? null, at: when, offline}))});
  const headers = {"Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content};
  const answer = await ask(`${data.door}${departure}/merge`, {method: "POST", body, headers});
  connected = answer !== null && answer.status < 500;
  if (answer?.ok) { trouble = null; return answer.json(); }
  if (!connected) return null;
  if (again && [400, 401, 422].includes(answer.status)) {
    const token = await newToken();
    if (token === "new") return tell(acts, departure, false);
    if (token === "signed-out") trouble = "sign_in_again";
    if (token === "offline") connected = false;
    if (token === "declined") trouble = "not_sent";
  } else trouble = "not_sent";
  return null;
}

// Send what waits. One at a time: two tabs do not send the same, and if they did it would count once.
let sending = false;
async function flush() {
  if (sending) return;
  sending = true;
  let sent = 0;
  try {
    for (;;) {
      const waiting = queue.all();
      if (!waiting.length) break;
      const departure = waiting[0].departure;
      const some = waiting.filter((act) => act.departure === departure).slice(0, BATCH);
      const answer = await tell(some, departure);
      if (!answer) break;
      for (const done of answer.acts) {
        queue.drop(done.id);
        sent += 1;
        if (["double", "unwarranted", "refused"].includes(done.outcome)) note(done);
      }
      if (departure === data.departure) hear(answer);
      if (!answer.acts.length) break;
    }
  } finally { sending = false; }
  if (sent) shortly(say("merged", {count: sent}));
  paint();
}

async function refresh() {
  if (document.hidden) return;
  const answer = await ask(`${data.door}${data.departure}/state`);
  connected = answer !== null && answer.status < 500 && answer.status !== 0 || answer?.type === "opaqueredirect";
  if (answer?.type === "opaqueredirect") trouble = "sign_in_again";
  if (answer?.ok) { trouble = null; hear(await answer.json()); }
  if (connected && queue.all().length) await flush();
  paint();
}

// ---- One act, from the finger to the sentence

let busy = Promise.resolve();
const perform = (kind, what) => (busy = busy.then(() => carryOut(kind, what)));

async function carryOut(kind, what) {
  const moment = new Date();
  const act = {id: newId(), act: kind, at: moment.toISOString(), offline: false, ...what};
  if (kind === "undo") act.of = standing()[act.ticket]?.[4] ?? null;
  let done = null;
  if (queue.all().length) await flush(); // what came before is told before
  if (!queue.all().length) {
    const answer = await tell([act], data.departure);
    if (answer) { done = answer.acts[0]; hear(answer); }
  }
  if (!done) {
    done = await decide(act);
    if (done.outcome !== "refused") {
      const hour = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit", timeZone: data.zone}).format(moment);
      queue.add({...act, offline: true, ticketId: done.ticket, hour});
    }
  }
  paint();
  show(done);
  return done;
}

async function party(id) {
  const state = standing();
  const some = Object.keys(data.tickets).filter((one) => data.tickets[one].party === id && state[one]?.[0] === "valid");
  for (const ticket of some) await perform("admit", {ticket});
}

// ---- What is seen and heard

const STYLES = {admitted: ["ok", "✓"], undone: ["warn", "↩"], withdrawn: ["warn", "↩"], refused: ["no", "✕"], double: ["no", "!"], unwarranted: ["no", "!"]};

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function show(done) {
  const [style, mark] = STYLES[done.outcome];
  const box = at("result");
  const title = element("h2", "");
  title.append(element("span", `${mark} `, {"aria-hidden": "true"}), say(`is_${done.outcome}`));
  box.className = `door-result door-${style}`;
  box.replaceChildren(title);
  if (done.text) box.append(element("p", done.text, {class: "mb-1 fs-5"}));
  if (done.reference) box.append(element("p", `${say("admitted", done)} ${done.reference}`, {class: "mb-1"}));
  const group = data.tickets[done.ticket]?.party;
  if (group && done.outcome !== "refused") {
    const state = standing();
    const all = Object.keys(data.tickets).filter((id) => data.tickets[id].party === group && state[id]?.[0] !== "void");
    const here = all.filter((id) => state[id]?.[0] === "redeemed").length;
    const rest = all.filter((id) => state[id]?.[0] === "valid").length;
    box.append(element("p", say("party", {who: done.who, here, people: all.length}), {class: "mb-2"}));
    if (done.outcome === "admitted" && rest) {
      const more = element("button", say("admit_rest", {count: rest}), {type: "button", class: "btn btn-primary me-2 mb-1"});
      more.addEventListener("click", () => party(group));
      box.append(more);
    }
  }
  if (done.outcome === "admitted") {
    const back = element("button", words.undo, {type: "button", class: "btn btn-outline-secondary mb-1"});
    back.addEventListener("click", () => perform("undo", {ticket: done.ticket}));
    box.append(back);
  }
  box.hidden = false;
  sound(style);
}

let audio = null;
function sound(style) {
  navigator.vibrate?.(style === "no" ? [200, 80, 200] : 80);
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return;
  audio ??= new Context();
  audio.resume?.();
  const notes = {ok: [[880, 0, .12], [1320, .12, .16]], warn: [[660, 0, .18]], no: [[220, 0, .25], [180, .3, .35]]}[style];
  for (const [pitch, start, length] of notes) {
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.type = style === "no" ? "square" : "sine";
    tone.frequency.value = pitch;
    volume.gain.value = .2;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + length);
  }
}

// What must not pass unnoticed stays until somebody has read it, over reloads too.
function note(done) {
  const notes = JSON.parse(kept.get(NOTICES) || "[]");
  const text = done.outcome === "refused" ? `${done.reference} ${done.text ?? ""}`
    : say(done.outcome, {reference: done.reference, why: done.text ?? ""});
  notes.push({id: done.id, title: say(`is_${done.outcome}`), text});
  kept.set(NOTICES, JSON.stringify(notes));
  sound("no");
}

function paintNotices() {
  const notes = JSON.parse(kept.get(NOTICES) || "[]");
  const box = at("notices");
  if (box.dataset.shown === String(notes.map((one) => one.id))) return;
  box.dataset.shown = String(notes.map((one) => one.id));
  box.replaceChildren(...notes.map((one) => {
    const alert = element("div", "", {class: "alert alert-danger", role: "alert"});
    const read = element("button", words.dismiss, {type: "button", class: "btn btn-sm btn-outline-danger ms-2"});
    read.addEventListener("click", () => {
      kept.set(NOTICES, JSON.stringify(JSON.parse(kept.get(NOTICES) || "[]").filter((other) => other.id !== one.id)));
      paintNotices();
    });
    alert.append(element("strong", `${one.title}. `), one.text, read);
    return alert;
  }));
}

let passing = "";
function shortly(text) {
  passing = text;
  setTimeout(() => { passing = ""; paint(); }, 8000);
}

function paint() {
  const state = standing();
  const pending = new Set(queue.all().map((act) => act.ticketId));
  for (const row of document.querySelectorAll("[data-ticket]")) {
    const id = row.dataset.ticket, [status, hour, by, undoable] = state[id] || ["void"];
    row.dataset.status = status;
    row.querySelector(".door-mark").textContent = {valid: "○", redeemed: "✓", blocked: "✕", void: "✕"}[status];
    row.querySelector("[data-words]").textContent = status === "redeemed"
      ? say(pending.has(id) ? "status_pending" : "status_redeemed", {at: hour, by}) : words[`status_${status}`];
    row.querySelector("button:not([data-undo])").hidden = status !== "valid" || data.cancelled;
    row.querySelector("[data-undo]").hidden = !(status === "redeemed" && undoable);
  }
  for (const row of document.querySelectorAll("[data-party]")) {
    const some = Object.keys(data.tickets).filter((id) => data.tickets[id].party === row.dataset.party && state[id]?.[0] !== "void");
    const waiting = some.filter((id) => state[id]?.[0] === "valid").length;
    row.querySelector("[data-count]").textContent = `${some.filter((id) => state[id]?.[0] === "redeemed").length}/${some.length}`;
    const all = row.querySelector("[name=booking]");
    all.textContent = say("admit_all", {count: waiting});
    all.hidden = !waiting || data.cancelled;
  }
  const living = Object.keys(state).filter((id) => !["void", "blocked"].includes(state[id][0]));
  const here = living.filter((id) => state[id][0] === "redeemed").length;
  at("count").textContent = say("here_of", {here, people: Object.keys(state).filter((id) => state[id][0] !== "void").length});
  at("changed").hidden = !Object.keys(state).some((id) => !data.tickets[id]) || !connected;
  paintNet();
  paintNotices();
}

function paintNet() {
  const mine = queue.all().length;
  const others = kept.keys("door-act:").length - kept.keys(MINE).length;
  const parts = [connected ? `● ${words.connected}` : `○ ${words.offline}`];
  if (mine) parts.push(say("queued", {count: mine}));
  if (passing) parts.push(passing);
  if (others > 0) parts.push(say("others_queue", {count: others}));
  if (trouble) parts.push(words[trouble]);
  if (!keeps && mine) parts.push(words.not_kept);
  const text = parts.join(" · ");
  const net = at("net");
  net.hidden = false;
  if (net.dataset.shown === text) return;
  net.dataset.shown = text;
  net.className = `mb-2 ${connected && !trouble ? "small" : "alert alert-warning"}`;
  net.replaceChildren(text);
  if (trouble === "sign_in_again") net.append(" ", element("a", words.sign_in, {href: data.sign_in}));
}

// ---- The camera

const button = at("scan"), video = at("video");
let stream = null;

function startCamera() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) {
    at("no-camera").textContent = words.no_detector;
    at("no-camera").hidden = false;
    return;
  }
  at("camera").hidden = false;
  button.addEventListener("click", () => (stream ? stopScanning() : scan()));
}

async function scan() {
  const detector = new BarcodeDetector({formats: ["qr_code"]});
  try {
    stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}, audio: false});
  } catch {
    at("no-camera").textContent = words.no_camera;
    at("no-camera").hidden = false;
    return;
  }
  video.srcObject = stream;
  video.hidden = false;
  await video.play().catch(() => {});
  button.querySelector("span").textContent = words.stop;
  const seen = new Map();
  while (stream) {
    const codes = await detector.detect(video).catch(() => []);
    for (const {rawValue} of codes) {
      const before = seen.get(rawValue) ?? -SAME_CODE;
      seen.set(rawValue, performance.now());
      if (performance.now() - before >= SAME_CODE) await perform("admit", {entry: rawValue.slice(0, 300)});
    }
    await new Promise((resolve) => { setTimeout(resolve, SCAN_EVERY); });
  }
}

function stopScanning() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.hidden = true;
  button.querySelector("span").textContent = words.scan;
}

// ---- The page

at("entry-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = at("entry"), entry = field.value.trim();
  field.value = "";
  field.focus();
  if (entry) perform("admit", {entry});
});

at("list-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const pressed = event.submitter;
  if (!pressed) return;
  if (pressed.name === "booking") party(pressed.value);
  else perform(pressed.hasAttribute("data-undo") ? "undo" : "admit", {ticket: pressed.value});
});

const find = at("find");
if (Object.keys(data.tickets).length) at("find-box").hidden = false;
find.addEventListener("input", () => {
  const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f -]/g, "").toLowerCase();
  const wanted = fold(find.value);
  for (const row of document.querySelectorAll("[data-party]")) {
    const text = row.querySelector("[data-name]").textContent + row.querySelector("[data-number]").textContent;
    row.hidden = wanted !== "" && !fold(text).includes(wanted);
  }
});

window.addEventListener("online", () => { refresh(); });
window.addEventListener("offline", () => { connected = false; paint(); });
document.addEventListener("visibilitychange", () => { refresh(); });
window.addEventListener("pagehide", () => { if (stream) stopScanning(); });
setInterval(refresh, ASK_EVERY);

// The page stays usable without network: the worker keeps it, with what belongs to it.
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  const controlled = Boolean(navigator.serviceWorker.controller);
  try {
    await navigator.serviceWorker.register(data.worker, {scope: data.door});
    const ready = await navigator.serviceWorker.ready;
    const files = performance.getEntriesByType("resource").map((one) => one.name.split("#")[0])
      .filter((url) => url.startsWith(location.origin) && url.includes("/static/"));
    const pages = controlled ? [] : [data.here, data.door];
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { at("kept").hidden = false; };
    ready.active.postMessage({keep: [...new Set([...files, ...pages])]}, [channel.port2]);
  } catch { /* no worker here: the page works as long as it stays open */ }
}

// Lists of other days do not stay on the phone.
for (const key of kept.keys("door-state:")) {
  const state = JSON.parse(kept.get(key) || "null");
  if (!state || Date.parse(state.now) < Date.now() - 36 * 3600 * 1000) kept.drop(key);
}

startCamera();
paint();
keepPage();
if (queue.all().length) flush();
