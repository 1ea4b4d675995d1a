// What a browser adds to the page: choices of agent, period and work, drawings that fit the screen, saving.
// The rows of a figure are read from its table, so a drawing cannot show another number.
(function () {
  "use strict";
  const MOST_DRAWN = 18;  // as when the page was made
  const LABELLER = / \((by [^()]+)\)$/;  // the end of a row's label that says by whom it is labelled
  const PANEL_WIDTH = 175;  // that a panel takes with its axis
  // The library is packed because it was a third of the page. The policy has its hash, as of every script.
  const library = unpacked("library").then((text) =>
    document.head.append(Object.assign(document.createElement("script"), { textContent: text })));
  let specs = {};
  const form = document.getElementById("choices");
  const figures = [...document.querySelectorAll("figure")].map(read);

  async function unpacked(id) {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  function read(element) {
    const listed = element.dataset.keys.split("\n");
    let key = null;  // a row without one is of the choice of the row above it
    const rows = [...element.querySelectorAll("tbody tr")].map((line) => ({ line, key: key = listed[line.dataset.k] ?? key }));
    // Choices of which something is shown: the others have no drawing.
    const keys = new Set(rows.filter((row) => numbers(row.line)[1] !== null).map((row) => row.key));
    return { element, rows, keys, shown: listed[element.dataset.first] ?? null, drawing: element.querySelector(".drawing"), view: null };
  }

  // The nearest choice that a figure has: without the part, then over the whole time, then of the agent.
  function nearest(figure, agent, period, part) {
    const wanted = [[agent, period, part], [agent, period, "all"], [agent, "overall", part], [agent, "overall", "all"],
      [agent, "*", "all"], [agent, "window", "all"]].map((names) => names.join("|"));
    return wanted.find((key) => figure.keys.has(key)) ||
      [...figure.keys].find((key) => key.startsWith(agent + "|")) || null;
  }

  function number(text) { return text ? Number(text) : null; }

  // What a row is drawn from; those that are nothing are left out at its end.
  function numbers(line) {
    const given = line.dataset.v.split(",");
    return Array.from({ length: 10 }, (_, place) => number(given[place]));
  }

  function data(figure) {
    return figure.rows.filter((row) => row.key === figure.shown).map(({ line }, order) => {
      const [x, estimate, low, high, published, published_low, published_high, x_low, x_high, published_x] = numbers(line);
      const [label, , value, interval] = [...line.children].map((cell) => cell.textContent);
      const said = label + ": " + value + (interval ? " [" + interval + "]" : "");
      const by = LABELLER.exec(label)?.[1] ?? "";
      const [name, at, panel] = line.dataset.n?.split("|") ?? [label.replace(LABELLER, ""), "", ""];
      return { label: name, order, x, at, panel, estimate, low, high, published, published_low, published_high, x_low, x_high, published_x, by, said };
    });
  }

  async function draw(figure) {
    if (!figure.drawing) return;
    if (!figure.drawing.clientWidth) {  // folded away: drawn when it is unfolded
      figure.view?.finalize();
      figure.view = null;
      figure.drawing.replaceChildren();
      return;
    }
    const isIntervals = figure.element.dataset.spec.startsWith("intervals");
    const rows = data(figure)
      .filter((row) => row.estimate !== null || row.published !== null || row.published_low !== null)
      .slice(0, isIntervals ? MOST_DRAWN : undefined)
      .map((row) => ("unlabelled" in figure.element.dataset ? { ...row, label: "" } : row));
    figure.view?.finalize();
    figure.view = null;
    if (!rows.length) {
      const said = figure.rows.find((row) => row.key === figure.shown) ??
        figure.rows.find((row) => row.key.startsWith(form.elements.agent.value + "|"));
      figure.drawing.replaceChildren(Object.assign(document.createElement("p"), {
        className: "nothing", textContent: said ? said.line.children[2].textContent : "There is no figure of this agent.",
      }));
      return;
    }
    const spec = specs[figure.element.dataset.spec];
    const place = document.createElement("div");
    const view = new vega.View(vega.parse(spec, null, { ast: true }), {
      expr: vega.expressionInterpreter, renderer: "svg", container: place, hover: true, logLevel: 0,
    });
    view.data("rows", rows).signal("unit", figure.element.dataset.unit);
    for (const [place, name] of (figure.element.dataset.axes?.split("|") ?? []).entries()) view.signal(["across", "up"][place], name);
    if (figure.element.dataset.spec.includes("panels"))
      view.signal("columns", Math.max(1, Math.min(view.signal("columns"), Math.floor(figure.drawing.clientWidth / PANEL_WIDTH))));
    else view.width(Math.min(view.width(), Math.max(120, figure.drawing.clientWidth - room(rows, figure))));
    await view.runAsync();
    figure.view = view;
    figure.drawing.replaceChildren(place);
  }

  // Room that labels take beside a drawing: to its left in intervals, to its right at the end of a line.
  function room(rows, figure) {
    if (figure.element.dataset.axes) return 60;  // names of points are inside
    const longest = Math.max(...rows.map((row) => row.label.length));
    return Math.min(figure.drawing.clientWidth * 0.55, figure.element.dataset.spec.startsWith("intervals") ? 24 + 6.5 * longest : 60 + 6.5 * longest);
  }

  function show(figure, key) {
    const changed = key !== figure.shown;
    figure.shown = key;
    for (const row of figure.rows) row.line.hidden = row.key !== key;
    figure.element.querySelector(".chosen").textContent = key === null ? "" : named(key);
    if (changed) draw(figure);
    const numbers = figure.element.parentElement.querySelector(`[data-of="${figure.element.id}"]`);
    if (changed && numbers) numbers.replaceChildren(...figure.rows.filter((row) => row.key === key).map(big));
  }

  // The number of a card, as the page has it: value, label, and in small print its interval, counts and comparison.
  function big({ line }) {
    const [label, , value, interval, sessions, people, , published] = [...line.children].map((cell) => cell.textContent);
    const isBaseline = "baseline" in line.dataset;
    const isShown = numbers(line)[1] !== null && !isBaseline;
    const detail = isBaseline ? document.querySelector(".cards").dataset.baseline : isShown ? [interval && "95 % interval " + interval, sessions && people && sessions + (sessions === "1" ? " session, " : " sessions, ") + people + (people === "1" ? " person" : " people"),
      published && "published: " + published].filter(Boolean).join(" · ") : value;
    const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
    const paragraph = Object.assign(document.createElement("p"), { className: "number" });
    paragraph.append(made("strong", isShown ? value : "—"), " ", made("span", label), document.createElement("br"), made("small", detail));
    return paragraph;
  }

  function named(key) {
    const [agent, period, part] = key.split("|");
    const text = (name, value) => [...form.elements[name].options].find((option) => option.value === value)?.textContent;
    return [text("agent", agent) || agent, period === "*" ? "every period" : text("period", period) || period,
      part === "all" ? "" : text("part", part) || part].filter(Boolean).join(" · ");
  }

  function choose() {
    const [agent, period, part] = ["agent", "period", "part"].map((name) => form.elements[name].value);
    for (const figure of figures) show(figure, nearest(figure, agent, period, part));
    const isFirst = [...form.elements].every((element) => element.selectedIndex === 0);
    for (const change of document.querySelectorAll(".change")) change.hidden = !isFirst;
  }

  function save(figure, kind) {
    const name = figure.element.id + "." + kind;
    const text = kind === "csv" ? csv(figure) : picture(figure);
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(new Blob([text], { type: kind === "csv" ? "text/csv" : "image/svg+xml" })), download: name,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function csv(figure) {
    const lines = [figure.element.querySelector("thead tr"), ...figure.rows.filter((row) => !row.line.hidden).map((row) => row.line)];
    const quoted = (cell) => '"' + cell.textContent.replaceAll('"', '""') + '"';
    const width = lines[0].children.length;
    return lines.map((line) => Array.from({ length: width }, (_, place) => line.children[place] ? quoted(line.children[place]) : '""').join(",")).join("\n") + "\n";
  }

  // Outside the page its colours are not known: they are written into the picture.
  function picture(figure) {
    const style = getComputedStyle(document.documentElement);
    const svg = figure.drawing.querySelector("svg").cloneNode(true);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    svg.setAttribute("style", "font: " + getComputedStyle(figure.drawing.querySelector("svg")).font);
    svg.querySelectorAll("text:not([fill])").forEach((text) => text.setAttribute("fill", "currentColor"));
    return svg.outerHTML.replaceAll(/var\((--[a-z0-9-]+)\)/g, (_, name) => style.getPropertyValue(name).trim())
      .replaceAll("currentColor", style.getPropertyValue("--text").trim());
  }

  // A browser that cannot unpack it shows the page as it was made, as one without scripts does.
  Promise.all([library, unpacked("specs")]).then(([, text]) => {
    specs = JSON.parse(text);
    start();
  });

  function start() {
    form.hidden = false;
    form.addEventListener("change", choose);
    for (const figure of figures) {
      const saving = Object.assign(document.createElement("span"), { className: "save" });
      for (const kind of figure.drawing ? ["csv", "svg"] : ["csv"]) {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Save as " + kind.toUpperCase() });
        button.dataset.save = kind;
        saving.append(" ", button);
      }
      figure.element.querySelector(".about").append(saving);
      figure.element.addEventListener("click", (event) => {
        if (event.target.dataset?.save) save(figure, event.target.dataset.save);
      });
      figure.drawing?.addEventListener("pointerenter", () => figure.view || draw(figure), { once: true });
    }
    for (const fold of document.querySelectorAll("details.more")) fold.addEventListener("toggle", () => {
      if (fold.open) for (const figure of figures) if (fold.contains(figure.element) && !figure.view) draw(figure);
    });
    choose();
    // On a narrow screen a drawing is made again, at the width it has there, once it comes into view.
    if (window.innerWidth < 640) {
      const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
        if (!entry.isIntersecting) return;
        seen.unobserve(entry.target);
        draw(figures.find((figure) => figure.element === entry.target));
      }), { rootMargin: "400px" });
      figures.forEach((figure) => seen.observe(figure.element));
    }
    document.documentElement.dataset.ready = "true";
  }
})();
