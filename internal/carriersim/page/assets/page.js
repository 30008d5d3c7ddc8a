// Keeps the page live. Everything here is a convenience: the forms and links
// work without it.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const cards = $("#cards"), tiles = $("#tiles"), panel = $("#panel"), main = $("main");
  let selected = new URLSearchParams(location.search).get("phone") || "";
  let source;

  const element = (html) => {
    const t = document.createElement("template");
    t.innerHTML = html.trim();
    return t.content.firstElementChild;
  };

  // Replaces an element without taking the focus, the typed text, the open
  // details or the place of a scrolled list from whoever uses it.
  const swap = (old, html) => {
    const fresh = element(html);
    if (!fresh) { old.replaceChildren(); return null; }
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    for (const input of old.querySelectorAll("input[id], select[id]")) {
      const twin = input.type !== "hidden" && fresh.querySelector("#" + CSS.escape(input.id));
      if (twin && (input === active || input.tagName === "INPUT")) twin.value = input.value;
    }
    for (const d of old.querySelectorAll("details[id]")) {
      const twin = fresh.querySelector("#" + CSS.escape(d.id));
      if (twin) twin.open = d.open;
    }
    const scrolls = [".thread", ".said"].map((s) => [s, $(s, old)]).filter(([, e]) => e).map(([s, e]) => [s, e.scrollTop, e.scrollTop + e.clientHeight > e.scrollHeight - 8]);
    const top = old.scrollTop;
    old.replaceWith(fresh);
    fresh.scrollTop = top;
    for (const [s, at, bottom] of scrolls) { const e = $(s, fresh); if (e) e.scrollTop = bottom ? e.scrollHeight : at; }
    if (active) {
      const again = active.id && document.getElementById(active.id);
      (again || (active === old ? fresh : $("button, [tabindex]", fresh)) || fresh).focus({ preventScroll: true });
    }
    return fresh;
  };

  // Shows how far a sentence has been spoken.
  const speak = (root) => {
    for (const li of root.querySelectorAll("li.open[data-ms]")) {
      const ms = Number(li.dataset.ms), from = Math.min(1, Number(li.dataset.elapsed) / ms);
      if (li.classList.contains("say") && ms > 0) {
        li.animate([{ backgroundSize: `${from * 100}% 3px, auto` }, { backgroundSize: "100% 3px, auto" }], { duration: ms * (1 - from), fill: "forwards" });
      }
    }
  };

  const apply = (p) => {
    $("#bar").innerHTML = p.bar;
    if (p.order) {
      const keep = new Set(p.order.map((id) => "c-" + id));
      for (const c of [...cards.children]) if (!keep.has(c.id)) c.remove();
      let before = cards.firstElementChild;
      for (const id of p.order) {
        let c = document.getElementById("c-" + id);
        const html = p.cards && p.cards[id];
        if (c && html) { const was = c === before; c = swap(c, html); speak(c); if (was) before = c; }
        if (!c && html) { c = element(html); cards.insertBefore(c, before); speak(c); }
        else if (c && c !== before) cards.insertBefore(c, before);
        if (c) before = c.nextElementSibling;
      }
    } else cards.replaceChildren();
    $("#more").hidden = !p.more;
    $("#more").textContent = p.more ? `and ${p.more} more` : "";
    $("#quiet").hidden = cards.children.length > 0;
    for (const [id, html] of Object.entries(p.tiles || {})) {
      const old = document.getElementById("t-" + id);
      if (old) swap(old, html); else place(element(html));
    }
    if (p.tiles) sift();
    if (p.feeds) {
      const box = $("#feeds");
      const fresh = document.createElement("div");
      fresh.id = "feeds"; fresh.className = "feeds"; fresh.innerHTML = p.feeds;
      swap(box, fresh.outerHTML);
    }
    if (p.panel !== undefined && selected) show(p.panel);
  };

  // Tiles stand in the order of their numbers.
  const place = (tile) => {
    const next = [...tiles.children].find((t) => t.dataset.phone > tile.dataset.phone);
    tiles.insertBefore(tile, next || null);
  };

  const show = (html) => {
    const old = $(".handset", panel);
    if (old && html.trim()) speak(swap(old, html));
    else { panel.innerHTML = html; speak(panel); for (const t of panel.querySelectorAll(".thread, .line .said")) t.scrollTop = t.scrollHeight; }
    main.classList.toggle("split", panel.childElementCount > 0);
    announce();
  };

  // Reads out what is newly heard on the selected phone. A region that is
  // itself replaced would not be read, so this one stays.
  let heard = "";
  const announce = () => {
    const lines = [...panel.querySelectorAll(".line .said li")].map((li) => li.textContent);
    const all = selected + lines.join("\n");
    if (all === heard) return;
    if (lines.length) $("#spoken").textContent = lines.at(-1);
    heard = all;
  };

  // Find and filter.
  const sift = () => {
    const words = $("#find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const pick = $("input[name=show]:checked").value;
    let any = false;
    for (const t of tiles.children) {
      const digits = t.dataset.phone, text = t.textContent.toLowerCase();
      const fits = words.every((w) => text.includes(w) || digits.includes(w)) && (pick === "all" || t.dataset[pick] !== "0");
      t.hidden = !fits;
      any ||= fits;
      if (t.dataset.phone === selected) t.setAttribute("aria-current", "true"); else t.removeAttribute("aria-current");
    }
    $("#none").hidden = any || tiles.children.length === 0;
  };

  const listen = () => {
    if (source) source.close();
    source = new EventSource("/_page/events?phone=" + encodeURIComponent(selected));
    source.onmessage = (e) => apply(JSON.parse(e.data));
  };

  const choose = async (phone, push = true) => {
    selected = phone;
    if (push) history.pushState({}, "", phone ? "/?phone=" + encodeURIComponent(phone) : "/");
    if (phone) {
      panel.replaceChildren();
      const r = await fetch("/_page/phone?phone=" + encodeURIComponent(phone));
      show(await r.text());
      if (innerWidth <= 900) panel.scrollIntoView({ block: "start" });
    } else { panel.replaceChildren(); main.classList.remove("split"); }
    sift();
    listen();
  };

  const problem = (text) => {
    const box = $("#problem");
    box.textContent = text;
    box.hidden = !text;
  };

  const send = async (url, data) => {
    const r = await fetch(url, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(data) });
    problem(r.ok ? "" : await r.text());
    return r.ok;
  };

  document.addEventListener("submit", async (e) => {
    const form = e.target;
    e.preventDefault();
    if (form.matches(".find")) return;
    const data = new FormData(form, e.submitter);
    if (await send(form.getAttribute("action"), data) && form.matches(".compose, .add")) form.reset();
  });

  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[href^='/?phone='], a.close");
    if (!link || e.metaKey || e.ctrlKey || e.shiftKey || e.button) return;
    e.preventDefault();
    choose(new URL(link.href).searchParams.get("phone") || "");
  });

  document.addEventListener("input", (e) => { if (e.target.closest(".find")) sift(); });
  addEventListener("popstate", () => choose(new URLSearchParams(location.search).get("phone") || "", false));

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.matches("input, select, textarea");
    if (e.key === "/" && !typing) { e.preventDefault(); $("#find").focus(); return; }
    if (e.key === "Escape" && !typing && selected) { choose(""); return; }
    const at = e.target.closest("[data-state]");
    if (!at || typing) return;
    const phone = at.dataset.phone, state = at.dataset.state;
    if (/^[0-9*#]$/.test(e.key) && state === "talking") send("/_page/act", { phone, press: e.key });
    else if (e.key === "Enter" && state === "ringing" && e.target === at) send("/_page/act", { phone, do: "answer" });
    else if (e.key === "Backspace" && state === "talking") send("/_page/act", { phone, do: "hangup" });
    else if (e.key === "Backspace" && state === "ringing") send("/_page/act", { phone, do: "decline" });
    else return;
    e.preventDefault();
  });

  speak(document);
  sift();
  listen();
})();
