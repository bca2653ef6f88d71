/* What the page of `bubblerisk serve` does: sliders, undo, links, files; what it asks of the server. Not how curve and ring are drawn (pictures.js). */

import {
  changeOf, clamp, drawPictures, estimate, fixed, forgetPictures, id, keepNumber, make, one, percent, resetRanges, rowsOf, showChange, usd,
  watchPictures,
} from "/pictures.js";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// Every number comes from the server; nothing is kept but the address.
let scenario = null; // what /controls said
let last = null; // the last line of /look
let report = null; // the report under way
let flight = null; // the request for a look under way
const state = { values: new Map(), off: new Set(), paths: null, seed: null };
const fields = new Map(); // id of a control: its parts on the page
const deals = new Map(); // id of a deal: its parts on the page

const valueOf = (control, value) => {
  const number = control.centre * value;
  switch (control.unit) {
    case "level": return percent(value, 0);
    case "per_quarter": return `${fixed(100 * number, 1)} % a quarter`;
    case "usd_bn": return usd(number);
    case "times": return `× ${fixed(number, 2)}`;
    default: return fixed(number, 2);
  }
};
const say = (text) => {
  clearTimeout(say.timer);
  Object.assign(id("tip"), { textContent: text, hidden: false });
  say.timer = setTimeout(() => { id("tip").hidden = true; }, 7000);
};

// ------------------------------------------------------------------------------------------------ The state and the address

const query = (more = {}) => {
  const q = new URLSearchParams();
  for (const [name, value] of state.values) q.append(name, Number(value.toFixed(6)));
  for (const name of state.off) q.append("off", name);
  for (const name of ["paths", "seed"]) if (state[name] !== null && state[name] !== scenario[name]) q.append(name, state[name]);
  for (const [name, value] of Object.entries(more)) q.set(name, value);
  q.sort();
  return q.toString();
};
const full = (more) => query({ paths: state.paths ?? scenario.paths, seed: state.seed ?? scenario.seed, ...more });
const address = () => location.pathname + (query() ? `?${query()}` : "");
const isAsWritten = () => state.values.size === 0 && state.off.size === 0;
const clear = () => {
  state.values.clear();
  state.off.clear();
  Object.assign(state, { paths: null, seed: null });
};

/** Takes the state from the address; what the scenario does not have is named and left out. */
const readAddress = () => {
  clear();
  const unknown = [];
  for (const [name, text] of new URLSearchParams(location.search)) {
    const number = text === "" ? NaN : Number(text);
    const isNumber = Number.isFinite(number);
    if (name === "off" && deals.has(text)) state.off.add(text);
    else if (isNumber && (name === "paths" || name === "seed")) state[name] = number;
    else if (isNumber && fields.has(name)) state.values.set(name, number);
    else unknown.push(name === "off" ? text : name);
  }
  if (unknown.length) say(`Left out, because this scenario does not have it: ${unknown.join(", ")}`);
};

let depth = { now: 0, top: 0 }; // place in the history
let isHeld = false; // whether a key is held down
const showHistory = () => {
  id("undo").disabled = depth.now <= 0;
  id("redo").disabled = depth.now >= depth.top;
  id("reset").disabled = query() === "";
};

/** Every change that is done is an entry of the browser's history, so that Back undoes it; the repeats of a held key are one change. */
const commit = (isRepeat) => {
  if (address() === location.pathname + location.search) return;
  if (!isRepeat) depth = { now: depth.now + 1, top: depth.now + 1 };
  history[isRepeat ? "replaceState" : "pushState"]({ depth: depth.now }, "", address());
  showHistory();
};
const stepHistory = (step) => { if (!id(step < 0 ? "undo" : "redo").disabled) history.go(step); };

const restore = (event) => {
  depth.now = event.state?.depth ?? 0;
  depth.top = Math.max(depth.top, depth.now);
  if (!scenario) return;
  readAddress();
  showState();
  ask();
};
const reset = () => {
  clear();
  showState();
  commit();
  resetScales();
  ask();
};
const showState = () => {
  [...fields.keys()].forEach(showControl);
  [...deals.keys()].forEach(showDeal);
  for (const name of ["paths", "seed"]) id(name).value = state[name] ?? scenario[name];
  showHistory();
};

// ------------------------------------------------------------------------------------------------ Sliders

const setControl = (name, value) => {
  const { control } = fields.get(name);
  // The slider stands on a grid: where the neutral value is nearest to its place, neutral is meant.
  if (Math.abs(value - control.neutral) < control.step / 2) state.values.delete(name);
  else state.values.set(name, value);
  showControl(name);
  ask();
};
const showControl = (name) => {
  const { control, input, output, row } = fields.get(name);
  const isChanged = state.values.has(name);
  const value = isChanged ? state.values.get(name) : control.neutral;
  const [text, written] = [value, control.neutral].map((x) => valueOf(control, x));
  if (Number(input.value) !== value) input.value = value;
  input.setAttribute("aria-valuetext", isChanged ? `${text}, changed from ${written} as written` : `${text}, as written`);
  output.textContent = text;
  row.classList.toggle("changed", isChanged);
};

const listenToControl = (control, input, back) => {
  const putBack = () => {
    setControl(control.id, control.neutral);
    commit();
  };
  input.addEventListener("input", () => setControl(control.id, Number(input.value)));
  input.addEventListener("keydown", (event) => { isHeld = event.repeat; });
  input.addEventListener("pointerdown", () => { isHeld = false; });
  input.addEventListener("change", () => commit(isHeld));
  input.addEventListener("dblclick", putBack);
  back.addEventListener("click", () => {
    putBack();
    input.focus();
  });
};

const buildControl = (control, label) => {
  const { low: min, high: max, step, neutral: value } = control;
  const input = make("input", { type: "range", id: `c-${control.id}`, min, max, step, value, data: { control: control.id } });
  // The mark under the slider shows where it stands as written.
  const mark = make("datalist", { id: `m-${control.id}` }, make("option", { value }));
  input.setAttribute("list", mark.id);
  const output = make("output", { htmlFor: input.id });
  const written = `as written ${valueOf(control, value).replace(" a quarter", "")}`;
  const words = control.group === "Deals" ? "as written" : written;
  const back = make("button", { type: "button", className: "back", textContent: words, ariaLabel: `${label}: back to ${written}` });
  const head = make("label", { htmlFor: input.id, textContent: label });
  const row = make("div", { className: "control" }, head, output, input, back, mark);
  listenToControl(control, input, back);
  fields.set(control.id, { control, input, output, row, label });
  return row;
};
const notesOf = (control) => `${control.help || ""}${control.is_drawn ? " Drawn anew on each path around this number." : ""}`.trim();

/** A group of sliders; a note that all share is said once. */
const buildGroup = ([name, controls]) => {
  const notes = new Set(controls.map(notesOf));
  const note = (text) => make("p", { className: "soft", textContent: text });
  const row = (control) => {
    const built = buildControl(control, control.label);
    if (notes.size > 1 && notesOf(control)) built.append(note(notesOf(control)));
    return built;
  };
  return make("fieldset", {}, make("legend", { textContent: name }), ...(notes.size === 1 ? [...notes].map(note) : []), ...controls.map(row));
};

// ------------------------------------------------------------------------------------------------ Deals

const STAGES = { talks: "in talks", loi: "letter of intent", signed: "signed", active: "running" };
const DEALS = [
  ["Investments", ["investment"]],
  ["Purchases", ["purchase"]],
  ["Other: stakes, loans, warrants, backstops", ["stake", "loan", "warrant", "backstop"]],
];

const buildDeal = (deal) => {
  const between = `${deal.from || "outside"} → ${deal.to || "outside"}`;
  const kind = ["investment", "purchase"].includes(deal.kind) ? "" : deal.kind;
  const about = [kind, usd(deal.usd_bn), STAGES[deal.stage] || deal.stage || ""].filter(Boolean).join(", ");
  const box = make("input", { type: "checkbox", id: `on-${deal.id}`, checked: true });
  const words = make("span", {}, between, " ", make("span", { className: "soft", textContent: about }));
  const row = make("div", { className: "deal", title: deal.id }, make("label", { htmlFor: box.id }, box, words));
  if (deal.size) row.append(buildControl(deal.size, `${between}, size`));
  box.addEventListener("change", () => {
    state.off[box.checked ? "delete" : "add"](deal.id);
    showDeal(deal.id);
    commit();
    ask();
  });
  deals.set(deal.id, { deal, box, row, between, words: `${between} ${deal.id} ${deal.kind}`.toLowerCase() });
  return row;
};
const showDeal = (name) => {
  const { box, row, deal } = deals.get(name);
  box.checked = !state.off.has(name);
  row.classList.toggle("off", !box.checked);
  if (deal.size) fields.get(deal.size.id).input.disabled = !box.checked;
};
const buildDeals = (list) => {
  const groups = DEALS.map(([name, kinds], k) => {
    const those = list.filter((deal) => kinds.includes(deal.kind));
    const head = make("summary", { textContent: `${name} (${those.length})` });
    return those.length ? make("details", { open: k === 0 || list.length < 20 }, head, ...those.map(buildDeal)) : "";
  });
  id("deal-groups").replaceChildren(...groups.filter(Boolean));
  id("deals").hidden = list.length === 0;
};
const filterDeals = () => {
  const wanted = id("filter").value.trim().toLowerCase();
  deals.forEach(({ row, words }) => { row.hidden = !words.includes(wanted); });
  for (const group of all("details", id("deal-groups"))) {
    group.hidden = !one(".deal:not([hidden])", group);
    if (wanted && !group.hidden) group.open = true;
  }
  const count = [...deals.values()].filter(({ row }) => !row.hidden).length;
  id("filtered").textContent = wanted ? `${count} of ${deals.size} deals` : "";
};

const showChanges = () => {
  const moved = [...state.values].map(([name, value]) => {
    const { control, label } = fields.get(name);
    const group = name.startsWith("size.") ? "" : `${control.group}, `;
    return `${group}${label}: ${valueOf(control, value)} (as written ${valueOf(control, control.neutral)})`;
  });
  const taken = [...state.off].map((name) => {
    const { between, deal } = deals.get(name);
    return `Taken out: ${between}, ${usd(deal.usd_bn)} (${name})`;
  });
  const items = [...moved, ...taken];
  id("count").textContent = items.length ? `(${items.length} changed)` : "";
  const told = items.length ? items : ["Nothing: this is the scenario as written."];
  id("changes").replaceChildren(...told.map((textContent) => make("li", { textContent })));
};

// ------------------------------------------------------------------------------------------------ Asking the server

const setState = (name) => { document.body.dataset.state = name; };

const GONE = "The server does not answer. If it was stopped, start it again with: bubblerisk serve SCENARIO";
const wordsOf = (error) => (error instanceof TypeError ? GONE : error.message);

/** An answer, or what the server says is wrong, thrown. */
const get = async (path, options) => {
  const response = await fetch(path, options);
  if (response.ok) return response;
  const text = await response.text();
  let told = text || `The server answered ${response.status}.`;
  try { told = JSON.parse(text).error || told; } catch { /* plain text is told as it is */ }
  throw new Error(told);
};

const readLines = async (path, options, take) => {
  const reader = (await get(path, options)).body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines.filter(Boolean).map((text) => JSON.parse(text))) {
      if (line.error) throw new Error(line.error);
      take(line);
    }
  }
};

/** Asks for the present state, once a frame. */
const ask = () => {
  ask.frame ||= requestAnimationFrame(() => {
    ask.frame = 0;
    send();
  });
};

/** A request under way is left until it has shown its first line, so that pictures move while a slider is dragged. */
const send = () => {
  const wanted = full();
  showHistory();
  if (flight && (flight.wanted === wanted || !flight.hasFirst)) return;
  if (flight) flight.control.abort();
  fly(wanted);
};

const fly = async (wanted) => {
  const own = { wanted, control: new AbortController(), hasFirst: false, isDone: false, problem: null };
  flight = own;
  setState("busy");
  try {
    await readLines(`/look?${wanted}`, { signal: own.control.signal }, (line) => { if (flight === own) land(own, line); });
    if (!own.isDone) own.problem = "The answer broke off before it was complete.";
  } catch (error) {
    own.problem = wordsOf(error);
  }
  if (flight !== own) return;
  flight = null;
  if (full() !== wanted) send();
  else if (own.problem) load(own.problem);
};

/** A line has come. One of another scenario than the controls are made of is not shown: sliders and firms may be others by now. */
const land = (own, line) => {
  if (line.hash !== scenario.hash) {
    own.control.abort();
    flight = null;
    load();
    return;
  }
  own.isDone = line.is_last;
  own.hasFirst = true;
  show(line);
  if (full() !== own.wanted) ask();
};
const cancel = () => {
  if (report) return report.abort();
  if (!flight) return ask();
  flight.control.abort();
  flight = null;
  setState("idle");
  if (last) showProgress(last, "Stopped at ", "");
  id("cancel").textContent = "Go on";
};

const showError = (text) => {
  setState("error");
  if (one("#error pre").textContent !== text) one("#error pre").textContent = text; // once: it is an alert
  id("error").hidden = false;
  id("status").textContent = "Waiting for a scenario that can be run";
  clearTimeout(showError.timer);
  showError.timer = setTimeout(load, 2000);
};
const hideError = () => {
  clearTimeout(showError.timer);
  id("error").hidden = true;
  one("#error pre").textContent = "";
};

/** Reads the controls and asks. With a `problem`, asks only if the controls are others by now: somebody has edited the file. */
const load = async (problem) => {
  clearTimeout(showError.timer);
  if (flight) return;
  try {
    const isOther = build(await (await get("/controls")).json());
    if (!problem || isOther) send();
    else if (!flight) showError(problem);
  } catch (error) {
    showError(wordsOf(error));
  }
};

/** Builds the page for the controls, if they are others than before. What is changed is what the address says. */
const build = (controls) => {
  if (JSON.stringify(controls) === JSON.stringify(scenario)) return false;
  const held = document.activeElement.id;
  if (scenario) say("The scenario has changed; its sliders and numbers are read anew.");
  scenario = controls;
  last = null;
  forgetPictures();
  resetScales();
  fields.clear();
  deals.clear();
  showHead();
  id("sliders").replaceChildren(...Object.entries(Object.groupBy(controls.controls, (control) => control.group)).map(buildGroup));
  buildDeals(controls.deals);
  readAddress();
  showState();
  filterDeals();
  id(held)?.focus({ preventScroll: true });
  return true;
};
const showHead = () => {
  const random = scenario.is_random ? "" : "; nothing is drawn at random, so one path tells all";
  document.title = `${scenario.title} – bubblerisk`;
  id("title").textContent = scenario.title;
  id("file").textContent = `${scenario.file}, as of ${scenario.as_of}, ${scenario.first_quarter} to ${scenario.last_quarter}${random}`;
  one(".panel").hidden = false;
  for (const name of ["paths", "report-paths"]) id(name).max = scenario.most_paths;
  for (const name of ["link", "save", "send"]) id(name).disabled = false;
};

// ------------------------------------------------------------------------------------------------ Showing a line

let fullest = 0; // the probability that a full bar stands for; it grows when needed and is kept else
const resetScales = () => {
  fullest = 0.05;
  resetRanges();
};
const showProgress = (line, before, after) => {
  id("progress").value = line.paths / line.of;
  id("status").textContent = `${before}${fixed(line.paths, 0)} of ${fixed(line.of, 0)} path${line.of === 1 ? "" : "s"}${after}`;
  id("cancel").textContent = report ? "Cancel report" : "Cancel";
};

const show = (line) => {
  last = line;
  hideError();
  setState(line.is_last ? "done" : "first");
  if (!report) showProgress(line, "", `, ${line.seconds.toFixed(line.seconds < 10 ? 2 : 0)} s`);
  drawAll();
  // Screen readers hear the sentence when the sliders rest, not each refinement.
  clearTimeout(show.timer);
  if (line.is_last) show.timer = setTimeout(speak, 600, line.sentence);
};
const speak = (sentence) => {
  id("spoken").textContent = sentence;
  fillOverlay();
};

const drawAll = () => {
  if (!last) return;
  const look = { scenario, line: last, isAsWritten: isAsWritten() };
  one(".right").hidden = false;
  id("sentence").textContent = last.sentence;
  id("command").textContent = last.command;
  drawNumbers(look);
  drawPictures(look);
  drawBars(look);
  showChanges();
};
const drawNumbers = (look) => {
  const { numbers } = look.line;
  const keys = numbers.map((n) => n.id);
  const head = (n) => make("th", { scope: "row", role: "rowheader", textContent: n.label });
  const cell = (className) => make("td", { className, role: "cell" });
  const buildRow = (k) => make("tr", { role: "row", data: { number: keys[k] } }, head(numbers[k]), cell("now"), cell("base"), cell("change"));
  const buildNote = (k) => make("div", {}, make("dt", { textContent: numbers[k].label }), make("dd", { textContent: numbers[k].note }));
  const rows = rowsOf(one("#numbers tbody"), keys, buildRow);
  rowsOf(id("notes"), keys, buildNote);
  numbers.forEach((n, k) => {
    const [, now, base, change] = rows[k].cells;
    [[now, n.value], [base, n.base], [change, n.change]].forEach(([element, e]) => keepNumber(element, e));
    now.textContent = estimate(n.value, n.unit, look);
    base.textContent = estimate(n.base, n.unit, look);
    showChange(change, n, n.unit, look);
  });
  const { label, value, unit } = numbers[0];
  id("brief").textContent = `${label} ${estimate(value, unit, look)}${look.isAsWritten ? "" : `, ${changeOf(numbers[0], unit, look).text}`}`;
};
const buildBar = (firm) => {
  const part = (className, textContent = "") => make("span", { className, textContent });
  const track = make("span", { className: "track" }, part("bar"), part("whisker"), part("ghost"));
  return make("li", { data: { firm: firm.id } }, part("name", firm.name), track, part("now"), part("change"));
};

const drawBars = (look) => {
  const firms = scenario.firms.map((firm, k) => ({ ...firm, ...look.line.firms[k] }));
  firms.sort((a, b) => (b.base?.value ?? -1) - (a.base?.value ?? -1));
  const most = Math.max(...firms.flatMap((f) => [f.value?.high ?? 0, f.base?.high ?? 0]));
  fullest = Math.max(fullest, [0.05, 0.1, 0.2, 0.3, 0.5, 0.75].find((s) => s >= most) || 1);
  id("bars-note").textContent = `Probability of default until ${scenario.last_quarter}. `
    + `A full bar is ${percent(fullest, 0)}; the dotted tick is as written, the thin line the 95 % interval.`;
  const at = (x) => `${clamp((100 * (x ?? 0)) / fullest, 0, 100)}%`;
  const rows = rowsOf(id("bars"), firms.map((f) => f.id), (k) => buildBar(firms[k]));
  firms.forEach((f, k) => {
    const [, { children: [bar, whisker, ghost] }, now, change] = rows[k].children;
    keepNumber(rows[k], f.value);
    now.textContent = estimate(f.value, "share", look);
    showChange(change, f, "share", look);
    bar.style.width = at(f.value?.value);
    ghost.style.left = at(f.base?.value);
    whisker.style.left = at(f.value?.low);
    whisker.style.width = at(f.value?.high - f.value?.low);
  });
};

// ------------------------------------------------------------------------------------------------ Files and the report

const POST = { method: "POST", headers: { "X-Bubblerisk": "1" } };
const copy = async (text, done) => {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(`The browser did not allow copying. Here it is:\n${text}`);
  }
};
const overlayPath = () => `/overlay?${full({ name: id("overlay-name").value || "my-case" })}`;
const fillOverlay = async () => {
  if (!id("more-overlay").open || !scenario) return;
  id("overlay-text").textContent = await get(overlayPath()).then((answer) => answer.text()).catch(wordsOf);
};
const save = async (event) => {
  event.preventDefault();
  try {
    const { file } = await (await get(overlayPath(), POST)).json();
    id("save-dialog").close();
    say(`Saved as ${file}`);
  } catch (error) {
    one("#save-dialog .problem").textContent = wordsOf(error);
  }
};

const sendReport = async (event) => {
  event.preventDefault();
  id("send-dialog").close();
  report?.abort();
  const own = new AbortController();
  report = own;
  document.body.classList.add("reporting");
  id("report-link").hidden = true;
  try {
    await readLines(`/report?${full({ paths: id("report-paths").value })}`, { ...POST, signal: own.signal }, (line) => showReport(own, line));
  } catch (error) {
    say(error.name === "AbortError" ? "The report is cancelled" : `The report failed: ${wordsOf(error)}`);
  }
  if (report !== own) return;
  report = null;
  document.body.classList.remove("reporting");
  if (last) showProgress(last, "", "");
};
const showReport = (own, line) => {
  if (report === own && line.of) showProgress(line, "Report: ", "");
  if (line.report) Object.assign(id("report-link"), { href: line.report, hidden: false });
  if (line.folder) say(`The report is written to ${line.folder}`);
};

// ------------------------------------------------------------------------------------------------ The page

// The theme: what the system says until the reader says otherwise; forgotten with the page.
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.dataset.theme || (systemDark.matches ? "dark" : "light");
const showTheme = () => {
  id("theme").textContent = theme() === "dark" ? "Light page" : "Dark page";
  drawAll();
};
const changeTheme = () => {
  document.documentElement.dataset.theme = theme() === "dark" ? "light" : "dark";
  showTheme();
};
const undoByKeys = (event) => {
  const isText = event.target.matches("input:not([type=range]):not([type=checkbox])"); // these undo by themselves
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isText || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  stepHistory(event.shiftKey ? 1 : -1);
};
const setNumber = ({ target }) => {
  if (!target.reportValidity()) return;
  state[target.id] = Number(target.value);
  commit();
  ask();
};
const openDialog = ({ target }) => {
  one("#save-dialog .problem").textContent = "";
  id(`${target.id}-dialog`).showModal();
};
const explain = () => Object.assign(id("more-notes"), { open: true }).scrollIntoView();

const listenToButtons = () => {
  const clicks = {
    undo: () => stepHistory(-1),
    redo: () => stepHistory(1),
    reset,
    cancel,
    explain,
    retry: () => load(),
    save: openDialog,
    send: openDialog,
    theme: changeTheme,
    link: () => copy(location.origin + address(), "Link copied. It works where this scenario is served."),
    "copy-command": () => copy(id("command").textContent, "Command copied"),
  };
  for (const [name, act] of Object.entries(clicks)) id(name).onclick = act;
  for (const button of all("[data-close]")) button.onclick = () => button.closest("dialog").close();
};

const listen = () => {
  listenToButtons();
  id("save-dialog").onsubmit = save;
  id("send-dialog").onsubmit = sendReport;
  id("filter").oninput = filterDeals;
  for (const name of ["paths", "seed"]) id(name).onchange = setNumber;
  id("more-overlay").ontoggle = fillOverlay;
  window.onpopstate = restore;
  document.onkeydown = undoByKeys;
  systemDark.onchange = showTheme;
  window.onbeforeprint = () => all(".right details").forEach((d) => { d.open = true; });
};

/** Beside the results the controls are always open; above them they can be folded. */
const foldControls = () => {
  const wide = window.matchMedia("(min-width: 62rem)");
  wide.onchange = () => { id("controls").open = wide.matches; };
  wide.onchange();
};

depth = { now: history.state?.depth ?? 0, top: history.state?.depth ?? 0 };
listen();
foldControls();
watchPictures();
showTheme();
load();
