// Keeps a page up to date, and gives it keys. Pages work without it.
//
// One tab of a browser holds the stream (GET /api/v1/stream) and passes on what it hears; each tab then fetches its own
// page again, with the rights of whoever looks. The stream says what kind of thing has changed, and never what.
"use strict";
(() => {
  const body = document.body;
  const main = document.getElementById("main");
  const live = document.getElementById("live");
  if (!main || !live || !body.dataset.stream) return;
  const topics = body.dataset.topics.split(" ").filter(Boolean);
  const silence = 35000;  // ms without a word: the connection is lost
  const pollEvery = 15000;
  const refreshEvery = 60000;  // "2 m ago" is to stay true
  let at = Number(body.dataset.at);  // the number of the last change that the page knows
  let shown = null;  // what the server sent last for <main>
  let heardAt = Date.now();
  let fetchedAt = Date.now();
  let due = false;  // something has changed that is not fetched yet
  let fetching = false;
  let polling = false;
  let unread = false;  // news wait until the reader wants them
  let out = false;  // logged out: nothing is fetched any more
  let said = "";

  // -- what is shown ------------------------------------------------------

  const say = (kind, text, button, act) => {
    if (said === text) return;
    said = text;
    live.className = kind;
    live.textContent = text;
    if (!button) return;
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = button;
    made.addEventListener("click", act);
    live.append(" ", made);
  };
  const well = () => {
    body.classList.remove("stale");
    if (out) say("news", "You are logged out.", "Log in", () => location.reload());
    else if (unread) say("news", "There is news.", "Show it", () => fetchPage(true));
    else say("well", polling ? "○ every 15 s" : "● live");
  };
  const lost = () => {
    body.classList.add("stale");
    say("lost", "✗ connection lost, trying again");
  };

  const edited = (field) => {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return false;
    return field.value !== field.defaultValue;
  };
  // Whether somebody works with it: then nothing moves.
  const inUse = () => {
    const focused = document.activeElement;
    if (focused !== main && main.contains(focused) && focused.tagName !== "A") return true;
    if ([...main.querySelectorAll("input, textarea")].some(edited)) return true;
    const chosen = [...main.querySelectorAll("select")].some((list) => {
      const options = [...list.options];
      const first = options.findIndex((option) => option.defaultSelected);
      return list.selectedIndex !== Math.max(first, 0);
    });
    if (chosen || main.querySelector("details[open]")) return true;
    const selection = document.getSelection();
    return !selection.isCollapsed && selection.containsNode(main, true);
  };

  const links = () => [...main.querySelectorAll("a[href]")];
  const replace = (text) => {
    const made = document.createElement("template");
    made.innerHTML = text;
    const focused = main.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const index = focused === null ? -1 : links().filter((link) => link.getAttribute("href") === focused)
      .indexOf(document.activeElement);
    const before = [...main.childNodes];
    const after = [...made.content.childNodes];
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      if (!after[i]) before[i].remove();
      else if (!before[i]) main.append(after[i]);
      else if (!before[i].isEqualNode(after[i])) before[i].replaceWith(after[i]);
    }
    shown = text;
    unread = false;
    if (focused !== null && !main.contains(document.activeElement)) {
      const same = links().filter((link) => link.getAttribute("href") === focused);
      (same[index] || same[0] || main).focus({preventScroll: true});
    }
  };

  // -- the page, again ----------------------------------------------------

  // by: the reader wants it now, whatever is in use.
  async function fetchPage(by) {
    if (fetching || out || (document.hidden && !by)) return;
    fetching = true;
    let pause = 100;  // ms
    let later = 2000;
    const quiet = !due && !by;
    due = false;
    try {
      const answer = await fetch(location.href, {headers: {"X-Part": "main"}, cache: "no-store"});
      fetchedAt = Date.now();
      out = answer.redirected || answer.status === 401 || answer.status === 403;
      if (out) return well();
      const type = answer.headers.get("Content-Type") || "";
      if (!type.startsWith("text/html") || answer.status >= 500 || answer.status === 429) {
        later = Math.max(later, 1000 * Number(answer.headers.get("Retry-After")));
        throw new Error(String(answer.status));
      }
      const text = await answer.text();
      at = Math.max(at, Number(answer.headers.get("X-At")));
      heardAt = Date.now();
      if (text === shown) unread = false;
      else if (by || !inUse()) replace(text);
      else unread = unread || !quiet;
      well();
    } catch (error) {
      due = !quiet;
      pause = later;
      if (by) say("lost", "That did not work (" + error.message + "), trying again");
    } finally {
      fetching = false;
    }
    if (due) setTimeout(fetchPage, pause);  // what came meanwhile, or once more
  }

  // -- what was heard -----------------------------------------------------

  const name = "carillon-stream " + body.dataset.stream;
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(name) : null;

  // {kind: "change" | "beat", id, topics} or {kind: "full"}: no stream is to be had.
  const take = (told) => {
    heardAt = Date.now();
    // Perhaps whoever looks may no longer: that is to be known at once.
    if (told.kind === "full" && !polling) fetchedAt = 0;
    polling = told.kind === "full";
    well();
    if (polling || told.id <= at) return;
    // A beat with a number that is not known: a change was not heard of.
    if (told.kind === "beat" || told.topics.some((topic) => topics.includes(topic))) {
      due = topics.length > 0;
      if (due) fetchPage(false);
    }
    if (!due) at = told.id;
  };
  const tell = (told) => {
    if (channel) channel.postMessage(told);
    take(told);
  };
  if (channel) channel.addEventListener("message", (event) => take(event.data));

  let source = null;
  const listen = () => {
    source = new EventSource(body.dataset.stream);
    const hear = (event) => tell({kind: event.type, id: Number(event.lastEventId), topics: event.data.split(" ")});
    source.addEventListener("beat", hear);
    source.addEventListener("change", hear);
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;  // the browser tries again by itself
      tell({kind: "full"});
      setTimeout(listen, 30000);
    });
  };

  // Who holds the stream: by a lock, or (over plain HTTP, where browsers have none) by a note with a time.
  const lead = () => {
    if (navigator.locks) {
      navigator.locks.request(name, () => {
        listen();
        return new Promise(() => {});  // until the tab is gone
      });
      return;
    }
    const mine = Math.random().toString(36);
    const note = () => (localStorage.getItem(name) || "").split(" ");
    const renew = () => localStorage.setItem(name, mine + " " + (Date.now() + silence));
    const look = () => {
      if (source) return;
      if (Number(note()[1] || 0) > Date.now()) return;
      renew();
      setTimeout(() => {
        if (source || note()[0] !== mine) return;
        listen();
        source.addEventListener("beat", renew);
        source.addEventListener("change", renew);
      }, 100);
    };
    addEventListener("pagehide", () => {
      if (source && note()[0] === mine) localStorage.removeItem(name);
    });
    addEventListener("storage", (event) => {
      if (event.key === name && !event.newValue) setTimeout(look, Math.random() * 200);
    });
    setInterval(look, 5000);
    look();
  };
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  setInterval(() => {
    if (document.hidden) return;
    if (!polling && Date.now() - heardAt > silence) {
      lost();
    } else if (topics.length && Date.now() - fetchedAt > (polling ? pollEvery : refreshEvery)) {
      due = due || polling;
      fetchPage(false);
    }
    if (polling && Date.now() - heardAt > 3 * pollEvery) lost();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && due) fetchPage(false);
  });
  if (typeof EventSource === "function") lead();
  else polling = true;

  // -- keys -----------------------------------------------------------------

  const help = [["/", "search"], ["j, k", "next row, the one before"], ["o", "open it"], ["?", "this"]];
  const off = "carillon-keys-off";
  let dialog = null;
  const showHelp = () => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", "Keys");
      const title = document.createElement("h2");
      title.textContent = "Keys";
      const list = document.createElement("dl");
      list.className = "facts";
      for (const [key, what] of help) {
        const name = document.createElement("dt");
        name.append(Object.assign(document.createElement("kbd"), {textContent: key}));
        list.append(name, Object.assign(document.createElement("dd"), {textContent: what}));
      }
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = !localStorage.getItem(off);
      box.addEventListener("change", () => box.checked ? localStorage.removeItem(off) : localStorage.setItem(off, "1"));
      label.append(box, " these keys work (? always does)");
      const form = Object.assign(document.createElement("form"), {method: "dialog"});
      form.append(Object.assign(document.createElement("button"), {textContent: "Close"}));
      dialog.append(title, list, label, form);
      body.append(dialog);
    }
    dialog.showModal();
  };
  const walk = (step) => {
    const rows = [...main.querySelectorAll("tbody tr, .cards li, main > ul li")]
      .filter((row) => row.querySelector("a[href]"));
    if (!rows.length) return;
    const here = rows.findLastIndex((row) => row.contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
    rows[next].querySelector("a[href]").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    if (event.key !== "?" && localStorage.getItem(off)) return;
    const focused = document.activeElement;
    if (event.key === "/") document.querySelector(".search input").focus();
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "o" && focused && focused.matches("main a[href]")) focused.click();
    else if (event.key === "?") showHelp();
    else return;
    event.preventDefault();
  });
})();
