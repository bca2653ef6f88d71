/* What the page of `bubblerisk serve` does: sliders, pictures, undo, links and files. Every number comes from the server; nothing is kept but the address. */
(() => {
  "use strict";
  const id = (name) => document.getElementById(name);
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, { data, ...props } = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), props); Object.assign(element.dataset, data);
    element.append(...children); return element;
  };
  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  let [scenario, last] = [null, null]; // what /controls said, and the last line of /look
  const [fields, deals] = [new Map(), new Map()]; // id of a control or of a deal: its parts on the page
  const state = { values: new Map(), off: new Set(), paths: null, seed: null };
  // ------------------------------------------------------------------------------------------------ Numbers in words
  const FEW = "too little to say";
  const fixed = (x, digits) => (Math.abs(x) < 0.5 * 10 ** -digits ? 0 : x).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
  /** Decimals that show one or two figures of an error, or three of a number without one; shares and points have two at most. */
  const decimals = (x, error, unit) => {
    const size = error > 0 ? error / 3 : Math.abs(x) / 100;
    return size > 0 ? clamp(Math.ceil(-Math.log10(size) - 1e-9), 0, unit === "share" ? 2 : 4) : 0;
  };
  const withUnit = (text, unit, isChange) => ({ usd_bn: `${text.replace(/^(−?)/, "$1$$")} bn`, share: text + (isChange ? " points" : " %"), times: isChange ? text : `× ${text}` })[unit] || text;
  const usd = (x) => withUnit(fixed(x, decimals(x)), "usd_bn");
  const percent = (x, digits = decimals(100 * x, 0, "share")) => `${fixed(100 * x, digits)} %`;
  const tied = (text) => text.replace(/ (?!\()/g, "\u00a0"); // a line may break before a bracket only
  const scaled = (e, unit) => [e.value, e.low, e.high].map((x) => (unit === "share" ? 100 * x : x));
  /** A number with its 95 % interval: "± half" where the interval is even, else "(low to high)". */
  const estimate = (e, unit) => {
    if (!e) return FEW;
    const [value, low, high] = scaled(e, unit), half = (high - low) / 2, digits = decimals(value, half, unit), text = withUnit(fixed(value, digits), unit);
    if (!(half > 0)) return text;
    const isEven = Math.abs(high + low - 2 * value) < 0.3 * half;
    return tied(`${text} ${isEven ? `± ${fixed(half, digits)}` : `(${fixed(low, digits)} to ${fixed(high, digits)})`}`);
  };
  /** Says a change: which way and how far, or that it cannot be told. */
  const sayChange = (element, e, unit) => {
    const [value, low, high] = e ? scaled(e, unit) : [0, 0, 0], digits = decimals(value, (high - low) / 2, unit);
    const isTold = low > 0 || high < 0, [near, far] = (value > 0 ? [low, high] : [high, low]).map((x) => fixed(Math.abs(x), digits));
    const size = tied(`${withUnit(fixed(Math.abs(value), digits), unit, true)}${near === far ? "" : ` (${near} to ${far})`}`);
    const untold = low === high ? "no change" : `not told from zero ${tied(`(${fixed(low, digits)} to ${fixed(high, digits)})`)}`;
    const text = !e ? (isAsWritten() ? "–" : "not compared") : !isTold ? untold : value > 0 ? `▲ up ${size}` : `▼ down ${size}`;
    if (element) { element.textContent = text; element.dataset.way = !isTold ? "none" : value > 0 ? "up" : "down"; }
    return text;
  };
  const valueOf = (control, value) => {
    const number = control.centre * value;
    return { level: percent(value, 0), per_quarter: `${fixed(100 * number, 1)} % a quarter`, usd_bn: usd(number), times: `× ${fixed(number, 2)}` }[control.unit] || fixed(number, 2);
  };
  // ------------------------------------------------------------------------------------------------ The state and the address
  const query = (more = {}) => {
    const q = new URLSearchParams();
    for (const [name, value] of state.values) q.append(name, Number(value.toFixed(6)));
    for (const name of state.off) q.append("off", name);
    for (const name of ["paths", "seed"]) if (state[name] !== null && state[name] !== scenario[name]) q.append(name, state[name]);
    for (const [name, value] of Object.entries(more)) q.set(name, value);
    q.sort(); return q.toString();
  };
  const full = (more) => query({ paths: state.paths ?? scenario.paths, seed: state.seed ?? scenario.seed, ...more });
  const address = () => location.pathname + (query() ? `?${query()}` : "");
  const isAsWritten = () => state.values.size === 0 && state.off.size === 0;
  const clear = () => { state.values.clear(); state.off.clear(); state.paths = state.seed = null; };
  /** Takes the state from the address; what the scenario does not have is named and left out. */
  const readAddress = () => {
    clear(); const unknown = [];
    for (const [name, text] of new URLSearchParams(location.search)) {
      const number = text === "" ? NaN : Number(text);
      if (name === "off" && deals.has(text)) state.off.add(text);
      else if (Number.isFinite(number) && (name === "paths" || name === "seed")) state[name] = number;
      else if (Number.isFinite(number) && fields.has(name)) state.values.set(name, number); else unknown.push(name === "off" ? text : name);
    }
    if (unknown.length) say(`Left out, because this scenario does not have it: ${unknown.join(", ")}`);
  };
  let [depth, isHeld] = [{ now: 0, top: 0 }, false]; // place in the history; whether a key is held down
  const showHistory = () => { id("undo").disabled = depth.now <= 0; id("redo").disabled = depth.now >= depth.top; id("reset").disabled = query() === ""; };
  /** Every change that is done is an entry of the browser's history, so that Back undoes it; the repeats of a held key are one change. */
  const commit = (isRepeat) => {
    if (address() === location.pathname + location.search) return;
    if (!isRepeat) depth = { now: depth.now + 1, top: depth.now + 1 };
    history[isRepeat ? "replaceState" : "pushState"]({ depth: depth.now }, "", address()); showHistory();
  };
  const stepHistory = (step) => { if (!id(step < 0 ? "undo" : "redo").disabled) history.go(step); };
  // ------------------------------------------------------------------------------------------------ Sliders and deals
  const setControl = (name, value) => {
    const { control } = fields.get(name);
    // The slider stands on a grid: where the neutral value is nearest to its place, neutral is meant.
    if (Math.abs(value - control.neutral) < control.step / 2) state.values.delete(name); else state.values.set(name, value);
    showControl(name); ask();
  };
  const showControl = (name) => {
    const { control, input, output, row } = fields.get(name), isChanged = state.values.has(name);
    const value = isChanged ? state.values.get(name) : control.neutral, [text, written] = [value, control.neutral].map((x) => valueOf(control, x));
    if (Number(input.value) !== value) input.value = value;
    input.setAttribute("aria-valuetext", isChanged ? `${text}, changed from ${written} as written` : `${text}, as written`);
    output.textContent = text; row.classList.toggle("changed", isChanged);
  };
  const buildControl = (control, label) => {
    const input = make("input", { type: "range", id: `c-${control.id}`, min: control.low, max: control.high, step: control.step, value: control.neutral, data: { control: control.id } });
    // The mark under the slider shows where it stands as written.
    const mark = make("datalist", { id: `m-${control.id}` }, make("option", { value: control.neutral }));
    input.setAttribute("list", mark.id);
    const output = make("output", { htmlFor: input.id }), written = `as written ${valueOf(control, control.neutral).replace(" a quarter", "")}`;
    const back = make("button", { type: "button", className: "back", textContent: control.group === "Deals" ? "as written" : written, ariaLabel: `${label}: back to ${written}` });
    const row = make("div", { className: "control" }, make("label", { htmlFor: input.id, textContent: label }), output, input, back, mark);
    const reset = () => { setControl(control.id, control.neutral); commit(); };
    input.addEventListener("input", () => setControl(control.id, Number(input.value)));
    input.addEventListener("keydown", (event) => { isHeld = event.repeat; });
    input.addEventListener("pointerdown", () => { isHeld = false; });
    input.addEventListener("change", () => commit(isHeld));
    input.addEventListener("dblclick", reset);
    back.addEventListener("click", () => { reset(); input.focus(); });
    fields.set(control.id, { control, input, output, row, label }); return row;
  };
  const notesOf = (control) => `${control.help || ""}${control.is_drawn ? " Drawn anew on each path around this number." : ""}`.trim();
  const buildGroup = ([name, controls]) => {
    const notes = new Set(controls.map(notesOf)), note = (text) => make("p", { className: "soft", textContent: text });
    const row = (control) => {
      const built = buildControl(control, control.label);
      if (notes.size > 1 && notesOf(control)) built.append(note(notesOf(control)));
      return built;
    };
    return make("fieldset", {}, make("legend", { textContent: name }), ...(notes.size === 1 ? [...notes].map(note) : []), ...controls.map(row));
  };
  const STAGES = { talks: "in talks", loi: "letter of intent", signed: "signed", active: "running" };
  const buildDeal = (deal) => {
    const between = `${deal.from || "outside"} → ${deal.to || "outside"}`, box = make("input", { type: "checkbox", id: `on-${deal.id}`, checked: true });
    const about = [["investment", "purchase"].includes(deal.kind) ? "" : deal.kind, usd(deal.usd_bn), STAGES[deal.stage] || deal.stage || ""].filter(Boolean).join(", ");
    const label = make("label", { htmlFor: box.id }, box, make("span", {}, between, " ", make("span", { className: "soft", textContent: about })));
    const row = make("div", { className: "deal", title: deal.id }, label, ...(deal.size ? [buildControl(deal.size, `${between}, size`)] : []));
    box.addEventListener("change", () => { state.off[box.checked ? "delete" : "add"](deal.id); showDeal(deal.id); commit(); ask(); });
    deals.set(deal.id, { deal, box, row, between, words: `${between} ${deal.id} ${deal.kind}`.toLowerCase() });
    return row;
  };
  const showDeal = (name) => {
    const { box, row, deal } = deals.get(name);
    box.checked = !state.off.has(name); row.classList.toggle("off", !box.checked);
    if (deal.size) fields.get(deal.size.id).input.disabled = !box.checked;
  };
  const buildDeals = (list) => {
    const parts = [["Investments", ["investment"]], ["Purchases", ["purchase"]], ["Other: stakes, loans, warrants, backstops", ["stake", "loan", "warrant", "backstop"]]];
    id("deal-groups").replaceChildren(...parts.flatMap(([name, kinds], k) => {
      const those = list.filter((deal) => kinds.includes(deal.kind));
      return those.length ? [make("details", { open: k === 0 || list.length < 20 }, make("summary", { textContent: `${name} (${those.length})` }), ...those.map(buildDeal))] : [];
    }));
    id("deals").hidden = list.length === 0;
  };
  const filterDeals = () => {
    const wanted = id("filter").value.trim().toLowerCase();
    deals.forEach(({ row, words }) => { row.hidden = !words.includes(wanted); });
    for (const group of all("details", id("deal-groups"))) { group.hidden = !one(".deal:not([hidden])", group); if (wanted && !group.hidden) group.open = true; }
    id("filtered").textContent = wanted ? `${[...deals.values()].filter(({ row }) => !row.hidden).length} of ${deals.size} deals` : "";
  };
  const showChanges = () => {
    const items = [...state.values].map(([name, value]) => {
      const { control, label } = fields.get(name);
      return `${name.startsWith("size.") ? "" : `${control.group}, `}${label}: ${valueOf(control, value)} (as written ${valueOf(control, control.neutral)})`;
    });
    for (const name of state.off) items.push(`Taken out: ${deals.get(name).between}, ${usd(deals.get(name).deal.usd_bn)} (${name})`);
    id("count").textContent = items.length ? `(${items.length} changed)` : "";
    id("changes").replaceChildren(...(items.length ? items : ["Nothing: this is the scenario as written."]).map((textContent) => make("li", { textContent })));
  };
  const showState = () => {
    [...fields.keys()].forEach(showControl); [...deals.keys()].forEach(showDeal);
    for (const name of ["paths", "seed"]) id(name).value = state[name] ?? scenario[name];
    showHistory();
  };
  // ------------------------------------------------------------------------------------------------ Asking the server
  const say = (text) => {
    clearTimeout(say.timer); Object.assign(id("tip"), { textContent: text, hidden: false });
    say.timer = setTimeout(() => { id("tip").hidden = true; }, 7000);
  };
  const setState = (name) => { document.body.dataset.state = name; };
  const words = (error) => (error instanceof TypeError ? "The server does not answer. If it was stopped, start it again with: bubblerisk serve SCENARIO" : error.message);
  /** An answer, or what the server says is wrong, thrown. */
  const get = async (path, options) => {
    const response = await fetch(path, options);
    if (response.ok) return response;
    let told = (await response.text()) || `The server answered ${response.status}.`;
    try { told = JSON.parse(told).error || told; } catch { /* plain text is told as it is */ }
    throw new Error(told);
  };
  const readLines = async (path, options, take) => {
    const reader = (await get(path, options)).body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n"); rest = lines.pop();
      for (const line of lines.filter(Boolean).map((text) => JSON.parse(text))) { if (line.error) throw new Error(line.error); take(line); }
    }
  };
  let flight = null, frame = 0; // the request under way, the frame in which to ask
  /** Asks for the present state: once a frame, and not before the request under way has shown its first line, so that pictures move while a slider is dragged. */
  const ask = () => { frame = frame || requestAnimationFrame(() => { frame = 0; send(); }); };
  const send = () => {
    const wanted = full(); showHistory();
    if (flight && (flight.wanted === wanted || !flight.hasFirst)) return;
    if (flight) flight.control.abort();
    fly(wanted);
  };
  const fly = async (wanted) => {
    const own = { wanted, control: new AbortController(), hasFirst: false, isDone: false, problem: null };
    flight = own; setState("busy");
    try {
      await readLines(`/look?${wanted}`, { signal: own.control.signal }, (line) => {
        if (flight !== own) return;
        own.isDone = line.is_last; own.hasFirst = true; show(line);
        if (full() !== wanted) ask();
      });
      if (!own.isDone) own.problem = "The answer broke off before it was complete.";
    } catch (error) { own.problem = words(error); }
    if (flight !== own) return;
    flight = null;
    if (full() !== wanted) send(); else if (own.problem) showError(own.problem);
  };
  const showProgress = (line, before, after) => {
    id("progress").value = line.paths / line.of;
    id("status").textContent = `${before}${fixed(line.paths, 0)} of ${fixed(line.of, 0)} path${line.of === 1 ? "" : "s"}${after}`;
    id("cancel").textContent = report ? "Cancel report" : "Cancel";
  };
  const show = (line) => {
    last = line; hideError(); setState(line.is_last ? "done" : "first");
    if (!report) showProgress(line, "", `, ${line.seconds.toFixed(line.seconds < 10 ? 2 : 0)} s`);
    drawAll();
    // Screen readers hear the sentence when the sliders rest, not each refinement.
    clearTimeout(show.timer);
    if (line.is_last) show.timer = setTimeout(() => { id("spoken").textContent = line.sentence; fillOverlay(); }, 600);
  };
  const cancel = () => {
    if (report || !flight) return report ? report.abort() : ask();
    flight.control.abort(); flight = null; setState("idle");
    if (last) showProgress(last, "Stopped at ", "");
    id("cancel").textContent = "Go on"; return undefined;
  };
  const showError = (text) => {
    setState("error");
    if (one("#error pre").textContent !== text) one("#error pre").textContent = text; // once: it is an alert
    id("error").hidden = false; id("status").textContent = "Waiting for a scenario that can be run"; clearTimeout(showError.timer);
    showError.timer = setTimeout(load, 2000);
  };
  const hideError = () => { clearTimeout(showError.timer); id("error").hidden = true; one("#error pre").textContent = ""; };
  /** Reads the controls, which after an error may be others, and asks. */
  const load = async () => {
    clearTimeout(showError.timer);
    if (flight) return;
    try { build(await (await get("/controls")).json()); send(); } catch (error) { showError(words(error)); }
  };
  const build = (controls) => {
    if (JSON.stringify(controls) === JSON.stringify(scenario)) return;
    scenario = controls; last = null; fields.clear(); deals.clear(); id("title").textContent = controls.title;
    id("file").textContent = `${controls.file}, as of ${controls.as_of}, ${controls.first_quarter} to ${controls.last_quarter}${controls.is_random ? "" : "; nothing is drawn at random, so one path tells all"}`;
    one(".panel").hidden = false; document.title = `${controls.title} – bubblerisk`; id("paths").max = id("report-paths").max = controls.most_paths;
    for (const name of ["link", "save", "send"]) id(name).disabled = false;
    id("sliders").replaceChildren(...Object.entries(Object.groupBy(controls.controls, (control) => control.group)).map(buildGroup));
    buildDeals(controls.deals); readAddress(); showState(); filterDeals(); resetRanges();
  };
  // ------------------------------------------------------------------------------------------------ Numbers and bars
  const drawAll = () => {
    if (!last) return;
    one(".right").hidden = false; id("sentence").textContent = last.sentence; id("command").textContent = last.command;
    drawNumbers(); draw.curve(); draw.ring(); drawBars(); showChanges();
  };
  /** Rows are built once and filled again and again, so that nothing jumps. */
  const rowsOf = (parent, keys, build_) => {
    if (parent.dataset.keys !== keys.join()) { parent.dataset.keys = keys.join(); parent.replaceChildren(...keys.map((_, k) => build_(k))); }
    return [...parent.children];
  };
  const keepNumber = (element, e) => ["value", "low", "high"].forEach((name) => { if (e) element.dataset[name] = e[name]; else delete element.dataset[name]; });
  const part = (className, textContent = "") => make("span", { className, textContent });
  const drawNumbers = () => {
    const { numbers } = last, cell = (className) => make("td", { className, role: "cell" }), keys = numbers.map((n) => n.id);
    const head = (n) => make("th", { scope: "row", role: "rowheader", textContent: n.label });
    const rows = rowsOf(one("#numbers tbody"), keys, (k) => make("tr", { role: "row", data: { number: keys[k] } }, head(numbers[k]), cell("now"), cell("base"), cell("change")));
    rowsOf(id("notes"), keys, (k) => make("div", {}, make("dt", { textContent: numbers[k].label }), make("dd", { textContent: numbers[k].note })));
    numbers.forEach((n, k) => {
      const [, now, base, change] = rows[k].cells;
      [[now, n.value], [base, n.base], [change, n.change]].forEach(([element, e]) => keepNumber(element, e));
      [now.textContent, base.textContent] = [estimate(n.value, n.unit), estimate(n.base, n.unit)];
      sayChange(change, n.change, n.unit);
    });
    const { label, value, change, unit } = numbers[0];
    id("brief").textContent = `${label} ${estimate(value, unit)}${isAsWritten() ? "" : `, ${sayChange(null, change, unit)}`}`;
  };
  const drawBars = () => {
    const firms = scenario.firms.map((firm, k) => ({ ...firm, ...last.firms[k] })).sort((a, b) => (b.base?.value ?? -1) - (a.base?.value ?? -1));
    const most = Math.max(...firms.flatMap((f) => [f.value?.high ?? 0, f.base?.high ?? 0])), at = (x) => `${clamp((100 * (x ?? 0)) / ranges.fullest, 0, 100)}%`;
    ranges.fullest = Math.max(ranges.fullest, [0.05, 0.1, 0.2, 0.3, 0.5, 0.75].find((s) => s >= most) || 1);
    id("bars-note").textContent = `Probability of default until ${scenario.last_quarter}. A full bar is ${percent(ranges.fullest, 0)}; the dotted tick is as written, the thin line the 95 % interval.`;
    const track = () => make("span", { className: "track" }, part("bar"), part("whisker"), part("ghost"));
    const rows = rowsOf(id("bars"), firms.map((f) => f.id), (k) => make("li", { data: { firm: firms[k].id } }, part("name", firms[k].name), track(), part("now"), part("change")));
    firms.forEach((f, k) => {
      const [, { children: [bar, whisker, ghost] }, now, change] = rows[k].children;
      keepNumber(rows[k], f.value); sayChange(change, f.change, "share"); now.textContent = estimate(f.value, "share");
      [bar.style.width, ghost.style.left, whisker.style.left, whisker.style.width] = [at(f.value?.value), at(f.base?.value), at(f.value?.low), at(f.value?.high - f.value?.low)];
    });
  };
  // ------------------------------------------------------------------------------------------------ Pictures
  const SVG = "http://www.w3.org/2000/svg";
  const [draw, ranges] = [{}, {}]; // the two pictures by name; the axes, which grow when needed and are kept else, so that they do not jump
  const reads = { curve: new Map(), ring: new Map() }; // what can be read off in them: key and words
  const shown = { curve: null, ring: null }; // the key that is read off
  /** Draws a list of [key, tag, attributes, text]; elements are kept by key, so that a picture moves instead of being built anew. */
  const paint = (parent, items) => {
    const old = parent.kept || new Map(); parent.kept = new Map();
    let next = parent.firstChild;
    for (const [key, tag, attributes, text] of items) {
      const element = old.get(key) || document.createElementNS(SVG, tag);
      old.delete(key); parent.kept.set(key, element);
      for (const [name, value] of Object.entries(attributes)) if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
      if (text !== undefined && element.textContent !== text) element.textContent = text;
      if (element === next) next = next.nextSibling; else parent.insertBefore(element, next);
    }
    old.forEach((element) => element.remove());
  };
  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (text, weight) => { pen.font = `${weight} 12.5px system-ui, "Segoe UI", "Liberation Sans", sans-serif`; return pen.measureText(text).width; };
  const resetRanges = () => Object.assign(ranges, { left: Infinity, right: -Infinity, least: 0.5, widest: 0, fullest: 0.05 });
  const growRanges = (points) => {
    const [start, end] = [points.find((p) => p[1] < 0.99) || points[0], points.findLast((p) => p[1] > 0)];
    if (!end) return;
    ranges.right = Math.max(ranges.right, end[0]); ranges.left = Math.min(ranges.left, start[0] > 0 && start[0] < 0.5 * ranges.right ? 0 : start[0]);
    ranges.least = Math.min(ranges.least, 0.85 * end[1]);
  };
  const ticksOf = (low, high, most) => {
    const ten = 10 ** Math.floor(Math.log10((high - low) / most)), step = [1, 2, 5, 10].map((k) => k * ten).find((s) => s >= (high - low) / most);
    return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, k) => (Math.ceil(low / step) + k) * step);
  };
  /** Share, low and high of a curve at a loss, read off between two points. */
  const sharesAt = (points, loss) => {
    const k = points.findIndex((p) => p[0] >= loss);
    if (k <= 0) return k < 0 ? null : [points[0][1], points[0][2], points[0][3]];
    const [a, b] = [points[k - 1], points[k]];
    return [1, 2, 3].map((n) => a[n] + ((loss - a[0]) / (b[0] - a[0] || 1)) * (b[n] - a[n]));
  };
  const lossAt = (points, share) => {
    const [a, b] = [points.findLast((p) => p[1] >= share) || points[0], points.find((p) => p[1] < share) || points.at(-1)];
    return a[0] + (b[0] - a[0]) * clamp((a[1] - share) / (a[1] - b[1] || 1), 0, 1);
  };
  draw.curve = () => {
    const [svg, width, now, base] = [one("#curve svg"), id("curve").clientWidth, last.exceedance, last.base_exceedance], items = [], isSame = isAsWritten(), READS = 80;
    const line = (key, ends, type) => items.push([key, "line", { x1: ends[0], y1: ends[1], x2: ends[2], y2: ends[3], class: type }]);
    const text = (key, x, y, type, words_) => items.push([key, "text", { x, y, class: type }, words_]);
    const dot = (key, x, y, r) => items.push([key, "circle", { cx: x, cy: y, r, class: key }]);
    [now, base].forEach(growRanges); reads.curve.clear();
    svg.toggleAttribute("hidden", !now.length || !base.length);
    if (!width || !now.length || !base.length) { tell("curve", scenario.is_random ? "Too few paths for a curve." : "Nothing is drawn at random: there is one loss, and no curve."); return; }
    const height = clamp(0.88 * width, 280, 460), [x0, x1, y0, y1] = [52, width - 10, height - 44, 26], span = ranges.right - ranges.left || Math.abs(ranges.right) || 1;
    const x = (loss) => x0 + (x1 - x0) * clamp((loss - ranges.left) / (1.02 * span), 0, 1);
    const y = (share) => y1 + (y0 - y1) * (share > 0 ? clamp(Math.log(share) / Math.log(ranges.least), 0, 1) : 1);
    const inside = (points) => [[ranges.left, ...sharesAt(points, ranges.left)], ...points.filter((p) => p[0] > ranges.left)];
    const way = (points, n) => inside(points).map((p) => `${x(p[0]).toFixed(1)},${y(p[n]).toFixed(1)}`);
    for (let power = 0, at = y1; 10 ** power >= ranges.least; power -= 1, at = y(10 ** power)) {
      line(`h${power}`, [x0, at, x1, at], "grid"); text(`y${power}`, x0 - 6, at + 4, "tick end", percent(10 ** power, Math.max(0, -2 - power)));
    }
    const ticks = ticksOf(ranges.left, ranges.left + span, clamp(Math.floor(width / 85), 2, 8));
    for (const tick of ticks) { line(`v${tick}`, [x(tick), y0, x(tick), y0 + 5], "axis"); text(`x${tick}`, x(tick), y0 + 18, "tick middle", fixed(tick, decimals(0, span / ticks.length))); }
    line("floor", [x0, y0, x1, y0], "axis"); text("yname", 2, 13, "tick", "share of paths that lose more");
    text("xname", x1, height - 6, "tick end", `net loss against plan, USD bn${width > 420 ? " (negative: gain)" : ""}`);
    items.push(["band", "polygon", { points: [...way(now, 3), ...way(now, 2).reverse()].join(" "), class: "band" }]);
    if (!isSame) items.push(["ghost", "polyline", { points: way(base, 1).join(" "), class: "ghost-line" }]);
    items.push(["now", "polyline", { points: way(now, 1).join(" "), class: "now-line" }]);
    // Names beside the lines: that of the larger losses to the right, as far down as there is room, the other one to the left.
    const isMore = lossAt(now, 0.2) >= lossAt(base, 0.2), [mine, wide] = [isSame ? "as written" : "now", 14 + widthOf(isMore && !isSame ? "now" : "as written", 600)];
    const level = [0.2, 0.35, 0.5, 0.65, 0.8].find((share) => x(Math.max(lossAt(now, share), lossAt(base, share))) + wide < x1);
    const name = (key, points, isRight, share, words_) => text(key, x(lossAt(points, share)) + (isRight ? 10 : -10), y(share) + (isRight ? -8 : 16), `${key} ${isRight ? "" : "end"}`, words_);
    name("now-name", now, isMore && level, isMore && level ? level : 0.2, mine);
    if (!isSame) name("ghost-name", base, !isMore && level, !isMore && level ? level : 0.05, "as written");
    const told = (e) => (e ? `${percent(e[0])} of paths (${percent(e[1])} to ${percent(e[2])})` : FEW);
    for (let k = 0; k <= READS; k += 1) {
      const loss = ranges.left + (span * k) / READS, [a, b] = [now, base].map((points) => sharesAt(points, loss));
      reads.curve.set(String(k), `Lose more than ${usd(loss)}: ${told(a)}${isSame ? "" : `; as written ${told(b)}`}.`);
      if (shown.curve !== String(k)) continue;
      line("cross", [x(loss), y1, x(loss), y0], "cross");
      if (b && !isSame) dot("dot-ghost", x(loss), y(b[0]), 3.5);
      if (a) dot("dot", x(loss), y(a[0]), 4.5);
    }
    draw.curve.at = (px) => String(clamp(Math.round(((px - x0) / (x1 - x0)) * 1.02 * READS), 0, READS));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`); paint(svg, items);
    tell("curve", "Point at the curve, or use the arrow keys, to read off shares. Shaded: 95 % band. The vertical axis is logarithmic.");
  };
  const KINDS = {
    purchase: ["purchases", "A buys for X from B"], investment: ["investment", "A invests X in B"], unsigned: ["not yet signed", "A to B, not yet signed: X"],
    stake: ["stake", "A holds a stake worth X in B"], loan: ["loan", "A lends X to B"], warrant: ["warrant", "A holds warrants worth X on B"], backstop: ["backstop", "A guarantees up to X for B"],
  };
  const isInside = (f) => f.from !== null && f.to !== null && f.from !== f.to;
  const colourOf = (kind) => scenario.colours.flows[kind] || "#777777";
  /** Flows between firms, summed by way and kind, with what they were as written. */
  const flowsOf = () => {
    const sums = new Map();
    const all_ = [...last.base_flows.map((f) => ["base", f]), ...last.flows.map((f) => ["now", f])];
    for (const [field, f] of all_.filter(([, f_]) => isInside(f_) && f_.usd_bn > 0)) {
      const key = `${f.from}>${f.to}:${f.kind}`, sum = sums.get(key) || { key, from: f.from, to: f.to, kind: f.kind, now: 0, base: 0, isLoop: false };
      sum[field] += f.usd_bn; sum.isLoop ||= field === "now" && f.in_largest_loop; sums.set(key, sum);
    }
    return [...sums.values()].sort((a, b) => b.base - a.base || (a.key < b.key ? -1 : 1));
  };
  const [DISC, LEAD, LINE] = [10, 17, 14]; // radius of a firm, way to its name, height of a line of text
  const wrap = (words_, room) => words_.reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    return lines.length && widthOf(longer, 600) <= room ? [...lines.slice(0, -1), longer] : [...lines, word];
  }, []);
  /** Where firms and their names stand: on an ellipse as large as the names leave room for. */
  const placeFirms = (firms, width, height) => {
    const isFew = firms.length <= 6, isMany = firms.length > 14, [cx, cy] = [width / 2, height / 2];
    const list = firms.map((firm, n) => {
      const angle = ((n + (isFew ? 0 : 0.5)) / firms.length) * 2 * Math.PI - Math.PI / 2, [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const lines = wrap([...scenario.firms[firm].name.split(" "), "100\u00a0%"], clamp((isFew ? 0.3 : 0.17) * width, 60, 150));
      return { firm, cos, sin, side: isFew && Math.abs(cos) < 0.3 ? 0 : Math.sign(cos), breaks: lines.map((line) => line.split(" ").length), wide: Math.max(...lines.map((line) => widthOf(line, 600))), high: LINE * lines.length };
    });
    const above = isMany ? LEAD : Math.max(...list.map((p) => p.high)) / (isFew ? 1 : 2) + LEAD + 2;
    let rx = Math.min(...list.map((p) => (cx - (p.side ? p.wide + LEAD + 3 : p.wide / 2)) / Math.max(Math.abs(p.cos), isMany ? 1 : 0.3))) - (isMany ? LEAD : 0);
    const ry = Math.min(cy - above, (isMany ? 6 : 2.3) * rx); rx = Math.min(rx, 1.35 * ry);
    for (const p of list) Object.assign(p, { x: cx + rx * p.cos, y: cy + ry * p.sin, ty: cy + (ry + (isMany ? 0 : LEAD) + (p.side ? 0 : p.high / 2)) * p.sin });
    for (const side of [-1, 1]) spread(list.filter((p) => p.side === side).sort((a, b) => a.ty - b.ty), height);
    for (const p of list) {
      // A name beside its firm keeps clear of the disc; one that was moved away follows the ellipse; many stand in two columns.
      const round = (rx + LEAD) * Math.sqrt(1 - clamp((p.ty - cy) / (ry + LEAD), -1, 1) ** 2);
      const beside = p.side * (p.x - cx) + (Math.abs(p.ty - p.y) < DISC + p.high / 2 ? LEAD : 2);
      p.tx = isMany ? cx + p.side * (rx + 1.7 * LEAD) : p.side ? cx + p.side * Math.min(Math.max(round, beside, 6), Math.max(cx - p.wide, 6)) : p.x;
    }
    return { places: new Map(list.map((p) => [p.firm, p])), centre: [cx, cy], size: Math.min(rx, ry) };
  };
  /** Moves the names of one side apart, from the middle outwards, and back into the picture. */
  const spread = (list, height) => {
    const gap = (a, b) => (a.high + b.high) / 2 + 2, middle = Math.max(0, list.findIndex((p) => p.sin >= 0));
    for (let k = middle + 1; k < list.length; k += 1) list[k].ty = Math.max(list[k].ty, list[k - 1].ty + gap(list[k - 1], list[k]));
    for (let k = middle - 1; k >= 0; k -= 1) list[k].ty = Math.min(list[k].ty, list[k + 1].ty - gap(list[k], list[k + 1]));
    list.forEach((p, k) => { p.ty = Math.max(p.ty, k ? list[k - 1].ty + gap(list[k - 1], p) : p.high / 2); });
    for (let k = list.length - 1; k >= 0; k -= 1) list[k].ty = Math.min(list[k].ty, k < list.length - 1 ? list[k + 1].ty - gap(list[k], list[k + 1]) : height - list[k].high / 2);
  };
  /** A curve bent towards the centre and to its own right, so that there and back do not cover each other. */
  const bow = (a, b, centre, rank) => {
    const way = [b.x - a.x, b.y - a.y], long = Math.max(Math.hypot(...way), 1), aside = Math.min(0.1 * long + 12, 44) + 20 * rank;
    const bend = [[a.x, b.x], [a.y, b.y]].map(([p, q], k) => 0.55 * ((p + q) / 2) + 0.45 * centre[k] + ([-way[1], way[0]][k] / long) * aside);
    return (t) => [[a.x, b.x], [a.y, b.y]].map(([p, q], k) => (1 - t) ** 2 * p + 2 * t * (1 - t) * bend[k] + t * t * q);
  };
  /** The outline of an arrow along a curve. */
  const arrow = (at, wide) => {
    const far = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]), points = Array.from({ length: 61 }, (_, k) => at(k / 60));
    const body = points.filter((p) => far(p, points[0]) > DISC + 1 && far(p, points[60]) > DISC + 8 + 1.1 * wide);
    if (body.length < 2) return "";
    const [neck, tip] = [body.at(-1), points.findLast((p) => far(p, points[60]) > DISC + 3)];
    const beside = (p, from, to, half) => [p[0] - ((to[1] - from[1]) / (far(from, to) || 1)) * half, p[1] + ((to[0] - from[0]) / (far(from, to) || 1)) * half];
    const edge = (half) => body.map((p, k) => beside(p, body[Math.max(k - 1, 0)], body[Math.min(k + 1, body.length - 1)], half)), wing = wide / 2 + 3 + 0.16 * wide;
    const outline = [...edge(wide / 2), beside(neck, neck, tip, wing), tip, beside(neck, neck, tip, -wing), ...edge(-wide / 2).reverse()];
    return `M${outline.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}Z`;
  };
  /** A share as the filled part of a clock's face. */
  const clock = (x, y, share, turn = 2 * Math.PI * Math.min(share, 0.9999)) => (share > 0
    ? `M${x} ${y}V${y - DISC}A${DISC} ${DISC} 0 ${share > 0.5 ? 1 : 0} 1 ${x + DISC * Math.sin(turn)} ${y - DISC * Math.cos(turn)}Z` : "");
  const drawFlow = (f, rank, ring, layers) => {
    f.at = bow(ring.places.get(f.from), ring.places.get(f.to), ring.centre, rank);
    const layer = f.now > 0 ? (f.isLoop ? "loop" : "pale") : "ghost", colour = colourOf(f.kind);
    f.wide = Math.max(clamp(0.11 * ring.size, 8, 22) * ((f.now || f.base) / ranges.widest), 1.2);
    layers[layer].push([`${layer}-${f.key}`, "path", { d: arrow(f.at, f.wide), fill: f.now > 0 ? colour : "none", stroke: colour, "data-read": f.key, class: `flow ${layer}${shown.ring === f.key ? " shown" : ""}` }]);
    const names = { A: scenario.firms[f.from].name, B: scenario.firms[f.to].name };
    const told = (x) => (KINDS[f.kind]?.[1] || "A to B: X").replace(/\b[ABX]\b/g, (part_) => names[part_] || usd(x));
    const before = Math.abs(f.now - f.base) <= 1e-9 * f.base ? "" : `; as written ${f.base > 0 ? usd(f.base) : "nothing"}`;
    reads.ring.set(f.key, f.now > 0 ? `${told(f.now)}${before}.${f.isLoop ? " Part of the largest round trip." : ""}` : `Taken out: ${told(f.base)}.`);
  };
  const drawFirm = (p, layers, taken) => {
    const { value, base, change } = last.firms[p.firm], { name } = scenario.firms[p.firm], key = `firm-${p.firm}`;
    const put = (layer, part, tag, attributes, text) => layers[layer].push([`${part}${p.firm}`, tag, attributes, text]);
    if (base) put("firms", "arc", "circle", { cx: p.x, cy: p.y, r: DISC + 3, pathLength: 100, "stroke-dasharray": `${100 * base.value} 100`, transform: `rotate(-90 ${p.x} ${p.y})`, class: "ghost-arc" });
    put("firms", "disc", "circle", { cx: p.x, cy: p.y, r: DISC, class: `disc${shown.ring === key ? " shown" : ""}`, "data-read": key });
    put("firms", "clock", "path", { d: clock(p.x, p.y, value?.value ?? 0), class: "clock", "data-read": key });
    if (p.side && Math.hypot(p.tx - p.x, p.ty - p.y) > 1.6 * LEAD) put("ghost", "lead", "line", { x1: p.x, y1: p.y, x2: p.tx - 2 * p.side, y2: p.ty, class: "lead" });
    const words_ = [...name.split(" "), value ? percent(value.value, value.value < 0.0995 ? 1 : 0).replace(" ", "\u00a0") : "–"];
    p.breaks.forEach((n, k) => put("names", `name${k}-`, "text", { x: p.tx, y: p.ty + 4.5 + LINE * (k - (p.breaks.length - 1) / 2), class: `firm ${["end", "middle", ""][p.side + 1]}`, "data-read": key }, words_.splice(0, n).join(" ")));
    const left = p.tx - [p.wide, p.wide / 2, 0][p.side + 1];
    taken.push([left, p.ty - p.high / 2, left + p.wide, p.ty + p.high / 2], [p.x - DISC - 3, p.y - DISC - 3, p.x + DISC + 3, p.y + DISC + 3]);
    reads.ring.set(key, `${name} defaults in ${estimate(value, "share")} of paths; as written ${estimate(base, "share")}; ${sayChange(null, change, "share")}.`);
  };
  const SPOTS = [0.42, 0.5, 0.34, 0.58, 0.66, 0.27, 0.74]; // shares of the way at which words may stand
  /** Words on an arrow, or beside one of the loop, at the first place along it where nothing else is written. */
  const labelFlow = (f, width, layers, taken) => {
    const text = `${usd(f.now)} ${KINDS[f.kind]?.[0] || f.kind}`, half = widthOf(text, f.isLoop ? 600 : 400) / 2 + 2;
    const beside = (t, side) => {
      const [[x, y], [u, v]] = [f.at(t), f.at(t + 0.01)], turn = side / (Math.hypot(u - x, v - y) || 1), [nx, ny] = [(y - v) * turn, (u - x) * turn];
      const out = 0.5 * f.wide + 4 + Math.abs(nx) * half + Math.abs(ny) * 8; return [x + nx * out, y + ny * out];
    };
    const places = [...(f.isLoop ? SPOTS.flatMap((t) => [beside(t, 1), beside(t, -1)]) : []), ...SPOTS.map(f.at)], boxes = places.map(([x, y]) => [x - half, y - 8, x + half, y + 8]);
    const spot = boxes.find((box) => box[0] > 0 && box[2] < width && !taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3]));
    if (spot) taken.push(spot); else return;
    layers.names.push([`label-${f.key}`, "text", { x: spot[0] + half, y: spot[1] + 12, fill: `color-mix(in srgb, ${colourOf(f.kind)} 60%, var(--ink))`, class: `label middle${f.isLoop ? " bold" : ""}` }, text]);
  };
  draw.ring = () => {
    const [svg, width, flows] = [one("#ring svg"), id("ring").clientWidth, flowsOf()], kinds = [...new Set(scenario.firms.map((f) => f.kind))];
    const firms = scenario.firms.map((_, k) => k).filter((k) => flows.some((f) => f.from === k || f.to === k));
    firms.sort((a, b) => kinds.indexOf(scenario.firms[a].kind) - kinds.indexOf(scenario.firms[b].kind) || a - b);
    reads.ring.clear(); drawKey(flows);
    if (!firms.length || !width) { paint(svg, []); tell("ring", "No money runs between the firms of this scenario."); return; }
    const height = Math.max(clamp(0.9 * width, firms.length > 6 ? 400 : 260, 500), 19 * firms.length), ring = placeFirms(firms, width, height);
    ranges.widest = Math.max(ranges.widest, ...flows.flatMap((f) => [f.now, f.base]));
    const layers = { ghost: [], pale: [], loop: [], firms: [], names: [] }, taken = [];
    flows.forEach((f, k) => drawFlow(f, flows.slice(0, k).filter((g) => g.from === f.from && g.to === f.to).length, ring, layers));
    ring.places.forEach((p) => drawFirm(p, layers, taken));
    const largest = flows.filter((f) => f.now > 0).sort((a, b) => b.isLoop - a.isLoop || b.now - a.now).slice(0, width > 600 ? 10 : 6);
    largest.forEach((f) => labelFlow(f, width, layers, taken));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`); paint(svg, Object.values(layers).flat());
    tell("ring", "Point at an arrow or a firm, or use the arrow keys, for its numbers. A disc fills with the probability of default; the thin arc is as written.");
  };
  /** What the colours mean, with the dollars of each kind, and what is not drawn. */
  const drawKey = (flows) => {
    const kinds = [...new Set(flows.map((f) => f.kind))], sum = (list, field) => list.reduce((total, f) => total + f[field], 0);
    const rows = rowsOf(id("key"), kinds, (k) => make("li", {}, document.createElementNS(SVG, "svg"), make("span")));
    rows.forEach((row, k) => {
      paint(row.firstChild, [["swatch", "rect", { width: "100%", height: "100%", fill: colourOf(kinds[k]) }]]);
      row.lastChild.textContent = `${KINDS[kinds[k]]?.[0] || kinds[k]} ${usd(sum(flows.filter((f) => f.kind === kinds[k]), "now"))}`;
    });
    const outside = sum(last.flows.filter((f) => !isInside(f)), "usd_bn");
    id("outside").textContent = outside > 0 ? `Not drawn: ${usd(outside)} from and to the outside.` : "";
  };
  /** What is pointed at, or reached by the arrow keys, is told in the line under the picture. */
  const tell = (name, hint) => { const [line, text] = [one(`#${name} .read`), reads[name].get(shown[name]) || hint]; if (line.textContent !== text) line.textContent = text; };
  const readable = (name) => {
    const [figure, svg, line] = [id(name), one(`#${name} svg`), one(`#${name} .read`)];
    const set = (key) => { if (shown[name] !== key && last) { shown[name] = key; draw[name](); } };
    const point = (event) => {
      line.removeAttribute("role");
      set(name === "ring" ? event.target.dataset.read || null : draw.curve.at?.(event.clientX - svg.getBoundingClientRect().left));
    };
    svg.onpointermove = svg.onpointerdown = point;
    svg.onpointerleave = (event) => { if (event.pointerType === "mouse") set(null); };
    figure.onblur = () => set(null);
    figure.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Escape: 0 }[event.key], keys = [...reads[name].keys()], from = keys.indexOf(shown[name]);
      if (step === undefined) return;
      event.preventDefault();
      line.setAttribute("role", "status"); // spoken when keys ask, silent under the pointer
      set(step === 0 ? null : keys[from < 0 && step < 0 ? keys.length - 1 : (from + step + keys.length) % keys.length]);
    };
  };
  // ------------------------------------------------------------------------------------------------ Files, report, links
  const copy = async (text, done) => { try { await navigator.clipboard.writeText(text); say(done); } catch { say(`The browser did not allow copying. Here it is:\n${text}`); } };
  const overlayPath = () => `/overlay?${full({ name: id("overlay-name").value || "my-case" })}`;
  const fillOverlay = async () => {
    if (!id("more-overlay").open || !scenario) return;
    try { id("overlay-text").textContent = await (await get(overlayPath())).text(); } catch (error) { id("overlay-text").textContent = words(error); }
  };
  const POST = { method: "POST", headers: { "X-Bubblerisk": "1" } };
  const save = async (event) => {
    event.preventDefault();
    const problem = one("#save-dialog .problem");
    try {
      const { file } = await (await get(overlayPath(), POST)).json();
      id("save-dialog").close(); say(`Saved as ${file}`);
    } catch (error) { problem.textContent = words(error); }
  };
  let report = null; // the report under way
  const sendReport = async (event) => {
    event.preventDefault(); id("send-dialog").close(); report?.abort();
    const own = new AbortController();
    report = own; document.body.classList.add("reporting"); id("report-link").hidden = true;
    try {
      await readLines(`/report?${full({ paths: id("report-paths").value })}`, { ...POST, signal: own.signal }, (line) => {
        if (report === own && line.of) showProgress(line, "Report: ", "");
        if (line.report) Object.assign(id("report-link"), { href: line.report, hidden: false });
        if (line.folder) say(`The report is written to ${line.folder}`);
      });
    } catch (error) { say(error.name === "AbortError" ? "The report is cancelled" : `The report failed: ${words(error)}`); }
    if (report !== own) return;
    report = null; document.body.classList.remove("reporting");
    if (last) showProgress(last, "", "");
  };
  // The theme: what the system says until the reader says otherwise; forgotten with the page.
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => document.documentElement.dataset.theme || (systemDark.matches ? "dark" : "light");
  const showTheme = () => { id("theme").textContent = theme() === "dark" ? "Light page" : "Dark page"; drawAll(); };
  const reset = () => { clear(); showState(); commit(); resetRanges(); ask(); };
  const restore = (event) => { depth.now = event.state?.depth ?? 0; depth.top = Math.max(depth.top, depth.now); if (scenario) { readAddress(); showState(); ask(); } };
  const undoByKeys = (event) => {
    const isText = event.target.matches("input:not([type=range]):not([type=checkbox])");
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isText || event.key.toLowerCase() !== "z") return;
    event.preventDefault(); stepHistory(event.shiftKey ? 1 : -1);
  };
  const setNumber = ({ target }) => { if (target.reportValidity()) { state[target.id] = Number(target.value); commit(); ask(); } };
  const openDialog = ({ target }) => { one("#save-dialog .problem").textContent = ""; id(`${target.id}-dialog`).showModal(); };
  const listen = () => {
    const clicks = {
      undo: () => stepHistory(-1), redo: () => stepHistory(1), reset, cancel, retry: load, save: openDialog, send: openDialog,
      theme: () => { document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark"; showTheme(); },
      explain: () => { id("more-notes").open = true; id("more-notes").scrollIntoView(); },
      link: () => copy(location.origin + address(), "Link copied. It works where this scenario is served."),
      "copy-command": () => copy(id("command").textContent, "Command copied"),
    };
    for (const [name, act] of Object.entries(clicks)) id(name).onclick = act;
    for (const button of all("[data-close]")) button.onclick = () => button.closest("dialog").close();
    [id("save-dialog").onsubmit, id("send-dialog").onsubmit] = [save, sendReport];
    [id("filter").oninput, id("paths").onchange, id("seed").onchange, id("more-overlay").ontoggle] = [filterDeals, setNumber, setNumber, fillOverlay];
    [window.onpopstate, document.onkeydown, systemDark.onchange] = [restore, undoByKeys, showTheme];
    window.onbeforeprint = () => all(".right details").forEach((d) => { d.open = true; });
    // Beside the results the controls are always open; above them they can be folded.
    const wide = window.matchMedia("(min-width: 62rem)"); wide.onchange = () => { id("controls").open = wide.matches; };
    wide.onchange();
    const sizes = new ResizeObserver(() => requestAnimationFrame(drawAll));
    for (const name of ["curve", "ring"]) { sizes.observe(id(name)); readable(name); }
  };
  depth = { now: history.state?.depth ?? 0, top: history.state?.depth ?? 0 }; listen(); showTheme(); load();
})();
