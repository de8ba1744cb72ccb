#include "report/page/style.h"

namespace ae {

const std::string_view kPageScript = R"js((() => {
  'use strict';
  const PLACES = 9999;     // greatest stored coordinate
  const REACH = 16;        // CSS pixels from the pointer to the point it chooses
  const TILE_SIZE = 72;    // CSS pixels, about, of a shown picture

  const element = (name, className, parent) => {
    const made = document.createElement(name);
    made.className = className;
    parent.append(made);
    return made;
  };

  const valueAt = (axis, place) => {
    const scaled = axis.log ? Math.log10 : (v) => v;
    const at = scaled(axis.low) + place / PLACES * (scaled(axis.high) - scaled(axis.low));
    return String(Number((axis.log ? 10 ** at : at).toPrecision(3)));
  };

  const pointText = (data, point) => {
    const index = data.index ? data.index[point] : point;
    const lines = ['row ' + (data.rows ? data.rows[index] : index)];
    if (data.names && data.names[data.name[point]]) lines.push(data.names[data.name[point]]);
    for (const [axis, places] of [[data.axes[0], data.x], [data.axes[1], data.y]]) {
      lines.push(axis.label + ' ' + valueAt(axis, places[point]));
    }
    return lines.join('\n');
  };

  const drawCanvas = (area, data) => {
    const canvas = area.querySelector('canvas');
    const ratio = window.devicePixelRatio || 1;
    const width = area.clientWidth;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(area.clientHeight * ratio);
    const context = canvas.getContext('2d');
    const style = getComputedStyle(area);
    const colours = data.shapes.map((_, look) => style.getPropertyValue('--c' + look % 8).trim());
    const unit = width * ratio / data.width;
    context.setTransform(unit, 0, 0, unit, 0, 0);
    context.globalAlpha = data.x.length > 10000 ? 0.5 : 0.7;
    // In the order of rows, so that no class hides the others.
    for (let i = 0; i < data.x.length; ++i) {
      const look = data.apart ? data.name[i] : 0;
      const x = (data.x[i] / PLACES * data.width).toFixed(1);
      const y = ((1 - data.y[i] / PLACES) * data.height).toFixed(1);
      context.fillStyle = colours[look];
      context.fill(new Path2D('M' + x + ' ' + y + data.shapes[look]));
    }
  };

  const showTile = (tile, sprite, index) => {
    tile.hidden = index >= sprite.count;
    const zoom = TILE_SIZE / Math.max(sprite.width, sprite.height);
    const scale = zoom > 1 ? Math.floor(zoom) : zoom;
    const width = sprite.width * scale;
    const height = sprite.height * scale;
    tile.style.width = width + 'px';
    tile.style.height = height + 'px';
    tile.style.backgroundSize = sprite.columns * width + 'px auto';
    tile.style.backgroundPosition = -(index % sprite.columns) * width + 'px ' +
        -Math.floor(index / sprite.columns) * height + 'px';
  };

  const nearestPoint = (area, data, event) => {
    const box = area.getBoundingClientRect();
    const left = event.clientX - box.left;
    const bottom = box.bottom - event.clientY;
    let best = -1;
    let least = REACH * REACH;
    for (let i = 0; i < data.x.length; ++i) {
      const across = data.x[i] / PLACES * box.width - left;
      const up = data.y[i] / PLACES * box.height - bottom;
      const distance = across * across + up * up;
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  };

  // Positions of all points in the order of one coordinate, then of the other.
  const ordering = (first, second) => {
    const order = Array.from(first, (_, i) => i);
    order.sort((a, b) => first[a] - first[b] || second[a] - second[b] || a - b);
    const rank = new Array(order.length);
    order.forEach((point, position) => { rank[point] = position; });
    return {order, rank};
  };

  const setUp = (plot) => {
    const data = JSON.parse(plot.querySelector('script').textContent);
    const area = plot.querySelector('.area');
    const ring = element('div', 'ring', area);
    const tip = element('div', 'tip', area);
    const tile = data.sprite ? element('div', 'tile ' + data.sprite.css, tip) : null;
    const words = element('div', '', tip);
    const spoken = element('p', 'unseen', plot);
    spoken.setAttribute('aria-live', 'polite');
    tip.setAttribute('aria-hidden', 'true');
    let current = -1;
    let orders = null;

    const show = (point) => {
      ring.hidden = tip.hidden = point < 0;
      if (point < 0) return;
      current = point;
      const across = data.x[point] / PLACES;
      const up = data.y[point] / PLACES;
      ring.style.left = across * 100 + '%';
      ring.style.top = (1 - up) * 100 + '%';
      words.textContent = pointText(data, point);
      if (tile) showTile(tile, data.sprite, data.index ? data.index[point] : point);
      const side = (name, near, distance) => {
        tip.style[name] = near ? 'calc(' + distance * 100 + '% + 12px)' : 'auto';
      };
      side('left', across <= 0.5, across);
      side('right', across > 0.5, 1 - across);
      side('bottom', up <= 0.5, up);
      side('top', up > 0.5, 1 - up);
    };

    const step = (key) => {
      orders = orders || [ordering(data.x, data.y), ordering(data.y, data.x)];
      const {order, rank} = orders[key === 'ArrowUp' || key === 'ArrowDown' ? 1 : 0];
      const last = order.length - 1;
      const from = current < 0 ? -1 : rank[current];
      const moves = {ArrowRight: from + 1, ArrowUp: from + 1, ArrowLeft: from - 1,
                     ArrowDown: from - 1, Home: 0, End: last};
      show(order[Math.min(last, Math.max(0, moves[key]))]);
      spoken.textContent = words.textContent.replaceAll('\n', ', ');
    };

    area.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || data.x.length === 0) return;
      if (event.key === 'Escape') return show(-1);
      if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) return;
      event.preventDefault();
      step(event.key);
    });
    const point = (event) => show(nearestPoint(area, data, event));
    area.addEventListener('pointermove', point);
    area.addEventListener('pointerdown', point);
    area.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse' && !area.matches(':focus-visible')) show(-1);
    });
    area.addEventListener('focus', () => {
      if (!area.matches(':focus-visible') || data.x.length === 0) return;
      if (current < 0) step('Home'); else show(current);
    });
    area.addEventListener('blur', () => show(-1));
    show(-1);

    if (data.shapes) {
      new ResizeObserver(() => drawCanvas(area, data)).observe(area);
      matchMedia('(prefers-color-scheme: dark)')
          .addEventListener('change', () => drawCanvas(area, data));
    }
  };

  document.querySelectorAll('.scatter').forEach(setUp);
})();
)js";

}  // namespace ae
