// Offline page of a BagIt bag: lists its sessions and searches their lines.
// This is a classic script, because browsers load no modules from file: URLs.
"use strict";

(() => {
  const library = window.LIBRARY;
  const shown = document.getElementById("shown");
  const question = document.getElementById("question");
  const count = document.getElementById("count");

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsOf = (text) => plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];

  function element(name, content = "", attributes = {}) {
    const made = document.createElement(name);
    made.textContent = content;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function clock(seconds) {
    const whole = Math.floor(seconds);
    const two = (n) => String(n).padStart(2, "0");
    const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
    return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest}` : rest;
  }

  // A line matches if each search word is a prefix of one of its words.
  function matches(line, wanted) {
    const said = wordsOf(`${line[1]} ${line[2]}`);
    return wanted.every((word) => said.some((other) => other.startsWith(word)));
  }

  function marked(text, wanted) {
    const place = element("p");
    for (const piece of text.split(/([\p{L}\p{N}\p{M}]+)/u)) {
      const hit = piece && wanted.some((word) => plain(piece).startsWith(word));
      place.append(hit ? element("mark", piece) : piece);
    }
    return place;
  }

  function lineItem(line, wanted, player) {
    const [start, speaker, text] = line;
    const item = element("li");
    if (player && start !== null) {
      const go = element("button", clock(start), { type: "button", "aria-label": `Play from ${clock(start)}` });
      go.addEventListener("click", () => {
        player.currentTime = start;
        player.play();
      });
      item.append(go);
    } else {
      item.append(element("span"));
    }
    const said = marked(text, wanted);
    if (speaker) said.prepend(element("b", speaker));
    item.append(said);
    return item;
  }

  function sourcePart(source, wanted) {
    const lines = wanted.length ? source.lines.filter((line) => matches(line, wanted)) : source.lines;
    const part = element("section");
    let player = null;
    if (source.sound) {
      player = element(source.film ? "video" : "audio", "", { controls: "", preload: "none", src: source.sound });
      part.append(player);
    }
    const list = element("ol");
    for (const line of lines) list.append(lineItem(line, wanted, player));
    if (wanted.length) {
      part.append(list);
    } else if (lines.length) {
      const folded = element("details");
      folded.append(element("summary", `Read the words (${lines.length} lines)`), list);
      part.append(folded);
    }
    return { part, found: lines.length };
  }

  function sessionPart(session, wanted) {
    const part = element("article");
    part.append(element("h2", session.title));
    const facts = [session.date, session.people.join(", ")].filter(Boolean).join(" · ");
    part.append(element("p", facts, { class: "facts" }));
    if (!wanted.length && session.description) part.append(element("p", session.description));
    let found = 0;
    for (const source of session.sources) {
      const made = sourcePart(source, wanted);
      if (wanted.length && !made.found) continue;
      found += made.found;
      part.append(made.part);
    }
    return { part, found };
  }

  function show() {
    const wanted = wordsOf(question.value);
    shown.replaceChildren();
    let total = 0;
    let places = 0;
    for (const session of library.sessions) {
      const made = sessionPart(session, wanted);
      if (wanted.length && !made.found) continue;
      total += made.found;
      places += 1;
      shown.append(made.part);
    }
    const sessions = `${places} ${places === 1 ? "session" : "sessions"}`;
    if (!wanted.length) count.textContent = sessions;
    else if (total) count.textContent = `${total} ${total === 1 ? "line" : "lines"} in ${sessions}`;
    else count.textContent = "No line contains these words. Try fewer words, or the beginning of a word.";
  }

  document.title = library.title;
  document.getElementById("title").textContent = library.title;
  document.getElementById("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  question.addEventListener("input", show);
  show();
})();
