// Makes the page quicker to use. Everything works without it: each form posts, and the page
// comes back. This script sends the same forms in the background and puts the answer in place.
"use strict";

(() => {
  const WATCH_MILLISECONDS = 20000;
  const app = document.getElementById("app");
  const scroll = document.getElementById("scroll");
  const box = () => document.getElementById("text");
  let busy = false;

  const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (n) => n.toString(16)).join("");

  const show = (element) => {
    if (element) element.scrollIntoView({ block: "start" });
    else scroll.scrollTop = scroll.scrollHeight;
  };

  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;

  // The conversation keeps the entries that did not change, so that only what is new is read out.
  const renewLog = (fresh) => {
    const log = document.getElementById("log");
    const coming = Array.from(fresh.getElementById("log").children);
    const kept = new Map(Array.from(log.children, (entry) => [entry.id, entry]));
    const ids = new Set(coming.map((entry) => entry.id));
    for (const [id, entry] of kept) if (!ids.has(id)) entry.remove();
    let changed = null;
    let place = log.firstElementChild;
    for (const entry of coming) {
      const old = kept.get(entry.id);
      if (!old) {
        log.insertBefore(entry, place);
        changed = changed ?? entry;
        continue;
      }
      place = old.nextElementSibling;
      if (withoutTokens(old) !== withoutTokens(entry)) {
        old.replaceWith(entry);
        changed = changed ?? entry;
      }
    }
    return changed;
  };

  const withoutTokens = (entry) => {
    const copy = entry.cloneNode(true);
    copy.querySelectorAll("input[type=hidden]").forEach((input) => {
      if (input.name !== "entry") input.remove();
    });
    copy.querySelectorAll("details[open]").forEach((details) => details.removeAttribute("open"));
    return copy.innerHTML;
  };

  const swap = (fresh, id) => {
    const coming = fresh.getElementById(id);
    document.getElementById(id).innerHTML = coming ? coming.innerHTML : "";
  };

  // What had the focus, so that it has it again when its part of the page was replaced.
  const focusName = (element) => {
    if (!element || element === document.body) return null;
    if (element.id) return { id: element.id };
    const form = element.form;
    return form ? { action: form.getAttribute("action"), name: element.name, value: element.value } : null;
  };

  const refocus = (was) => {
    if (!was || (document.activeElement && document.activeElement !== document.body)) return;
    const found = was.id
      ? document.getElementById(was.id)
      : Array.from(document.querySelectorAll(`form[action="${CSS.escape(was.action)}"] button`)).find(
          (button) => button.name === was.name && button.value === was.value,
        );
    if (found) found.focus({ preventScroll: true });
  };

  const renew = (fresh, action) => {
    const was = focusName(document.activeElement);
    const end = atEnd();
    const room = fresh.getElementById("app").dataset.room;
    const moved = room !== app.dataset.room;
    document.title = fresh.title;
    if (moved) {
      document.getElementById("log").replaceChildren();
      app.dataset.room = room;
    }
    const open = document.querySelector(".mover").open;
    swap(fresh, "clock");
    document.querySelector(".mover").open = open;
    swap(fresh, "rooms");
    if (action) swap(fresh, "notice");
    const head = fresh.querySelector(".room");
    document.querySelector(".room").innerHTML = head.innerHTML;
    if (moved) {
      scroll.querySelectorAll(".beginning, .earlier").forEach((part) => part.remove());
      const start = fresh.querySelector(".beginning, .earlier");
      if (start) scroll.prepend(start);
    }
    const changed = renewLog(fresh);
    if (action) {
      const panel = document.querySelector(".panel");
      const coming = fresh.querySelector(".panel");
      const same = panel && coming && panel.dataset.form === coming.dataset.form;
      if (!same || action === "/form") swap(fresh, "panel");
      if (coming && (!same || action === "/form")) {
        firstField()?.focus();
      }
    }
    const typed = action === "/say" || moved ? null : box().value;
    const say = fresh.getElementById("say");
    document.querySelector("#say label").textContent = say.querySelector("label").textContent;
    document.querySelector("#say .below span").innerHTML = say.querySelector(".below span").innerHTML;
    box().value = typed ?? say.querySelector("textarea").value;
    grow();
    for (const name of ["token", "nonce", "room"]) {
      const value = fresh.querySelector(`input[name=${name}]`).value;
      document.querySelectorAll(`input[name=${name}]`).forEach((input) => { input.value = value; });
    }
    if (action === "/say" || (action === "/form/close")) box().focus({ preventScroll: true });
    const marker = document.getElementById("new");
    if (moved || (action && action !== "/press") || end) show(changed && marker ? marker : null);
    else if (changed) changed.scrollIntoView({ block: "nearest" });
    refocus(was);
    if (action === "/press" && document.activeElement === document.body && changed) {
      changed.tabIndex = -1;
      changed.focus({ preventScroll: true });
    }
  };

  const firstField = () =>
    document.querySelector(".panel [aria-invalid=true]:checked, .panel [aria-invalid=true]:not([type=radio])") ??
    document.querySelector(".panel [name^='f.']:checked, .panel [name^='f.']:not([type=radio])");

  const trouble = (text) => { document.getElementById("trouble").textContent = text; };

  const fetchPage = async (address, options, action) => {
    if (busy) return false;
    busy = true;
    if (action) app.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options });
      const said = await answer.text();
      const fresh = new DOMParser().parseFromString(said, "text/html");
      if (!fresh.getElementById("app")) {
        const sentence = fresh.querySelector(".refusal p");
        trouble(sentence ? sentence.textContent : said);
        return false;
      }
      trouble("");
      renew(fresh, action);
      history.replaceState(null, "", answer.url);
      return true;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (action) trouble("Duly is not answering. What you typed is still here; try again in a moment.");
      return false;
    } finally {
      busy = false;
      app.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    data.set("nonce", nonce());
    const again = "Start again rebuilds the demonstration and forgets what was said in it. Start again?";
    const action = form.getAttribute("action");
    if (action === "/again" && !window.confirm(again)) return;
    fetchPage(action, { method: "POST", body: new URLSearchParams(data) }, action);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target === box() && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      document.getElementById("say").requestSubmit();
    } else if (event.key === "Escape") {
      const mover = document.querySelector(".mover[open]");
      const cancel = document.querySelector(".panel .cancel");
      if (mover && mover.contains(event.target)) {
        mover.open = false;
        mover.querySelector("summary").focus();
      } else if (cancel && cancel.closest(".panel").contains(event.target)) {
        cancel.form.requestSubmit(cancel);
      }
    }
  });

  document.addEventListener("click", (event) => {
    const mover = document.querySelector(".mover[open]");
    if (mover && !mover.contains(event.target)) mover.open = false;
  });

  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    box().style.height = "auto";
    box().style.height = `${box().scrollHeight}px`;
  };
  document.addEventListener("input", (event) => { if (event.target === box()) grow(); });

  setInterval(() => {
    if (document.visibilityState === "visible" && !document.querySelector(".mover[open]")) {
      fetchPage(location.pathname + location.search, {}, null);
    }
  }, WATCH_MILLISECONDS);

  show(document.getElementById("new"));
  if (window.matchMedia("(min-width: 761px)").matches && !document.querySelector(".panel")) {
    box().focus({ preventScroll: true });
  }
  firstField()?.focus();
})();
