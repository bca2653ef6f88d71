/* What report.html does beside being read: another theme, sorted tables, any number looked up, values of points. It asks nobody and keeps nothing. */
(() => {
  "use strict";
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

  // The theme: what the system says until the reader says otherwise; forgotten with the page.
  const button = one("#theme");
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => document.documentElement.dataset.theme || (systemDark.matches ? "dark" : "light");
  const nameTheme = () => { if (button) button.textContent = theme() === "dark" ? "Light page" : "Dark page"; };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => { document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark"; nameTheme(); });
    systemDark.addEventListener("change", nameTheme);
    nameTheme();
  }

  // Columns of words stand at the left; a number is what a cell begins with.
  const number = (text) => {
    const found = /^[^\d–-]*(-?)\$?(\d[\d,]*\.?\d*(?:e-?\d+)?)/.exec(text.trim());
    return found ? Number(found[1] + found[2].replace(/,/g, "")) : NaN;
  };
  const isNumber = (text) => /^(Δ\s*)?-?\$?\d/.test(text.trim()) && !/^\d{4}(Q\d|-\d\d)/.test(text.trim());
  for (const table of all("main table")) {
    const rows = all("tbody tr", table);
    all("thead th", table).forEach((head, k) => {
      if (k === 0 || table.id === "found") return;
      const cells = rows.map((row) => row.cells[k]).filter(Boolean);
      if (cells.some((cell) => isNumber(cell.textContent))) return;
      [head, ...cells].forEach((cell) => cell.classList.add("words"));
    });
  }

  // Sorting: a heading is a button; cells without a number come last either way.
  const sortBy = (table, k) => {
    const heads = all("thead th", table);
    const body = one("tbody", table);
    const text = (row) => row.cells[k] ? row.cells[k].textContent : "";
    const isWords = k === 0 || heads[k].classList.contains("words");
    const before = heads[k].getAttribute("aria-sort");
    const down = before ? before === "ascending" : !isWords;
    const sign = down ? -1 : 1;
    const rows = all("tr", body).sort((a, b) => {
      if (isWords) return sign * text(a).localeCompare(text(b), "en");
      const [x, y] = [number(text(a)), number(text(b))];
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return sign * (x - y);
    });
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[k].setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows);
  };
  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((head, k) => {
      // Words with the role of a button: paper repeats them on each page, and a real button it does not.
      const press = make("span", head.textContent);
      press.setAttribute("role", "button");
      press.tabIndex = 0;
      press.addEventListener("click", () => sortBy(table, k));
      press.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        sortBy(table, k);
      });
      head.replaceChildren(press);
    });
  }

  // The line at the foot that says what is pointed at.
  const tip = one("#tip");
  // Only who spoke last can end it: a page that scrolls under a resting pointer must not silence the keys.
  let speaker = null;
  const say = (text, who) => {
    if (!tip || (!text && who !== speaker)) return;
    speaker = who;
    tip.textContent = text;
    tip.hidden = !text;
  };
  const plain = (x) => x.toLocaleString("en", { maximumSignificantDigits: 7 });
  const interval = (text) => {
    const even = /^([^±]*?)(-?[\d,.]+)\s*±\s*([\d,.]+)/.exec(text);
    if (even) {
      const [value, half] = [even[2], even[3]].map((s) => Number(s.replace(/,/g, "")));
      return `${text}: the 95 % interval is ${plain(value - half)} to ${plain(value + half)}`;
    }
    const odd = /\(([^()]*) to ([^()]*)\)/.exec(text);
    return odd ? `${text}: the 95 % interval is ${odd[1]} to ${odd[2]}` : text;
  };
  const told = (cell) => {
    const table = cell.closest("table");
    const head = all("thead th", table)[cell.cellIndex];
    const row = cell.parentElement.cells[0];
    const value = cell.dataset.low ? `${cell.textContent}: the 95 % interval is ${plain(Number(cell.dataset.low))} to ${plain(Number(cell.dataset.high))}` : interval(cell.textContent);
    return `${row.textContent} – ${head ? head.textContent : ""}: ${value}`;
  };
  document.addEventListener("pointerover", (event) => {
    const cell = event.target instanceof Element ? event.target.closest("td") : null;
    if (cell && /\d/.test(cell.textContent) && !cell.classList.contains("words")) say(told(cell), "cell");
    else say("", "cell");
  });

  // How far a place is from a value: from its box, from its line, or from its point; of those it lies in, the one whose middle is nearest comes first.
  const listed = (text) => text.split(" ").map(Number);
  const toPiece = (x, y, [ax, ay, bx, by]) => {
    const long = (bx - ax) ** 2 + (by - ay) ** 2;
    const t = long ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long)) : 0;
    return Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y);
  };
  const reach = (point) => {
    const [cx, cy] = ["cx", "cy"].map((name) => Number(point.getAttribute(name)));
    const near = (x, y) => Math.hypot(cx - x, cy - y);
    if (point.dataset.box) {
      const [left, top, right, bottom] = listed(point.dataset.box);
      return (x, y) => Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)) + 1e-4 * near(x, y);
    }
    if (point.dataset.way) {
      const way = listed(point.dataset.way);
      const pieces = [];
      for (let k = 0; k + 3 < way.length; k += 2) pieces.push(way.slice(k, k + 4));
      const half = Number(point.dataset.half);
      return (x, y) => {
        const far = Math.min(...pieces.map((piece) => toPiece(x, y, piece)));
        return Math.max(0, far - half) + 1e-3 * far;
      };
    }
    return (x, y) => Math.max(0, near(x, y) - 5);
  };

  // Charts: the nearest value under the pointer, or one after the other by the arrow keys.
  for (const figure of all("figure.chart")) {
    const svg = one("svg", figure);
    const points = all("circle.value", figure);
    if (!svg || !points.length) continue;
    let shown = -1;
    const show = (k) => {
      if (points[shown]) points[shown].classList.remove("shown");
      shown = k;
      if (points[k]) { points[k].classList.add("shown"); say(points[k].dataset.value, figure); } else say("", figure);
    };
    const reaches = points.map(reach);
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const scale = svg.viewBox.baseVal.width / box.width;
      const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      const far = reaches.map((away) => away(x, y));
      const nearest = far.indexOf(Math.min(...far));
      show(far[nearest] < 40 ? nearest : -1);
    };
    figure.addEventListener("pointermove", point);
    figure.addEventListener("pointerdown", point);
    // A finger leaves with every tap, and what it pointed at is to stay until it points elsewhere.
    figure.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") show(-1); });
    figure.tabIndex = 0;
    figure.setAttribute("aria-label", `${figure.getAttribute("aria-label")} Arrow keys read its ${points.length} values, Page keys every tenth.`);
    figure.addEventListener("blur", () => show(-1));
    figure.addEventListener("keydown", (event) => {
      const last = points.length - 1;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
      const end = { Home: 0, End: last }[event.key];
      if (event.key === "Escape") return show(-1);
      if (!step && end === undefined) return undefined;
      event.preventDefault();
      if (end !== undefined) return show(end);
      if (shown < 0) return show(step > 0 ? 0 : last);
      return show(Math.abs(step) > 1 ? Math.min(last, Math.max(0, shown + step)) : (shown + step + points.length) % points.length);
    });
  }

  // Any number of the run: world, variant, condition, firm.
  const form = one("#lookup");
  const source = one("#data");
  const data = source ? JSON.parse(source.textContent) : null;
  if (form && data) {
    // Other runs of the same firms: texts alone, a row of the table after the other.
    const scenario = one("#scenario");
    const scenarios = data.scenarios || [];
    if (scenario && scenarios.length > 1) {
      scenario.append(...scenarios.map(([value, text]) => Object.assign(make("option", text), { value })));
      [scenario, ...scenario.labels].forEach((e) => { e.hidden = false; });
    }
    const other = () => (scenario && scenario.value && data.others ? data.others[scenario.value] : null);
    const blockOf = (key) => {
      if (!other()) return data.cells[key] || {};
      const rows = (other()[key] || "").split(";").map((row, k) => [data.rows[k][0], row]).filter(([, row]) => row);
      return Object.fromEntries(rows.map(([id, row]) => [id, [0, 1, 2, 3].map((k) => row.split("|")[k] || null)]));
    };
    const choices = { world: data.worlds, panel: data.panels, given: data.given, firm: [["", "All firms together"], ...data.firms] };
    const selects = Object.entries(choices).map(([id, list]) => {
      const select = one(`#${id}`);
      select.append(...list.map(([value, name]) => Object.assign(make("option", name), { value })));
      select.disabled = list.length < 2;
      return select;
    });
    const [world, panel, given, firm] = selects;
    given.value = data.first_given;
    const name = (select) => select.selectedOptions.length ? select.selectedOptions[0].textContent : "";
    const cell = (found) => {
      if (typeof found === "string") return make("td", found);
      const td = make("td", found ? found[0] : "–");
      if (found) {
        td.dataset.number = found[1];
        td.dataset.low = found.length > 2 ? found[2] : found[1];
        td.dataset.high = found.length > 3 ? found[3] : found[1];
      }
      return td;
    };
    const fill = () => {
      const block = blockOf([world, panel, given, firm].map((s) => s.value).join("|"));
      const rows = data.rows.filter(([id]) => block[id]).map(([id, text, unit]) => {
        const row = make("tr", "");
        row.dataset.row = id;
        const head = make("th", text);
        head.scope = "row";
        row.append(head, make("td", unit), ...block[id].map(cell));
        return row;
      });
      one("#found tbody").replaceChildren(...rows);
      const left = data.firms_left_out ? ` ${data.firms_left_out} smaller firms are in summary.csv only.` : "";
      const none = rows.length ? "" : " This run holds no number for that.";
      const whose = other() ? `Of another run: ${name(scenario)}. ` : "";
      const more = data.more_scenarios ? " More runs of these firms lie beside this one than are offered." : "";
      one("#chosen").textContent = `${whose}${name(firm)}, ${name(world)}, ${name(panel)}, ${name(given)}.${none}${left}${more}`;
      const picked = firm.value ? name(firm) : null;
      all("main table:not(#found) tbody tr").forEach((row) => row.classList.toggle("picked", Boolean(picked) && all("th, td", row).some((c) => c.textContent === picked)));
    };
    // In pictures of several worlds the chosen one stands out, under the chosen condition where it is drawn; only once a reader has chosen.
    const stress = () => {
      for (const figure of all("figure.chart")) {
        const groups = all("g[data-world]", figure);
        const ofWorld = groups.filter((g) => g.dataset.world === world.value);
        const both = ofWorld.filter((g) => g.dataset.given === given.value);
        const kept = both.length ? both : ofWorld;
        groups.forEach((g) => g.classList.toggle("pale", kept.length > 0 && !kept.includes(g)));
      }
    };
    selects.forEach((select) => select.addEventListener("change", fill));
    if (scenario) scenario.addEventListener("change", fill);
    [world, given].forEach((select) => select.addEventListener("change", stress));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    fill();
  }

  // On paper every table is open.
  let opened = [];
  window.addEventListener("beforeprint", () => { opened = all("details.long:not([open]), details.answer:not([open])"); opened.forEach((d) => { d.open = true; }); });
  window.addEventListener("afterprint", () => { opened.forEach((d) => { d.open = false; }); opened = []; });
})();
