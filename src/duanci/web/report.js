// The text of a report, at its place <report-text data-source="…"> in the panel.
//
// It is fetched from an address of its own, the same for all pages, which the browser keeps. Then
// the place says so by an event, `reporthere`. A reader stays at the paragraph where he or she was
// when the text comes anew: of another build, or with its changes.
(() => {
  "use strict";

  let reading = null; // which paragraph of which report is at the top, and how far it is scrolled

  class ReportText extends HTMLElement {
    static observedAttributes = ["data-source"];

    constructor() {
      super();
      this.addEventListener("scroll", () => this.note(), { passive: true });
    }

    connectedCallback() {
      this.look();
    }

    // Gradio changes the place that is there into the one that is to be there.
    attributeChangedCallback() {
      if (this.isConnected) this.look();
    }

    look() {
      if (this.dataset.source && this.dataset.source !== this.asked) this.load(this.dataset.source);
    }

    async load(source) {
      this.asked = source;
      let text = "";
      try {
        const answer = await fetch(source);
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        text = await answer.text();
      } catch {
        if (source === this.dataset.source) this.complain();
        return;
      }
      if (source !== this.dataset.source) return; // another is under way
      this.innerHTML = text;
      this.goBack();
      this.dispatchEvent(new Event("reporthere", { bubbles: true }));
    }

    complain() {
      const { gone, again } = window.duanci.words();
      this.innerHTML = `<p class="problem" role="alert">${gone} <button type="button">${again}</button></p>`;
      this.querySelector("button").addEventListener("click", () => this.load(this.dataset.source));
    }

    note() {
      const report = this.querySelector(".report");
      const { left, top } = this.getBoundingClientRect();
      const paragraph = document.elementFromPoint(left + 32, top + 16)?.closest(".paragraph");
      if (!report || !this.contains(paragraph)) return;
      const past = top - paragraph.getBoundingClientRect().top;
      reading = { report: report.dataset.report, id: paragraph.dataset.paragraph, past };
    }

    goBack() {
      if (reading?.report !== this.querySelector(".report")?.dataset.report) return;
      const { id, past } = reading;
      const paragraph = this.querySelector(`.paragraph[data-paragraph="${CSS.escape(id)}"]`);
      if (!paragraph) return;
      const settle = (times) => {
        const top = this.getBoundingClientRect().top;
        this.scrollTop += paragraph.getBoundingClientRect().top - top + past;
        // What comes into view is laid out only then, and its size was guessed before.
        if (times) requestAnimationFrame(() => settle(times - 1));
      };
      settle(2);
    }
  }
  customElements.define("report-text", ReportText);
})();
