"use strict";
// Values under the pointer, and zoom along the time axis that all pictures share.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const panels = [...document.querySelectorAll("svg.panel")];
  const tip = document.getElementById("tip");
  const tools = document.querySelector(".tools");
  if (!panels.length) return;
  const box = panels[0].viewBox.baseVal;
  const LEFT = Number(document.body.dataset.left), RIGHT = box.width - Number(document.body.dataset.right);
  const SVG = "http://www.w3.org/2000/svg";
  let from = 0, to = data.end;

  const make = (name, attributes, text = "") => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };
  const place = (t) => LEFT + (t - from) / (to - from) * (RIGHT - LEFT);
  const whole = (t) => LEFT + t / data.end * (RIGHT - LEFT);
  const moment = (x) => from + (x - LEFT) / (RIGHT - LEFT) * (to - from);

  const ticks = () => {
    const raw = (to - from) / 12, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => power * factor).find((one) => one >= raw * 0.999);
    const out = [];
    for (let index = Math.ceil(from / step - 1e-9); index * step <= to + 1e-9; index++) out.push(Number((index * step).toFixed(6)));
    return out;
  };

  const show = (a, b) => {
    [from, to] = [Math.max(0, a), Math.min(data.end, b)];
    const scale = data.end / (to - from);
    const move = LEFT - whole(from) * scale;
    for (const panel of panels) {
      panel.querySelector(".zoom").setAttribute("transform", `matrix(${scale} 0 0 1 ${move} 0)`);
      for (const label of panel.querySelectorAll(":scope > g[clip-path] > text")) {
        label.dataset.x ??= label.getAttribute("x");
        label.setAttribute("x", Number(label.dataset.x) * scale + move);
      }
      const axis = panel.querySelector(".axis"), bottom = Number(panel.dataset.bottom);
      axis.replaceChildren(make("path", { d: `M${LEFT} ${bottom}H${RIGHT}` }));
      ticks().forEach((t, index, all) => {
        axis.append(make("path", { d: `M${place(t)} ${bottom}v4` }));
        const text = index === all.length - 1 ? `${t} s` : `${t}`;
        axis.append(make("text", { x: place(t), y: bottom + 16, "text-anchor": "middle" }, text));
      });
    }
    for (const button of tools.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.from) === from && Number(button.dataset.to) === to));
    }
  };

  const valueAt = (pieces, t) => {
    for (const piece of pieces) {
      if (t < piece[0][0] || t > piece[piece.length - 1][0]) continue;
      let value = null;
      for (const [when, height] of piece) {
        if (when > t) break;
        value = height;
      }
      return value;
    }
    return null;
  };

  const describe = (t) => {
    tip.replaceChildren();
    const line = (text) => {
      const node = document.createElement("div");
      node.textContent = text;
      tip.append(node);
    };
    const since = data.t0 === null ? "" : ` (t0 ${t < data.t0 ? "−" : "+"} ${Math.abs(t - data.t0).toFixed(1)} s)`;
    line(`${t.toFixed(1)} s${since}`);
    for (const fault of data.faults) if (fault.from <= t && t <= fault.to) line(`${fault.name}: ${fault.text}`);
    const table = document.createElement("table");
    const row = (cells, tag) => {
      const tr = table.insertRow();
      cells.forEach((text, index) => {
        const cell = document.createElement(tag);
        cell.textContent = text;
        if (index) cell.className = "number";
        tr.append(cell);
      });
    };
    row(["", "best", "finalized", "lag"], "th");
    for (const node of data.nodes) {
      row([node.name, ...[node.best, node.finalized, node.lag].map((pieces) => valueAt(pieces, t) ?? "–")], "td");
    }
    if (data.nodes.length) tip.append(table);
  };

  const xOf = (panel, event) => {
    const area = panel.getBoundingClientRect();
    return Math.min(RIGHT, Math.max(LEFT, (event.clientX - area.left) / area.width * box.width));
  };

  let start = null;
  const cursors = panels.map((panel) => panel.appendChild(make("path", { class: "cursor", visibility: "hidden" })));
  const choices = panels.map((panel) => panel.appendChild(make("path", { class: "chosen", visibility: "hidden" })));
  const hide = () => {
    tip.hidden = true;
    [...cursors, ...choices].forEach((mark) => mark.setAttribute("visibility", "hidden"));
  };
  panels.forEach((panel) => {
    panel.addEventListener("pointermove", (event) => {
      const x = xOf(panel, event);
      panels.forEach((other, index) => {
        const { top, bottom } = other.dataset;
        cursors[index].setAttribute("d", `M${x} ${top}V${bottom}`);
        cursors[index].setAttribute("visibility", "visible");
        choices[index].setAttribute("visibility", start === null ? "hidden" : "visible");
        if (start !== null) choices[index].setAttribute("d", `M${start} ${top}H${x}V${bottom}H${start}Z`);
      });
      describe(moment(x));
      tip.hidden = false;
      const right = event.clientX + 18 + tip.offsetWidth < window.innerWidth;
      tip.style.left = `${right ? event.clientX + 18 : event.clientX - 18 - tip.offsetWidth}px`;
      tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8))}px`;
    });
    panel.addEventListener("pointerleave", () => { start = null; hide(); });
    panel.addEventListener("pointerdown", (event) => { start = xOf(panel, event); });
    panel.addEventListener("pointerup", (event) => {
      const end = xOf(panel, event), begin = start;
      start = null;
      hide();
      if (begin !== null && Math.abs(end - begin) > 8) show(moment(Math.min(begin, end)), moment(Math.max(begin, end)));
    });
    panel.addEventListener("dblclick", () => show(0, data.end));
  });

  const views = [["whole run", 0, data.end]];
  if (data.t0 !== null) views.push(["from t0", data.t0, data.end]);
  for (const { name, from: a, to: b } of data.faults.slice(0, 12)) {
    const margin = Math.max(15, (b - a) / 4);
    views.push([name, Math.max(0, a - margin), Math.min(data.end, b + margin)]);
  }
  for (const [name, a, b] of views) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    [button.dataset.from, button.dataset.to] = [a, b];
    button.addEventListener("click", () => show(a, b));
    tools.prepend(button);
  }
  tools.prepend(...[...tools.querySelectorAll("button")].reverse());
  tools.hidden = false;
  show(0, data.end);
})();
