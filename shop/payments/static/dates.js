// Keeps the progress of a cancelled date up to date, until nothing changes any more by itself.
"use strict";
(() => {
  const EVERY = 4000;
  const again = async () => {
    const here = document.getElementById("progress");
    if (!here || here.dataset.over === "yes") return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const there = page.getElementById("progress");
      if (answer.ok && there) here.replaceWith(document.adoptNode(there));
    } catch { /* no network for the moment: asked again */ }
    setTimeout(again, EVERY);
  };
  setTimeout(again, EVERY);
})();
