// Opens paragraphs of the report beside the chat and marks what is quoted from them.
//
// An address names a paragraph, and what to mark in it: #p=附件一/2&r=SYMBOL&q=12-40,55-80&b=BUILD,
// with the offsets in characters (code points) of the paragraph's text, whatever JavaScript's
// strings count in. Other addresses ask the server for something: #language=en, #rebuild; it gets
// them through the button #act, see `act`.
(() => {
  "use strict";

  let opener = null; // the citation that was followed, to go back to
  let awaited = null; // the address of a paragraph whose report is not here yet
  let pen = null; // the link that was followed to edit a paragraph
  let opened = null; // the address of the paragraph that was opened last

  const sheet = () => document.getElementById("sheet");
  const reports = () => document.querySelector("#panel .reports");
  const report = () => document.querySelector("#panel .report");

  function readAddress(fragment) {
    const fields = new URLSearchParams(fragment.replace(/^#/, "").replaceAll("+", "%2B"));
    const spans = (fields.get("q") || "").split(",").filter(Boolean)
      .map((span) => span.split("-").map(Number));
    return { id: fields.get("p"), symbol: fields.get("r"), build: fields.get("b"), spans };
  }

  function findParagraph(id, symbol) {
    return Array.from(reports()?.querySelectorAll(".paragraph") ?? []).find((paragraph) =>
      paragraph.dataset.paragraph === id && (!symbol || paragraph.dataset.report === symbol));
  }

  // The token of the page's conversation, which the first answer of the server brings.
  window.duanci.begun = async (token) => {
    for (let tries = 0; !token && tries < 500; tries++) {
      await new Promise((done) => { setTimeout(done, 20); });
      token = document.querySelector("#token :is(textarea, input)")?.value;
    }
    return token;
  };

  // Have the server do what an address asks for; Gradio takes it from the list a moment later.
  const wanted = window.duanci.wanted = [];
  function act(what) {
    wanted.push(what);
    document.querySelector("button#act, #act button").click();
  }

  function unmark() {
    for (const mark of document.querySelectorAll("#panel .text mark")) {
      const parent = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      parent.normalize();
    }
    document.querySelector("#panel .paragraph.here")?.classList.remove("here");
  }

  // Position in UTF-16 units of the given character of a string.
  const unitsUpTo = (text, characters) => Array.from(text).slice(0, characters).join("").length;

  function mark(text, spans) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    let offset = 0;
    for (const node of nodes) {
      const content = node.data;
      const length = Array.from(content).length;
      const pieces = spans
        .map(([start, end]) => [Math.max(start - offset, 0), Math.min(end - offset, length)])
        .filter(([start, end]) => start < end)
        .sort((one, other) => other[0] - one[0]); // from the back, so that offsets stay true
      for (const [start, end] of pieces) {
        const range = document.createRange();
        range.setStart(node, unitsUpTo(content, start));
        range.setEnd(node, unitsUpTo(content, end));
        range.surroundContents(document.createElement("mark"));
      }
      offset += length;
    }
  }

  // Show the paragraph from its number on, or its first mark where that would not fit.
  function bringIntoView(paragraph) {
    window.duanci.settle(() => scrollTo(paragraph));
    paragraph.focus({ preventScroll: true });
  }

  // Bring something into its place, and keep it there a while: what comes near the view is laid out
  // only then, and its size was guessed before. A reader who scrolls ends it.
  let places = 0;
  window.duanci.settle = (bring) => {
    const [place, until] = [++places, performance.now() + 300];
    const again = () => {
      if (place !== places || performance.now() > until) return;
      bring();
      requestAnimationFrame(again);
    };
    again();
  };
  for (const type of ["wheel", "touchmove", "keydown"]) {
    document.addEventListener(type, (event) => {
      if (!event.target.matches?.("textarea")) places++;
    }, { passive: true });
  }

  function scrollTo(paragraph) {
    const panel = reports();
    if (!panel?.contains(paragraph)) return;
    const first = paragraph.querySelector("mark") ?? paragraph;
    const top = panel.getBoundingClientRect().top;
    const fits = first.getBoundingClientRect().bottom - paragraph.getBoundingClientRect().top
      < panel.clientHeight - 48;
    const target = fits ? paragraph : first;
    panel.scrollTop += target.getBoundingClientRect().top - top - 8;
  }

  // What must be asked for before a paragraph can be opened: its report, or the build that it is
  // cited from where that is newer than what is shown (ids of builds begin with their time).
  function missingFor({ symbol, build }) {
    if (symbol && report().dataset.report !== symbol) return `report=${encodeURIComponent(symbol)}`;
    return build && build > report().dataset.build ? "look" : "";
  }

  // Open a paragraph, now or once its report is here; tell whether there is one to open.
  function open(fragment, isPatient = true) {
    const address = readAddress(fragment);
    if (!address.id) return false;
    const missing = report() ? missingFor(address) : "text"; // which is under way
    if (missing && isPatient) {
      if (awaited === fragment) return true;
      awaited = fragment;
      if (!report()) return true;
      act(missing);
      setTimeout(() => awaited === fragment && open(fragment, false), 3000);
      return true;
    }
    awaited = null;
    const paragraph = highlight(address);
    if (!paragraph) return false;
    opened = fragment;
    slide(true);
    bringIntoView(paragraph);
    return true;
  }

  // Mark a paragraph, and in it what is quoted, if it is of the build that the quotation is from.
  function highlight({ id, symbol, build, spans }) {
    const paragraph = report() && findParagraph(id, symbol);
    if (!paragraph) return null;
    unmark();
    paragraph.classList.add("here");
    if (!build || build === report().dataset.build) mark(paragraph.querySelector(".text"), spans);
    return paragraph;
  }

  document.addEventListener("reporthere", () => {
    const fragment = awaited;
    awaited = null;
    if (fragment) open(fragment);
    else if (opened) highlight(readAddress(opened));
  });

  // On a narrow screen the report is a drawer, and nothing behind it can be reached while it is open.
  const narrow = window.matchMedia("(max-width: 820px)");
  function slide(isOpen) {
    sheet().classList.toggle("open", isOpen);
    document.getElementById("talk").inert = isOpen && narrow.matches;
  }
  narrow.addEventListener("change", () => slide(sheet().classList.contains("open")));

  function close() {
    slide(false);
    const back = opener?.isConnected ? opener : document.querySelector("#box textarea");
    back?.focus();
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target.closest?.("a[href], button");
    const contents = document.querySelector("details.contents[open]");
    if (!contents?.contains(event.target)) contents?.removeAttribute("open");
    const isBehind = document.getElementById("talk").inert && !event.target.closest?.("#sheet, #masthead");
    if (isBehind && event.isTrusted) close();
    if (target?.matches("button.previous")) walk(-1);
    if (target?.matches("button.next")) walk(1);
    if (target?.matches("button.close")) close();
    if (target?.matches("button.open-report")) {
      opener = target;
      slide(true);
      reports()?.focus();
    }
    const fragment = target?.getAttribute("href");
    if (!fragment?.startsWith("#")) return;
    event.preventDefault();
    const [name, value] = [fragment.slice(1).split("=")[0], fragment.slice(fragment.indexOf("=") + 1)];
    if (name === "p") follow(target, fragment);
    else if (name === "copy") copy(target, decodeURIComponent(value));
    else if (name === "print") window.print();
    else {
      if (name === "edit") {
        if (isUnsaved() && !window.confirm(window.duanci.words().unsaved)) return;
        pen = target;
      }
      if (name === "language") {
        document.cookie = `duanci-language=${value}; path=/; max-age=31536000; samesite=lax`;
      }
      act(fragment.slice(1));
    }
  });

  document.addEventListener("change", (event) => {
    const list = event.target.closest?.("select[data-act]");
    if (list) act(`${list.dataset.act}=${list.value}`);
  });

  function follow(link, fragment) {
    opener = link;
    link.closest("details.contents")?.removeAttribute("open");
    for (const one of document.querySelectorAll("#chat a.followed")) one.classList.remove("followed");
    link.classList.add("followed");
    if (open(fragment) && location.hash !== fragment) {
      history.pushState(history.state, "", location.pathname + location.search + fragment);
    }
  }

  // Go through the citations of the conversation: forwards, or backwards.
  function walk(step) {
    const links = Array.from(document.querySelectorAll('#chat .citation .source a[href^="#p="]'));
    if (!links.length) return;
    const now = links.findIndex((link) => link.classList.contains("followed"));
    const start = step > 0 ? -1 : links.length;
    const next = links[((now < 0 ? start : now) + step + links.length) % links.length];
    next.scrollIntoView({ block: "nearest" });
    follow(next, next.getAttribute("href"));
  }

  async function copy(link, text) {
    const word = link.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // not allowed, or no clipboard beyond this machine without https
      const box = document.body.appendChild(document.createElement("textarea"));
      box.value = text;
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    link.textContent = window.duanci.words().copied;
    link.setAttribute("role", "status");
    setTimeout(() => { link.textContent = word; link.removeAttribute("role"); }, 2000);
  }

  document.addEventListener("keydown", (event) => {
    const contents = document.querySelector("details.contents[open]");
    if (event.key === "Escape" && contents) {
      contents.removeAttribute("open");
      contents.querySelector("summary").focus();
    } else if (event.key === "Escape" && document.activeElement?.closest("#sheet")) close();
    if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    }
  });

  window.addEventListener("popstate", () => open(location.hash));

  // Whoever begins to edit types at once, and is back at the paragraph when it is done.
  let edited = null; // the paragraph that is being edited, and its text as it was
  function followEditor() {
    const box = document.querySelector("#draft textarea");
    const isOpen = Boolean(box?.offsetParent);
    const paragraph = document.querySelector("#draft-head .draft")?.dataset.paragraph;
    if (isOpen === Boolean(edited) && (!isOpen || paragraph === edited.paragraph)) return;
    edited = isOpen ? { paragraph, text: box.value } : null;
    if (isOpen) box.focus();
    else (pen?.isConnected ? pen : document.querySelector("#panel .paragraph.here"))?.focus();
  }
  const isUnsaved = () => edited && document.querySelector("#draft textarea").value !== edited.text;
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });

  // What is told of the build stays open while it is told anew.
  let isToldOpen = false;
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches("details.build")) isToldOpen = target.open;
  }, true);
  function keepOpen() {
    const build = document.querySelector("details.build");
    if (build && isToldOpen) build.open = true;
  }

  new MutationObserver(() => {
    followEditor();
    keepOpen();
  }).observe(document.body, { childList: true, subtree: true });

  if (location.hash) open(location.hash);
})();
