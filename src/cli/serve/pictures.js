/* What the page of `bubblerisk serve` draws: numbers in words, the curve, the ring, what is read off in them. No requests, no sliders, no address. */
export const id = (name) => document.getElementById(name);
export const one = (selector, from = document) => from.querySelector(selector);
export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
export const make = (tag, { data, ...props } = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
};

let seen = null; // what is drawn: the scenario, the line of numbers, and whether nothing is changed
const reads = { curve: new Map(), ring: new Map() }; // what can be read off in the pictures: key and words
const shown = { curve: null, ring: null }; // the key that is read off
const ranges = {}; // of the axes and arrows: they grow when needed and are kept else, so that they do not jump

// ------------------------------------------------------------------------------------------------ Numbers in words

const FEW = "too little to say";
const MORE_TO_COME = "…";

export const fixed = (x, digits) => {
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const rounded = Math.abs(x) < 0.5 * 10 ** -digits ? 0 : x; // no minus before a zero
  return rounded.toLocaleString("en", format).replace("-", "−");
};

/** Decimals that show one or two figures of an error, or three of a number without one; shares and points have two at most. */
const decimals = (x, error, unit) => {
  const size = error > 0 ? error / 3 : Math.abs(x) / 100;
  if (!(size > 0)) return 0;
  return clamp(Math.ceil(-Math.log10(size) - 1e-9), 0, unit === "share" ? 2 : 4);
};
const withUnit = (text, unit, isChange) => {
  if (unit === "usd_bn") return `${text.replace(/^(−?)/, "$1$$")} bn`;
  if (unit === "share") return text + (isChange ? " points" : " %");
  if (unit === "times") return isChange ? text : `× ${text}`;
  return text;
};
export const usd = (x) => withUnit(fixed(x, decimals(x)), "usd_bn");
export const percent = (x, digits = decimals(100 * x, 0, "share")) => `${fixed(100 * x, digits)} %`;
const tied = (text) => text.replace(/ (?![(±])/g, "\u00a0"); // a line may break before the interval only
const scaled = (e, unit) => [e.value, e.low, e.high].map((x) => (unit === "share" ? 100 * x : x));

/** A number with its 95 % interval: "± half" where the interval is even, else "(low to high)". `look` is what drawPictures takes. */
export const estimate = (e, unit, look) => {
  // Words that a finer look takes back would flicker while a slider is dragged.
  if (!e) return look.line.is_last ? FEW : MORE_TO_COME;
  const [value, low, high] = scaled(e, unit);
  const half = (high - low) / 2;
  const digits = decimals(value, half, unit);
  const text = withUnit(fixed(value, digits), unit);
  if (!(half > 0)) return text;
  const isEven = Math.abs(high + low - 2 * value) < 0.3 * half;
  return tied(`${text} ${isEven ? `± ${fixed(half, digits)}` : `(${fixed(low, digits)} to ${fixed(high, digits)})`}`);
};

const noChange = (n, look) => {
  if (look.isAsWritten) return "–";
  return look.line.is_last || n.value ? "not compared" : MORE_TO_COME;
};

/** How a number has changed, in words: which way and how far, or that it cannot be told. */
export const changeOf = (n, unit, look) => {
  if (!n.change) return { way: "none", text: noChange(n, look) };
  const [value, low, high] = scaled(n.change, unit);
  let digits = decimals(value, (high - low) / 2, unit);
  if (low <= 0 && high >= 0) {
    const interval = tied(`(${fixed(low, digits)} to ${fixed(high, digits)})`);
    return { way: "none", text: low === high ? "no change" : `not told from zero ${interval}` };
  }
  // An interval that does not hold zero should not seem to.
  if (Math.min(Math.abs(low), Math.abs(high)) < 0.5 * 10 ** -digits) digits += 1;
  const [near, far] = (value > 0 ? [low, high] : [high, low]).map((x) => fixed(Math.abs(x), digits));
  const size = withUnit(fixed(Math.abs(value), digits), unit, true);
  const told = tied(`${size}${near === far ? "" : ` (${near} to ${far})`}`);
  return value > 0 ? { way: "up", text: `▲ up ${told}` } : { way: "down", text: `▼ down ${told}` };
};
export const showChange = (element, n, unit, look) => {
  const { way, text } = changeOf(n, unit, look);
  element.textContent = text;
  element.dataset.way = way;
};

/** The number as the server gave it stands beside its words. */
export const keepNumber = (element, e) => {
  for (const name of ["value", "low", "high"]) {
    if (e) element.dataset[name] = e[name];
    else delete element.dataset[name];
  }
};

// ------------------------------------------------------------------------------------------------ Painting

const SVG = "http://www.w3.org/2000/svg";

/** Draws a list of [key, tag, attributes, text]; elements are kept by key, so that a picture moves instead of being built anew. */
const paint = (parent, items) => {
  const old = parent.kept || new Map();
  parent.kept = new Map();
  let next = parent.firstChild;
  for (const [key, tag, attributes, text] of items) {
    const element = old.get(key) || document.createElementNS(SVG, tag);
    old.delete(key);
    parent.kept.set(key, element);
    for (const [name, value] of Object.entries(attributes)) {
      if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
    }
    if (text !== undefined && element.textContent !== text) element.textContent = text;
    if (element === next) next = next.nextSibling;
    else parent.insertBefore(element, next);
  }
  old.forEach((element) => element.remove());
};

/** An empty list to paint, and how lines, words and dots come onto it. */
const sheet = () => {
  const items = [];
  const put = (key, tag, attributes, text) => items.push([key, tag, attributes, text]);
  return {
    items,
    put,
    line: (key, [x1, y1, x2, y2], type) => put(key, "line", { x1, y1, x2, y2, class: type }),
    text: (key, x, y, type, words) => put(key, "text", { x, y, class: type }, words),
    dot: (key, x, y, r) => put(key, "circle", { cx: x, cy: y, r, class: key }),
  };
};

/** Rows are built once and filled again and again, so that nothing jumps. */
export const rowsOf = (parent, keys, build) => {
  if (parent.dataset.keys !== keys.join()) {
    parent.dataset.keys = keys.join();
    parent.replaceChildren(...keys.map((_, k) => build(k)));
  }
  return [...parent.children];
};

const pen = document.createElement("canvas").getContext("2d");
const widthOf = (text, weight) => {
  pen.font = `${weight} 12.5px system-ui, "Segoe UI", "Liberation Sans", sans-serif`;
  return pen.measureText(text).width;
};
export const resetRanges = () => Object.assign(ranges, { left: Infinity, right: -Infinity, least: 0.5, widest: 0 });

// ------------------------------------------------------------------------------------------------ The curve

const READS = 80; // places along the axis at which the curve can be read off
let placeUnder = () => null; // the place at so many pixels from the left

const growCurve = (points) => {
  const start = points.find((p) => p[1] < 0.99) || points[0];
  const end = points.findLast((p) => p[1] > 0);
  if (!end) return;
  ranges.right = Math.max(ranges.right, end[0]);
  ranges.left = Math.min(ranges.left, start[0] > 0 && start[0] < 0.5 * ranges.right ? 0 : start[0]);
  ranges.least = Math.min(ranges.least, 0.85 * end[1]);
};
const ticksOf = (low, high, most) => {
  const ten = 10 ** Math.floor(Math.log10((high - low) / most));
  const step = [1, 2, 5, 10].map((k) => k * ten).find((s) => s >= (high - low) / most);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step);
};

/** Share, low and high of a curve at a loss, read off between two points. */
const sharesAt = (points, loss) => {
  const k = points.findIndex((p) => p[0] >= loss);
  if (k < 0) return null;
  if (k === 0) return points[0].slice(1, 4);
  const [a, b] = [points[k - 1], points[k]];
  return [1, 2, 3].map((n) => a[n] + ((loss - a[0]) / (b[0] - a[0] || 1)) * (b[n] - a[n]));
};
const lossAt = (points, share) => {
  const a = points.findLast((p) => p[1] >= share) || points[0];
  const b = points.find((p) => p[1] < share) || points.at(-1);
  return a[0] + (b[0] - a[0]) * clamp((a[1] - share) / (a[1] - b[1] || 1), 0, 1);
};

/** The frame of the curve, and where a loss and a share stand in it. The axis of shares is logarithmic. */
const frameOf = (width) => {
  const height = clamp(0.88 * width, 280, 460);
  const [x0, x1, y0, y1] = [52, width - 10, height - 44, 26];
  const span = ranges.right - ranges.left || Math.abs(ranges.right) || 1;
  const x = (loss) => x0 + (x1 - x0) * clamp((loss - ranges.left) / (1.02 * span), 0, 1);
  const y = (share) => y1 + (y0 - y1) * (share > 0 ? clamp(Math.log(share) / Math.log(ranges.least), 0, 1) : 1);
  return { width, height, x0, x1, y0, y1, span, x, y };
};

const drawAxes = (page, { width, height, x0, x1, y0, y1, span, x, y }) => {
  for (let power = 0, at = y1; 10 ** power >= ranges.least; power -= 1, at = y(10 ** power)) {
    page.line(`h${power}`, [x0, at, x1, at], "grid");
    page.text(`y${power}`, x0 - 6, at + 4, "tick end", percent(10 ** power, Math.max(0, -2 - power)));
  }
  const ticks = ticksOf(ranges.left, ranges.left + span, clamp(Math.floor(width / 85), 2, 8));
  for (const tick of ticks) {
    page.line(`v${tick}`, [x(tick), y0, x(tick), y0 + 5], "axis");
    page.text(`x${tick}`, x(tick), y0 + 18, "tick middle", fixed(tick, decimals(0, span / ticks.length)));
  }
  page.line("floor", [x0, y0, x1, y0], "axis");
  page.text("yname", 2, 13, "tick", "share of paths that lose more");
  page.text("xname", x1, height - 6, "tick end", `net loss against plan, USD bn${width > 420 ? " (negative: gain)" : ""}`);
};
const drawLines = (page, { x, y }, now, base) => {
  const inside = (points) => [[ranges.left, ...sharesAt(points, ranges.left)], ...points.filter((p) => p[0] > ranges.left)];
  const way = (points, n) => inside(points).map((p) => `${x(p[0]).toFixed(1)},${y(p[n]).toFixed(1)}`);
  page.put("band", "polygon", { points: [...way(now, 3), ...way(now, 2).reverse()].join(" "), class: "band" });
  if (!seen.isAsWritten) page.put("ghost", "polyline", { points: way(base, 1).join(" "), class: "ghost-line" });
  page.put("now", "polyline", { points: way(now, 1).join(" "), class: "now-line" });
};

/** Names beside the lines: that of the larger losses to the right, as far down as there is room, the other one to the left. */
const nameLines = (page, { x1, x, y }, now, base) => {
  const isSame = seen.isAsWritten;
  const isMore = lossAt(now, 0.2) >= lossAt(base, 0.2);
  const wide = 14 + widthOf(isMore && !isSame ? "now" : "as written", 600);
  const hasRoom = (share) => x(Math.max(lossAt(now, share), lossAt(base, share))) + wide < x1;
  const level = [0.2, 0.35, 0.5, 0.65, 0.8].find(hasRoom);
  const name = (key, points, isRight, share, words) => {
    const [aside, down] = isRight ? [10, -8] : [-10, 16];
    page.text(key, x(lossAt(points, share)) + aside, y(share) + down, `${key} ${isRight ? "" : "end"}`, words);
  };
  name("now-name", now, isMore && level, isMore && level ? level : 0.2, isSame ? "as written" : "now");
  if (!isSame) name("ghost-name", base, !isMore && level, !isMore && level ? level : 0.05, "as written");
};

const readCurve = (page, { x0, x1, y0, y1, span, x, y }, now, base) => {
  const told = (e) => (e ? `${percent(e[0])} of paths (${percent(e[1])} to ${percent(e[2])})` : FEW);
  for (let k = 0; k <= READS; k += 1) {
    const loss = ranges.left + (span * k) / READS;
    const [a, b] = [now, base].map((points) => sharesAt(points, loss));
    reads.curve.set(String(k), `Lose more than ${usd(loss)}: ${told(a)}${seen.isAsWritten ? "" : `; as written ${told(b)}`}.`);
    if (shown.curve !== String(k)) continue;
    page.line("cross", [x(loss), y1, x(loss), y0], "cross");
    if (b && !seen.isAsWritten) page.dot("dot-ghost", x(loss), y(b[0]), 3.5);
    if (a) page.dot("dot", x(loss), y(a[0]), 4.5);
  }
  placeUnder = (px) => String(clamp(Math.round(((px - x0) / (x1 - x0)) * 1.02 * READS), 0, READS));
};

const drawCurve = () => {
  const { exceedance: now, base_exceedance: base } = seen.line;
  const [svg, width] = [one("#curve svg"), id("curve").clientWidth];
  [now, base].forEach(growCurve);
  reads.curve.clear();
  svg.toggleAttribute("hidden", !now.length || !base.length);
  if (!width || !now.length || !base.length) {
    tell("curve", seen.scenario.is_random ? "Too few paths for a curve." : "Nothing is drawn at random: there is one loss, and no curve.");
    return;
  }
  const [page, frame] = [sheet(), frameOf(width)];
  drawAxes(page, frame);
  drawLines(page, frame, now, base);
  nameLines(page, frame, now, base);
  readCurve(page, frame, now, base);
  svg.setAttribute("viewBox", `0 0 ${width} ${frame.height}`);
  paint(svg, page.items);
  tell("curve", "Point at the curve, or use the arrow keys, to read off shares. Shaded: 95 % band. The vertical axis is logarithmic.");
};

// ------------------------------------------------------------------------------------------------ The ring: what is drawn, and where

const KINDS = {
  purchase: ["purchases", "A buys for X from B"],
  investment: ["investment", "A invests X in B"],
  unsigned: ["not yet signed", "A to B, not yet signed: X"],
  stake: ["stake", "A holds a stake worth X in B"],
  loan: ["loan", "A lends X to B"],
  warrant: ["warrant", "A holds warrants worth X on B"],
  backstop: ["backstop", "A guarantees up to X for B"],
};
const [DISC, LEAD, LINE] = [10, 17, 14]; // radius of a firm, way to its name, height of a line of text
const isInside = (f) => f.from !== null && f.to !== null && f.from !== f.to;
const colourOf = (kind) => seen.scenario.colours.flows[kind] || "#777777";

/** Flows between firms, summed by way and kind, with what they were as written. */
const flowsOf = () => {
  const sums = new Map();
  const add = (field, f) => {
    const key = `${f.from}>${f.to}:${f.kind}`;
    const sum = sums.get(key) || { key, from: f.from, to: f.to, kind: f.kind, now: 0, base: 0, isLoop: false };
    sum[field] += f.usd_bn;
    sum.isLoop ||= field === "now" && f.in_largest_loop;
    sums.set(key, sum);
  };
  const isDrawn = (f) => isInside(f) && f.usd_bn > 0;
  seen.line.base_flows.filter(isDrawn).forEach((f) => add("base", f));
  seen.line.flows.filter(isDrawn).forEach((f) => add("now", f));
  return [...sums.values()].sort((a, b) => b.base - a.base || (a.key < b.key ? -1 : 1));
};

/** The firms that money runs between, those of a kind beside each other. */
const firmsOf = (flows) => {
  const { firms } = seen.scenario;
  const kinds = [...new Set(firms.map((f) => f.kind))];
  const drawn = firms.map((_, k) => k).filter((k) => flows.some((f) => f.from === k || f.to === k));
  return drawn.sort((a, b) => kinds.indexOf(firms[a].kind) - kinds.indexOf(firms[b].kind) || a - b);
};
const wrap = (words, room) => words.reduce((lines, word) => {
  const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
  return lines.length && widthOf(longer, 600) <= room ? [...lines.slice(0, -1), longer] : [...lines, word];
}, []);

/** A firm in its direction from the centre, and how large its name is. */
const firmAt = (firm, angle, isFew, width) => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const words = [...seen.scenario.firms[firm].name.split(" "), "100\u00a0%"];
  const lines = wrap(words, clamp((isFew ? 0.3 : 0.17) * width, 60, 150));
  return {
    firm,
    cos,
    sin,
    side: isFew && Math.abs(cos) < 0.3 ? 0 : Math.sign(cos), // of the firm on which its name stands; 0 is above or below
    breaks: lines.map((line) => line.split(" ").length),
    wide: Math.max(...lines.map((line) => widthOf(line, 600))),
    high: LINE * lines.length,
  };
};

/** The half axes of an ellipse as large as the names leave room for. */
const ellipseOf = (list, isFew, isMany, cx, cy) => {
  const above = isMany ? LEAD : Math.max(...list.map((p) => p.high)) / (isFew ? 1 : 2) + LEAD + 2;
  const roomBeside = (p) => (cx - (p.side ? p.wide + LEAD + 3 : p.wide / 2)) / Math.max(Math.abs(p.cos), isMany ? 1 : 0.3);
  const rx = Math.min(...list.map(roomBeside)) - (isMany ? LEAD : 0);
  const ry = Math.min(cy - above, (isMany ? 6 : 2.3) * rx);
  return [Math.min(rx, 1.35 * ry), ry];
};

/** Where firms and their names stand: few have names above and below too, many have them in two columns. */
const placeFirms = (firms, width, height) => {
  const [isFew, isMany] = [firms.length <= 6, firms.length > 14];
  const [cx, cy] = [width / 2, height / 2];
  const angle = (n) => ((n + (isFew ? 0 : 0.5)) / firms.length) * 2 * Math.PI - Math.PI / 2;
  const list = firms.map((firm, n) => firmAt(firm, angle(n), isFew, width));
  const [rx, ry] = ellipseOf(list, isFew, isMany, cx, cy);
  for (const p of list) {
    Object.assign(p, { x: cx + rx * p.cos, y: cy + ry * p.sin });
    p.ty = cy + (ry + (isMany ? 0 : LEAD) + (p.side ? 0 : p.high / 2)) * p.sin;
  }
  for (const side of [-1, 1]) spread(list.filter((p) => p.side === side).sort((a, b) => a.ty - b.ty), height);
  for (const p of list) {
    // A name beside its firm keeps clear of the disc; one that was moved away follows the ellipse.
    const round = (rx + LEAD) * Math.sqrt(1 - clamp((p.ty - cy) / (ry + LEAD), -1, 1) ** 2);
    const beside = p.side * (p.x - cx) + (Math.abs(p.ty - p.y) < DISC + p.high / 2 ? LEAD : 2);
    if (isMany) p.tx = cx + p.side * (rx + 1.7 * LEAD);
    else p.tx = p.side ? cx + p.side * Math.min(Math.max(round, beside, 6), Math.max(cx - p.wide, 6)) : p.x;
  }
  return { places: new Map(list.map((p) => [p.firm, p])), centre: [cx, cy], size: Math.min(rx, ry) };
};

/** Moves the names of one side apart, from the middle outwards, and back into the picture. */
const spread = (list, height) => {
  const gap = (a, b) => (a.high + b.high) / 2 + 2;
  const below = (k) => list[k - 1].ty + gap(list[k - 1], list[k]);
  const above = (k) => list[k + 1].ty - gap(list[k], list[k + 1]);
  const [middle, end] = [Math.max(0, list.findIndex((p) => p.sin >= 0)), list.length - 1];
  for (let k = middle + 1; k <= end; k += 1) list[k].ty = Math.max(list[k].ty, below(k));
  for (let k = middle - 1; k >= 0; k -= 1) list[k].ty = Math.min(list[k].ty, above(k));
  list.forEach((p, k) => { p.ty = Math.max(p.ty, k ? below(k) : p.high / 2); });
  for (let k = end; k >= 0; k -= 1) list[k].ty = Math.min(list[k].ty, k < end ? above(k) : height - list[k].high / 2);
};

/** A curve bent towards the centre and to its own right, so that there and back do not cover each other. */
const bow = (a, b, centre, rank) => {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const long = Math.max(Math.hypot(dx, dy), 1);
  const aside = Math.min(0.1 * long + 12, 44) + 20 * rank;
  const bend = (p, q, middle, right) => 0.55 * ((p + q) / 2) + 0.45 * middle + (right / long) * aside;
  const [bx, by] = [bend(a.x, b.x, centre[0], -dy), bend(a.y, b.y, centre[1], dx)];
  const at = (p, q, bent, t) => (1 - t) ** 2 * p + 2 * t * (1 - t) * bent + t * t * q;
  return (t) => [at(a.x, b.x, bx, t), at(a.y, b.y, by, t)];
};

/** The outline of an arrow along a curve. */
const arrow = (at, wide) => {
  const far = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
  const points = Array.from({ length: 61 }, (_, k) => at(k / 60));
  const body = points.filter((p) => far(p, points[0]) > DISC + 1 && far(p, points[60]) > DISC + 8 + 1.1 * wide);
  if (body.length < 2) return "";
  const beside = (p, from, to, half) => {
    const long = far(from, to) || 1;
    return [p[0] - ((to[1] - from[1]) / long) * half, p[1] + ((to[0] - from[0]) / long) * half];
  };
  const edge = (half) => body.map((p, k) => beside(p, body[Math.max(k - 1, 0)], body[Math.min(k + 1, body.length - 1)], half));
  const neck = body.at(-1);
  const tip = points.findLast((p) => far(p, points[60]) > DISC + 3);
  const wing = wide / 2 + 3 + 0.16 * wide;
  const head = [beside(neck, neck, tip, wing), tip, beside(neck, neck, tip, -wing)];
  const outline = [...edge(wide / 2), ...head, ...edge(-wide / 2).reverse()];
  return `M${outline.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}Z`;
};

/** A share as the filled part of a clock's face. */
const clock = (x, y, share) => {
  if (!(share > 0)) return "";
  const turn = 2 * Math.PI * Math.min(share, 0.9999);
  const [endX, endY] = [x + DISC * Math.sin(turn), y - DISC * Math.cos(turn)];
  return `M${x} ${y}V${y - DISC}A${DISC} ${DISC} 0 ${share > 0.5 ? 1 : 0} 1 ${endX} ${endY}Z`;
};

// ------------------------------------------------------------------------------------------------ The ring: drawing it

const wordsOfFlow = (f) => {
  const { firms } = seen.scenario;
  const names = { A: firms[f.from].name, B: firms[f.to].name };
  const told = (x) => (KINDS[f.kind]?.[1] || "A to B: X").replace(/\b[ABX]\b/g, (letter) => names[letter] || usd(x));
  if (!(f.now > 0)) return `Taken out: ${told(f.base)}.`;
  const isMoved = Math.abs(f.now - f.base) > 1e-9 * f.base;
  const before = isMoved ? `; as written ${f.base > 0 ? usd(f.base) : "nothing"}` : "";
  return `${told(f.now)}${before}.${f.isLoop ? " Part of the largest round trip." : ""}`;
};

const drawFlow = (f, rank, ring, layers) => {
  const [isThere, colour] = [f.now > 0, colourOf(f.kind)];
  const whenThere = f.isLoop ? "loop" : "pale";
  const layer = isThere ? whenThere : "ghost";
  f.at = bow(ring.places.get(f.from), ring.places.get(f.to), ring.centre, rank);
  f.wide = Math.max(clamp(0.11 * ring.size, 8, 22) * ((f.now || f.base) / ranges.widest), 1.2);
  const look = { fill: isThere ? colour : "none", stroke: colour, "data-read": f.key };
  const type = `flow ${layer}${shown.ring === f.key ? " shown" : ""}`;
  layers[layer].push([`${layer}-${f.key}`, "path", { d: arrow(f.at, f.wide), ...look, class: type }]);
  reads.ring.set(f.key, wordsOfFlow(f));
};

const drawDisc = (p, layers) => {
  const { value, base } = seen.line.firms[p.firm];
  const key = `firm-${p.firm}`;
  const put = (part, tag, attributes) => layers.firms.push([`${part}${p.firm}`, tag, attributes]);
  if (base) {
    const arc = { cx: p.x, cy: p.y, r: DISC + 3, pathLength: 100, "stroke-dasharray": `${100 * base.value} 100` };
    put("arc", "circle", { ...arc, transform: `rotate(-90 ${p.x} ${p.y})`, class: "ghost-arc" });
  }
  put("disc", "circle", { cx: p.x, cy: p.y, r: DISC, class: `disc${shown.ring === key ? " shown" : ""}`, "data-read": key });
  put("clock", "path", { d: clock(p.x, p.y, value?.value ?? 0), class: "clock", "data-read": key });
};

const drawName = (p, layers) => {
  const { value } = seen.line.firms[p.firm];
  const share = value ? percent(value.value, value.value < 0.0995 ? 1 : 0).replace(" ", "\u00a0") : "–";
  const words = [...seen.scenario.firms[p.firm].name.split(" "), share];
  if (p.side && Math.hypot(p.tx - p.x, p.ty - p.y) > 1.6 * LEAD) {
    layers.ghost.push([`lead${p.firm}`, "line", { x1: p.x, y1: p.y, x2: p.tx - 2 * p.side, y2: p.ty, class: "lead" }]);
  }
  p.breaks.forEach((count, k) => {
    const y = p.ty + 4.5 + LINE * (k - (p.breaks.length - 1) / 2);
    const look = { x: p.tx, y, class: `firm ${["end", "middle", ""][p.side + 1]}`, "data-read": `firm-${p.firm}` };
    layers.names.push([`name${k}-${p.firm}`, "text", look, words.splice(0, count).join(" ")]);
  });
};

/** Draws a firm, and notes the boxes that its name and its disc take. */
const drawFirm = (p, layers, taken) => {
  drawDisc(p, layers);
  drawName(p, layers);
  const left = p.tx - [p.wide, p.wide / 2, 0][p.side + 1];
  taken.push([left, p.ty - p.high / 2, left + p.wide, p.ty + p.high / 2]);
  taken.push([p.x - DISC - 3, p.y - DISC - 3, p.x + DISC + 3, p.y + DISC + 3]);
  const firm = seen.line.firms[p.firm];
  const [value, base] = [firm.value, firm.base].map((e) => estimate(e, "share", seen));
  const told = `defaults in ${value} of paths; as written ${base}; ${changeOf(firm, "share", seen).text}`;
  reads.ring.set(`firm-${p.firm}`, `${seen.scenario.firms[p.firm].name} ${told}.`);
};

const SPOTS = [0.42, 0.5, 0.34, 0.58, 0.66, 0.27, 0.74]; // shares of the way at which words may stand

/** Words on an arrow, or beside one of the loop, at the first place along it where nothing else is written. */
const labelFlow = (f, width, layers, taken) => {
  const text = `${usd(f.now)} ${KINDS[f.kind]?.[0] || f.kind}`;
  const half = widthOf(text, f.isLoop ? 600 : 400) / 2 + 2;
  const beside = (t, side) => {
    const [[x, y], [u, v]] = [f.at(t), f.at(t + 0.01)];
    const turn = side / (Math.hypot(u - x, v - y) || 1);
    const [nx, ny] = [(y - v) * turn, (u - x) * turn];
    const out = 0.5 * f.wide + 4 + Math.abs(nx) * half + Math.abs(ny) * 8;
    return [x + nx * out, y + ny * out];
  };
  const asides = f.isLoop ? SPOTS.flatMap((t) => [beside(t, 1), beside(t, -1)]) : [];
  const boxes = [...asides, ...SPOTS.map(f.at)].map(([x, y]) => [x - half, y - 8, x + half, y + 8]);
  const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  const spot = boxes.find((box) => box[0] > 0 && box[2] < width && !taken.some((other) => overlaps(box, other)));
  if (!spot) return;
  taken.push(spot);
  const fill = `color-mix(in srgb, ${colourOf(f.kind)} 60%, var(--ink))`;
  const look = { x: spot[0] + half, y: spot[1] + 12, fill, class: `label middle${f.isLoop ? " bold" : ""}` };
  layers.names.push([`label-${f.key}`, "text", look, text]);
};

/** What the colours mean, with the dollars of each kind, and what is not drawn. */
const drawKey = (flows) => {
  const kinds = [...new Set(flows.map((f) => f.kind))];
  const rows = rowsOf(id("key"), kinds, () => make("li", {}, document.createElementNS(SVG, "svg"), make("span")));
  const sum = (list, field) => list.reduce((total, f) => total + f[field], 0);
  rows.forEach((row, k) => {
    paint(row.firstChild, [["swatch", "rect", { width: "100%", height: "100%", fill: colourOf(kinds[k]) }]]);
    const those = flows.filter((f) => f.kind === kinds[k]);
    row.lastChild.textContent = `${KINDS[kinds[k]]?.[0] || kinds[k]} ${usd(sum(those, "now"))}`;
  });
  const outside = sum(seen.line.flows.filter((f) => !isInside(f)), "usd_bn");
  id("outside").textContent = outside > 0 ? `Not drawn: ${usd(outside)} from and to the outside.` : "";
};

const drawRing = () => {
  const [svg, width, flows] = [one("#ring svg"), id("ring").clientWidth, flowsOf()];
  const firms = firmsOf(flows);
  reads.ring.clear();
  drawKey(flows);
  if (!firms.length || !width) {
    paint(svg, []);
    tell("ring", "No money runs between the firms of this scenario.");
    return;
  }
  const height = Math.max(clamp(0.9 * width, firms.length > 6 ? 400 : 260, 500), 19 * firms.length);
  const ring = placeFirms(firms, width, height);
  const [layers, taken] = [{ ghost: [], pale: [], loop: [], firms: [], names: [] }, []];
  ranges.widest = Math.max(ranges.widest, ...flows.flatMap((f) => [f.now, f.base]));
  flows.forEach((f, k) => drawFlow(f, flows.slice(0, k).filter((g) => g.from === f.from && g.to === f.to).length, ring, layers));
  ring.places.forEach((p) => drawFirm(p, layers, taken));
  const largest = flows.filter((f) => f.now > 0).sort((a, b) => b.isLoop - a.isLoop || b.now - a.now);
  largest.slice(0, width > 600 ? 10 : 6).forEach((f) => labelFlow(f, width, layers, taken));
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  paint(svg, Object.values(layers).flat());
  tell("ring", "Point at an arrow or a firm, or use the arrow keys, for its numbers. "
    + "A disc fills with the probability of default; the thin arc is as written.");
};

// ------------------------------------------------------------------------------------------------ Reading off

const draw = { curve: drawCurve, ring: drawRing };

/** What is pointed at, or reached by the arrow keys, is told in the line under the picture. */
const tell = (name, hint) => {
  const [line, text] = [one(`#${name} .read`), reads[name].get(shown[name]) || hint];
  if (line.textContent !== text) line.textContent = text;
};
const readOff = (name, key) => {
  if (shown[name] === key || !seen) return;
  shown[name] = key;
  draw[name]();
};

const readByKeys = (name, event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Escape: 0 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  one(`#${name} .read`).setAttribute("role", "status"); // spoken when keys ask, silent under the pointer
  const keys = [...reads[name].keys()];
  const from = keys.indexOf(shown[name]);
  const next = from < 0 && step < 0 ? keys.length - 1 : (from + step + keys.length) % keys.length;
  readOff(name, step === 0 ? null : keys[next]);
};

const listenTo = (name) => {
  const [figure, svg] = [id(name), one(`#${name} svg`)];
  const keyUnder = {
    curve: (event) => placeUnder(event.clientX - svg.getBoundingClientRect().left),
    ring: (event) => event.target.dataset.read || null,
  }[name];
  const point = (event) => {
    one(`#${name} .read`).removeAttribute("role");
    readOff(name, keyUnder(event));
  };
  svg.onpointermove = point;
  svg.onpointerdown = point;
  svg.onpointerleave = (event) => { if (event.pointerType === "mouse") readOff(name, null); };
  figure.onblur = () => readOff(name, null);
  figure.onkeydown = (event) => readByKeys(name, event);
};

// ------------------------------------------------------------------------------------------------ For page.js

/** Draws both pictures: `look` has the `scenario` that /controls told, a `line` of /look, and whether it `isAsWritten`. */
export const drawPictures = (look) => {
  seen = look;
  drawCurve();
  drawRing();
};

/** For another scenario: nothing is drawn until its first line comes. */
export const forgetPictures = () => {
  seen = null;
  resetRanges();
};

/** Pictures are drawn anew when their place gets wider or narrower, and tell what is pointed at. */
export const watchPictures = () => {
  const sizes = new ResizeObserver(() => requestAnimationFrame(() => { if (seen) Object.values(draw).forEach((again) => again()); }));
  for (const name of Object.keys(draw)) {
    sizes.observe(id(name));
    listenTo(name);
  }
};
