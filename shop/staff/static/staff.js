// The little that pages do by themselves. Everything also works without it, but for the camera and the preview of dates.
"use strict";

// A form that was declined takes the reader to what is wrong with it.
const wrong = document.querySelector("[aria-invalid=true]") || document.querySelector("main .alert-danger[tabindex]");
if (wrong) wrong.focus();

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  window.setTimeout(() => { delete form.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// <form data-preview="/staff/…" data-into="#place">: what is typed is shown as it would be, after a short pause.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = document.querySelector(form.dataset.into);
  let waiting, last;
  const show = async () => {
    last?.abort();
    last = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST", body: new FormData(form), signal: last.signal, headers: {"X-Requested-With": "preview"},
      });
      if (answer.headers.get("Content-Type")?.startsWith("text/html")) place.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = "";
    }
  };
  form.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(show, 300); });
  show();
}

// Whoever leaves takes the names along that the door keeps for when there is no network; what was checked in stays.
const forget = () => { window.caches?.delete("door-pages-1"); };
document.querySelector("form[action$='/staff/sign-out']")?.addEventListener("submit", forget);
if (location.pathname === "/staff/sign-in") forget();
