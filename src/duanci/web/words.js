// Has the page speak one language: the words that scripts say, the names that Gradio gives to
// parts of the page, and how old the build is.
(() => {
  "use strict";

  const WORDS = {
    "zh-CN": {
      report: "报告全文",
      log: "问答记录",
      clear: "清空问答",
      like: "答得对",
      dislike: "答得不对",
      down: "到底部",
      copied: "已复制",
      now: "刚刚",
      gone: "没有取到报告的全文。",
      again: "再取一次",
      unsaved: "前一段的修改还没有存入，要放弃吗？",
      lost: "连不上服务器，网页会继续尝试；先前的问答仍可查看。",
      failed: "服务器没有办成这件事。请再试一次；若仍然如此，请重新载入网页。",
    },
    en: {
      report: "Text of the report",
      log: "Conversation",
      clear: "Clear the conversation",
      like: "Right",
      dislike: "Wrong",
      down: "To the end",
      copied: "Copied",
      now: "just now",
      gone: "The text of the report did not come.",
      again: "Try again",
      unsaved: "The other paragraph is not saved yet. Leave it as it was?",
      lost: "The server is not reached; this page keeps trying. What was said before can still be read.",
      failed: "The server could not do this. Try again; if it stays so, load the page anew.",
    },
  };

  // The server chooses the language, by the browser's or by what was chosen here before.
  const language = () => document.querySelector(".masthead")?.dataset.language;
  const words = () => WORDS[language()] ?? WORDS["zh-CN"];
  const said = navigator.languages?.[0] ?? navigator.language ?? "zh";
  const chosen = document.cookie.match(/(?:^|; )duanci-language=(\w+)/)?.[1];
  if (!(chosen ?? said).startsWith("zh")) {
    document.documentElement.classList.add("unsaid"); // the page comes in Chinese: not seen yet
    setTimeout(() => document.documentElement.classList.remove("unsaid"), 3000);
  }

  function takeLanguage() {
    const [tag, root] = [language(), document.documentElement];
    if (!tag || (root.classList.contains("unsaid") && tag === "zh-CN")) return;
    root.classList.remove("unsaid");
    if (root.lang !== tag) root.lang = tag;
  }

  // Gradio names most of these in the browser's language, or reads out markup, and has no setting for
  // them; the report is the same in both languages of the page, and not sent again for its name.
  function nameParts() {
    const { report, log, clear, like, dislike, down } = words();
    name("#panel .reports", () => report);
    name("#chat [role=log]", () => log);
    name("#chat .wrapper > .icon-button-wrapper button", () => clear);
    name("#chat .scroll-down-button-container button", () => down);
    name("#chat .bot-row button, #chat [class*=message-buttons] button", (_, at) => (at % 2 ? like : dislike));
    const misnamed = "[data-testid][aria-label], .example[aria-label]";
    for (const part of document.querySelectorAll(`#chat :is(${misnamed})`)) {
      part.removeAttribute("aria-label");
    }
    // Buttons are no items of a list.
    document.querySelector("#chat .examples[role=list]")?.setAttribute("role", "group");
  }

  // How old the build is, which changes without anything being sent.
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  function tellAge() {
    for (const time of document.querySelectorAll("time.age")) {
      const seconds = Math.max(0, Date.now() - Date.parse(time.dateTime)) / 1000;
      const [unit, length] = UNITS.find((one) => seconds >= one[1]) ?? [];
      const age = unit
        ? new Intl.RelativeTimeFormat(language()).format(-Math.floor(seconds / length), unit)
        : words().now;
      const told = language() === "en" ? ` (${age})` : `（${age}）`;
      if (time.textContent !== told) time.textContent = told;
    }
  }
  setInterval(tellAge, 5_000);

  function name(selector, nameOf) {
    document.querySelectorAll(selector).forEach((part, at) => {
      const given = nameOf(part, at);
      if (part.getAttribute("aria-label") !== given) part.setAttribute("aria-label", given);
      if (part.title && part.title !== given) part.title = given;
    });
  }

  window.duanci = { words };
  new MutationObserver(() => {
    takeLanguage();
    nameParts();
    tellAge();
  }).observe(document.body, { childList: true, subtree: true });
})();
