// The box of questions, and what comes of a question: its answer, or a word that there is none.
(() => {
  "use strict";

  const LONGEST_MS = 60_000; // that a call may take

  const box = () => document.querySelector("#box textarea");

  // Put a text into the box, so that Gradio takes note of it too.
  function fill(text) {
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // What stands in the box when it is asked is what is asked, and leaves the box at once: Gradio
  // reads the box only a moment later, when more may have been typed.
  const asked = window.duanci.asked = [];
  const open = []; // questions under way
  function take() {
    asked.push(box().value);
    open.push(box().value);
    fill("");
  }

  // A question that got no answer is to be asked again, or mended first.
  function end(question, isAnswered) {
    open.splice(open.indexOf(question), 1);
    if (!isAnswered && question.trim() && !box().value) fill(question);
  }

  for (const type of ["keydown", "keypress"]) {
    document.addEventListener(type, (event) => {
      if (event.key !== "Enter") return;
      // The Enter that ends the input of a Chinese word must not send the question.
      if (event.isComposing || event.keyCode === 229) event.stopPropagation();
      else if (type === "keypress" && !event.shiftKey && event.target === box()) take();
    }, true);
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#box button")) take();
  }, true);

  // Gradio tells in English that a call failed, and after a lost connection it loads the page anew:
  // what was said, and a paragraph that is being edited, would be gone. So it gets an answer that
  // changes nothing, and the page says itself what happened. Calls go one after the other, or the
  // answer to an earlier one could come last, and stay.
  const send = window.fetch;
  let last = Promise.resolve(); // the call before
  window.fetch = (address, options) => {
    if (!String(address).endsWith("/run/predict")) return send(address, options);
    const answer = last.then(() => callServer(address, options));
    last = answer.catch(() => {});
    return answer;
  };

  async function callServer(address, options) {
    const call = JSON.parse(options.body);
    const event = window.gradio_config.dependencies.find((one) => one.id === call.fn_index);
    let answer, reason;
    try {
      const headers = new Headers(options.headers);
      if (call.data.length) headers.set("Accept-Language", document.documentElement.lang);
      const signal = AbortSignal.timeout(LONGEST_MS);
      answer = await send(address, { ...options, headers, signal });
      if (!answer.ok) reason = await tellRefusal(answer);
    } catch {
      reason = window.duanci.words().lost;
    }
    if (reason) complain(reason, answer && event);
    else settleComplaint(event);
    const unchanged = { data: event.outputs.map(() => ({ __type__: "update" })), is_generating: false };
    const given = reason ? Response.json(unchanged) : answer;
    if (event.targets.some(([, type]) => type === "submit")) {
      end(call.data[1], (await given.clone().json()).data.some(Array.isArray));
    }
    return given;
  }

  // What stands before the server refuses in one line, in the language of the page.
  async function tellRefusal(answer) {
    const isLine = answer.headers.get("content-type")?.startsWith("text/plain");
    return isLine ? await answer.text() : window.duanci.words().failed;
  }

  // A word that the server is not reached stays until it is; any other until its event succeeds.
  let complaint = null;
  function complain(reason, event) {
    complaint?.line.remove();
    const line = document.createElement("p");
    Object.assign(line, { className: "problem", role: "alert", textContent: reason });
    document.querySelector("#problem").after(line);
    complaint = { line, event };
  }

  function settleComplaint(event) {
    if (!complaint || (complaint.event && complaint.event !== event)) return;
    complaint.line.remove();
    complaint = null;
  }

  // A new answer is read from its beginning: its question goes to the top of the chat, or, where
  // that is so long that little would be seen of the answer, the answer.
  let answers = 0;
  function showNewAnswer() {
    const now = document.querySelectorAll("#chat .bot-row").length;
    if (now > answers) window.duanci.settle(showLast);
    answers = now;
  }

  function showLast() {
    const log = document.querySelector("#chat [role=log]");
    const [question, answer] = Array.from(log.querySelectorAll(".message-row")).slice(-2);
    if (!answer) return; // it was cleared meanwhile
    const first = question.offsetHeight > log.clientHeight / 2 ? answer : question;
    log.scrollTop += first.getBoundingClientRect().top - log.getBoundingClientRect().top - 24;
  }

  new MutationObserver(showNewAnswer).observe(document.body, { childList: true, subtree: true });
})();
