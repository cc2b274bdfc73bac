// Keeps the pages of the door, and the files they are made of, for when there is no network. It never keeps what is
// sent; names leave the phone with the session: once the shop leads to the sign-in page, kept pages are thrown away.
"use strict";

const PAGES = "door-pages-1", FILES = "door-files-1";
const KEPT_FOR = 36 * 3600 * 1000; // milliseconds
const WAIT = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), tidy()])));

async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith("door-") && name !== PAGES && name !== FILES) await caches.delete(name);
  }
  const pages = await caches.open(PAGES);
  for (const request of await pages.keys()) {
    const page = await pages.match(request);
    const age = Date.now() - Date.parse(page?.headers.get("Date") ?? "");
    if (!(age < KEPT_FOR)) await pages.delete(request);
  }
}

const isPage = (url) => /^\/staff\/door\/([0-9a-f-]{36})?$/.test(url.pathname);
const isFile = (url) => url.pathname.includes("/static/");

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && isPage(url)) event.respondWith(freshPage(event.request, url));
  else if (isFile(url)) event.respondWith(keptFile(event));
});

async function fromTheShop(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT);
  try { return await fetch(request, {signal: stop.signal}); } finally { clearTimeout(timer); }
}

async function freshPage(request, url) {
  await tidy();
  const pages = await caches.open(PAGES);
  let answer;
  try {
    answer = await fromTheShop(request);
  } catch {
    return (await pages.match(url.pathname)) || Response.error();
  }
  if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401) await caches.delete(PAGES);
  else if (answer.ok && !url.search) await pages.put(url.pathname, answer.clone());
  else if (answer.status >= 500) return (await pages.match(url.pathname)) || answer;
  return answer;
}

async function keptFile(event) {
  const files = await caches.open(FILES);
  const kept = await files.match(event.request, {ignoreVary: true});
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok) await files.put(event.request, answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => undefined));
  return kept;
}

self.addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data.keep).then(() => event.ports[0]?.postMessage("kept")));
});

async function keep(urls) {
  const pages = await caches.open(PAGES), files = await caches.open(FILES);
  await Promise.all(urls.map(async (address) => {
    const url = new URL(address, self.location.origin);
    if (url.origin !== self.location.origin) return;
    const answer = await fetch(url, {credentials: "same-origin"}).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    if (isPage(url)) await pages.put(url.pathname, answer);
    else if (isFile(url)) await files.put(url.href, answer);
  }));
}
