// The charts, drawn by Plotly.js from the figures in #report-data. A figure of the page is wanted
// where its plot-NAME element is there; every change (theme, personas shown, size, print) draws
// anew from the same figures.
(() => {
'use strict';

const root = document.documentElement;
const data = JSON.parse(document.getElementById('report-data').textContent);
const compactWidth = 520;
const state = {
  off: new Set(),      // clusters that are switched off
  modes: new Map(),    // chart: how it is drawn
  mapImage: null,      // of the personas that are on; null: none
  printing: false,
};

// ---- Text. Names come from the data: to Plotly they go escaped, isolated and cut.

const escaped = (text) =>
  '\u2068' + text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;') + '\u2069';

function cut(text, most) {
  const letters = Array.from(text);
  return letters.length <= most ? text : letters.slice(0, most - 1).join('') + '…';
}

const tick = (text, most = 22) => escaped(cut(text, most));

/** Lines of at most `width` letters, broken after a space where one is near. */
function wrapped(text, width = 40) {
  const letters = Array.from(cut(text, 120));
  const lines = [];
  while (letters.length > width) {
    const space = letters.lastIndexOf(' ', width - 1);
    lines.push(letters.splice(0, space > width / 2 ? space + 1 : width).join(''));
  }
  lines.push(letters.join(''));
  return lines.map(escaped).join('<br>');
}

const whole = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});
const digits3 = new Intl.NumberFormat('en-US', {maximumSignificantDigits: 3});
const digits4 = new Intl.NumberFormat('en-US', {maximumSignificantDigits: 4});

function number(value, format = digits3) {
  if (value === null) return '–';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e9) ? value.toExponential(2) : format.format(value);
}

function signed(value) {
  if (value === null) return '–';
  const text = value.toFixed(1);
  return text === '-0.0' ? '+0.0' : value < 0 ? text : '+' + text;
}

const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** "20.1 % (19.9 to 20.3, 95 % interval)". */
function rateText({value, low, high}) {
  if (value === null) return 'no rate';
  const digits = high - low < 0.01 ? 2 : 1;
  const ends = [low, high].map((end) => (100 * end).toFixed(digits));
  return `${percent(value, digits)} (${ends.join(' to ')}, 95 % interval)`;
}

function ratioText({value, low, high}) {
  if (value === null) return 'not known';
  return low === null || high === null ? `${number(value)} (too little for an interval)` :
    `${number(value)} (${number(low)} to ${number(high)}, 95 % interval)`;
}

// ---- Looks.

function look(div) {
  const css = getComputedStyle(root);
  const color = (name, other) => css.getPropertyValue(name).trim() || other;
  return {
    text: color('--text', '#1d2430'),
    muted: color('--muted', '#55606e'),
    grid: color('--grid', '#d5dae1'),
    surface: color('--surface', '#ffffff'),
    accent: color('--accent', '#005a9c'),
    width: widthOf(div),
    compact: widthOf(div) < compactWidth,
  };
}

/** On paper there is room for two half-width charts in a row, as on the screen. */
function widthOf(div) {
  if (!state.printing) return div.clientWidth || 660;
  const row = div.closest('.beside');
  return row && row.childElementCount > 1 ? 320 : 660;
}

const axis = (looks, more) => ({
  automargin: true, fixedrange: true, zeroline: false, gridcolor: looks.grid,
  linecolor: looks.grid, tickcolor: looks.grid, ...more,
});

/** An axis of names: at 0, 1, ... in this order, from the left or from the top. */
const nameAxis = (looks, names, direction, most = 22) => axis(looks, {
  tickmode: 'array', tickvals: names.map((_, at) => at),
  ticktext: names.map((name) => tick(name, most)), showgrid: false,
  range: direction === 'down' ? [names.length - 0.5, -0.5] : [-0.5, names.length - 0.5],
});

const nameWidth = (looks) => looks.width < 400 ? 14 : 22;

const layoutOf = (looks, height, more) => ({
  width: looks.width, height, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
  font: {family: 'system-ui, sans-serif', size: looks.compact ? 11 : 13, color: looks.text},
  margin: looks.compact ? {l: 8, r: 24, t: 28, b: 8} : {l: 10, r: 20, t: 32, b: 10},
  hoverlabel: {bgcolor: looks.surface, bordercolor: looks.muted, align: 'left', namelength: 0,
    font: {color: looks.text}},
  modebar: {bgcolor: 'rgba(0,0,0,0)', color: looks.muted, activecolor: looks.text},
  showlegend: false, dragmode: false, ...more,
});

const rowsHeight = (rows, row = 32) => Math.max(240, 120 + row * rows);

/** Blue below, red above: told apart by the colour-blind; the page's own colour between. */
const diverging = (looks) =>
  [[0, '#2b7bba'], [0.5, looks.surface], [1, '#c9452f']];

// ---- Charts. Each gives traces and layout, or null where there is nothing to draw.

/** A table in colours. `cells`: rows of {z, text, hover}. */
function table(looks, rows, columns, cells, limit, scaleTitle) {
  const room = (looks.width - (looks.compact ? 110 : 230)) / columns.length;
  const longest = Math.max(...cells.flat().map((cell) => cell.text.length));
  const of = (what) => cells.map((row) => row.map(what));
  return {
    traces: [{
      type: 'heatmap', z: of((cell) => cell.z), x: columns.map((_, at) => at),
      y: rows.map((_, at) => at), text: of((cell) => cell.text),
      hovertext: of((cell) => cell.hover), hoverinfo: 'text', hoverongaps: false, xgap: 1, ygap: 1,
      texttemplate: room > 7 * longest ? '%{text}' : '', colorscale: diverging(looks),
      zmin: -limit, zmax: limit, zmid: 0, showscale: !looks.compact,
      colorbar: {title: {text: scaleTitle, side: 'right'}, thickness: 10, outlinewidth: 0},
    }],
    layout: layoutOf(looks, rowsHeight(rows.length, 36) + 40, {
      xaxis: {...nameAxis(looks, columns, 'right', nameWidth(looks)),
        tickangle: room < 60 ? 90 : 'auto'},
      yaxis: nameAxis(looks, rows, 'down', nameWidth(looks)),
    }),
  };
}

function heatmap(looks) {
  const {personas, features, overall} = data;
  if (personas.length === 0 || features.length === 0) return null;
  const cells = personas.map((persona) => features.map((feature, f) => ({
    z: persona.z[f], text: number(persona.mean[f]),
    hover: `${wrapped(persona.name)}<br>${wrapped(feature)}` +
      `<br>mean ${number(persona.mean[f], digits4)}` +
      `<br>mean of all sessions ${number(overall.mean[f], digits4)}` +
      `<br>${signed(persona.z[f])} standard deviations`,
  })));
  return table(looks, personas.map((persona) => persona.name), features, cells, 3,
    'standard deviations');
}

function residuals(looks) {
  const {channels, personas, composition} = data;
  if (channels.length === 0 || personas.length === 0) return null;
  const cells = composition.residual.map((row, c) => row.map((z, p) => ({
    z, text: signed(z),
    hover: `${wrapped(channels[c].name)}<br>${wrapped(personas[p].name)}<br>residual ${signed(z)}` +
      `<br>${whole.format(composition.sessions[c][p])} sessions`,
  })));
  const limit = Math.max(3, ...composition.residual.flat().map((z) => Math.abs(z)));
  return table(looks, channels.map((channel) => channel.name),
    personas.map((persona) => persona.name), cells, limit, 'residual');
}

/** The axis that holds all intervals and the line: from 0 for bars, else close around them. */
function intervalRange(rows, line, bars) {
  const ends = rows.flatMap((row) => [row.value, row.low, row.high]).concat(line)
    .filter((end) => end !== null);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const pad = 0.06 * (high - low) || 0.1 * Math.abs(high) || 0.01;
  return bars ? [Math.min(0, low), Math.max(high, 0) + pad] :
    [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
}

/** A line across all rows, with its label above. */
function referenceLine(looks, at, text, range) {
  const place = (at - range[0]) / (range[1] - range[0]);
  return {
    shapes: [{type: 'line', x0: at, x1: at, y0: 0, y1: 1, yref: 'paper', layer: 'below',
      line: {color: looks.muted, width: 1.5, dash: 'dash'}}],
    annotations: [{x: at, y: 1, yref: 'paper', yanchor: 'bottom', text, showarrow: false,
      xanchor: place < 0.25 ? 'left' : place > 0.75 ? 'right' : 'center',
      font: {color: looks.muted}}],
  };
}

/** Points with intervals, or bars. `rows`: {name, value, low, high, hover}. */
function intervals(looks, rows, {line, lineText, bars, title, tickformat}) {
  if (rows.every((row) => row.value === null)) return null;
  const range = intervalRange(rows, line, bars);
  const reach = (end, value) => end === null || value === null ? 0 : Math.abs(end - value);
  const trace = {
    x: rows.map((row) => row.value), y: rows.map((_, at) => at),
    hovertext: rows.map((row) => row.hover), hoverinfo: 'text',
    error_x: {type: 'data', symmetric: false, thickness: 2, width: 5,
      color: bars ? looks.text : looks.accent,
      array: rows.map((row) => reach(row.high, row.value)),
      arrayminus: rows.map((row) => reach(row.low, row.value))},
  };
  Object.assign(trace, bars ?
    {type: 'bar', orientation: 'h', width: 0.6, marker: {color: looks.accent, opacity: 0.75}} :
    {type: 'scatter', mode: 'markers', cliponaxis: false,
      marker: {color: looks.accent, size: 10}});
  const fromZero = range[0] <= 0;
  return {
    traces: [trace],
    layout: layoutOf(looks, rowsHeight(rows.length), {
      xaxis: axis(looks, {range, tickformat, nticks: looks.compact ? 5 : 8,
        title: {text: fromZero ? title : `${title}<br>(the axis does not start at 0)`}}),
      yaxis: nameAxis(looks, rows.map((row) => row.name), 'down', nameWidth(looks)),
      ...(line === null ? {} : referenceLine(looks, line, lineText, range)),
    }),
  };
}

function rates(looks, groups, chart) {
  const rows = groups.map(({name, sessions, rate, low, high}) => {
    const row = {name, value: rate, low, high};
    row.hover = `${wrapped(name)}<br>${rateText(row)}<br>${whole.format(sessions)} sessions`;
    return row;
  });
  const line = data.overall.rate;
  return intervals(looks, rows, {
    line, lineText: line === null ? '' : `all sessions ${percent(line)}`,
    bars: state.modes.get(chart) === 'bars', title: 'Conversion rate', tickformat: '~%',
  });
}

function money(looks) {
  const rows = data.money.map(({channel, value, low, high}) => ({
    name: channel, value, low, high,
    hover: `${wrapped(channel)}<br>return on spend ${ratioText({value, low, high})}`,
  }));
  return intervals(looks, rows, {
    line: 1, lineText: 'revenue = spend', bars: state.modes.get('money') === 'bars',
    title: 'Revenue for each unit of spend', tickformat: '',
  });
}

function volume(looks) {
  const {channels} = data;
  if (channels.length === 0) return null;
  const sessions = channels.map((channel) => channel.sessions);
  return {
    traces: [{
      type: 'bar', orientation: 'h', width: 0.6, x: sessions, y: channels.map((_, at) => at),
      text: sessions.map((count) => whole.format(count)), textposition: 'outside',
      cliponaxis: false, hoverinfo: 'text', marker: {color: looks.accent, opacity: 0.75},
      hovertext: channels.map((channel) => `${wrapped(channel.name)}<br>` +
        `${whole.format(channel.sessions)} sessions<br>${percent(channel.share)} of all`),
    }],
    layout: layoutOf(looks, rowsHeight(channels.length), {
      xaxis: axis(looks, {range: [0, Math.max(...sessions) * (looks.compact ? 1.35 : 1.2)],
        nticks: looks.compact ? 4 : 6, title: {text: 'Sessions'}}),
      yaxis: nameAxis(looks, channels.map((channel) => channel.name), 'down', nameWidth(looks)),
    }),
  };
}

const patterns = ['', '/', '.', 'x', '-', '\\', '+', '|'];
const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'star', 'hexagon',
  'triangle-down', 'pentagon', 'bowtie'];

function composition(looks) {
  const {channels, personas} = data;
  if (channels.length === 0 || personas.length === 0) return null;
  const {share, sessions} = data.composition;
  return {
    traces: personas.map((persona, p) => ({
      type: 'bar', orientation: 'h', width: 0.7, x: share.map((row) => row[p]),
      y: channels.map((_, at) => at), visible: !state.off.has(persona.cluster),
      hoverinfo: 'text',
      hovertext: channels.map((channel, c) => `${wrapped(persona.name)}<br>` +
        `${wrapped(channel.name)}<br>${percent(share[c][p])} of its sessions<br>` +
        `${whole.format(sessions[c][p])} sessions`),
      marker: {color: persona.color, line: {color: looks.surface, width: 1},
        pattern: {shape: patterns[p % patterns.length], fillmode: 'overlay',
          fgcolor: looks.surface, fgopacity: 0.6, size: 8, solidity: 0.15}},
    })),
    layout: layoutOf(looks, rowsHeight(channels.length), {
      barmode: 'stack',
      xaxis: axis(looks, {range: [0, 1], tickformat: '~%', tickvals: [0, 0.25, 0.5, 0.75, 1],
        title: {text: 'Share of sessions'}}),
      yaxis: nameAxis(looks, channels.map((channel) => channel.name), 'down', nameWidth(looks)),
    }),
  };
}

const indices = [
  {key: 'silhouette', title: 'Silhouette'},
  {key: 'gap', title: 'Gap', error: 'gap_error'},
  {key: 'jaccard', title: 'Least Jaccard index'},
  {key: 'ari', title: 'Adjusted Rand index'},
  {key: 'calinski_harabasz', title: 'Calinski–Harabasz'},
  {key: 'davies_bouldin', title: 'Davies–Bouldin'},
];

/** A small chart for each index of how many personas fit. */
function choiceOfK(looks) {
  const drawn = indices.filter(({key}) => data.k.some((row) => row[key] !== null));
  if (drawn.length === 0) return null;
  const columns = Math.min(drawn.length, looks.width < 300 ? 1 : looks.compact ? 2 : 3);
  const rows = Math.ceil(drawn.length / columns);
  const ks = data.k.map((row) => row.k);
  const [least, most] = [Math.min(...ks), Math.max(...ks)];
  const chosen = data.k.find((row) => row.chosen);
  const height = rows * 190 + 40;
  const layout = layoutOf(looks, height, {shapes: [], annotations: []});
  const gap = {x: looks.compact ? 0.16 : 0.09, y: 66 / height};
  const size = {x: (1 - gap.x * (columns - 1)) / columns, y: (1 - gap.y * (rows - 1)) / rows};
  const traces = drawn.map(({key, title, error}, at) => {
    const id = at === 0 ? '' : String(at + 1);
    const left = (at % columns) * (size.x + gap.x);
    const top = 1 - Math.floor(at / columns) * (size.y + gap.y);
    layout['xaxis' + id] = axis(looks, {anchor: 'y' + id,
      domain: [left, Math.min(1, left + size.x)], range: [least - 0.5, most + 0.5],
      tick0: least, tickformat: 'd', tickfont: {size: 10},
      dtick: Math.max(1, Math.ceil((most - least) / 8))});
    layout['yaxis' + id] = axis(looks, {anchor: 'x' + id, domain: [Math.max(0, top - size.y), top],
      nticks: 5, tickfont: {size: 10}});
    layout.annotations.push({xref: 'paper', yref: 'paper', x: left, y: top, xanchor: 'left',
      yanchor: 'bottom', text: title, showarrow: false});
    if (chosen) {
      layout.shapes.push({type: 'line', xref: 'x' + id, yref: `y${id} domain`, x0: chosen.k,
        x1: chosen.k, y0: 0, y1: 1, layer: 'below',
        line: {color: looks.muted, width: 1.5, dash: 'dot'}});
    }
    const errors = data.k.map((row) => error && row[error] !== null ? row[error] : 0);
    return {
      type: 'scatter', mode: 'lines+markers', xaxis: 'x' + id, yaxis: 'y' + id, x: ks,
      y: data.k.map((row) => row[key]), hoverinfo: 'text',
      hovertext: data.k.map((row, i) => `k = ${row.k}${row.chosen ? ', chosen' : ''}<br>${title} ` +
        number(row[key], digits4) + (errors[i] ? ` ± ${number(errors[i])}` : '')),
      ...(error ? {error_y: {type: 'data', array: errors, thickness: 1, width: 3}} : {}),
      line: {color: looks.accent, width: 1.5},
      marker: {color: looks.accent, opacity: 1,
        size: data.k.map((row) => row.chosen ? 11 : 7),
        symbol: data.k.map((row) => row.chosen ? 'circle' : 'circle-open')},
    };
  });
  return {traces, layout};
}

// ---- The map.

/** Both ends apart, whatever the data. */
const spread = ([low, high]) => high > low ? [low, high] : [low - 1, high + 1];

function padded([low, high]) {
  const pad = 0.05 * (high - low);
  return [low - pad, high + pad];
}

function pointHover(persona, points, at) {
  const values = data.map.features.map((feature, f) =>
    `<br>${tick(feature)} ${number(points.values[at][f], digits4)}`);
  return `${wrapped(persona.name)}<br>${whole.format(points.sessions[at])} sessions` +
    values.join('');
}

function pointTrace(persona, points) {
  const own = points.cluster.flatMap((cluster, at) => cluster === persona.cluster ? [at] : []);
  return {
    type: 'scatter', mode: 'markers', visible: !state.off.has(persona.cluster),
    x: own.map((at) => points.x[at]), y: own.map((at) => points.y[at]), hoverinfo: 'text',
    hovertext: own.map((at) => pointHover(persona, points, at)),
    marker: {color: persona.color, size: 4, opacity: 0.35},
  };
}

const centreTrace = (looks, persona, p, [x, y]) => ({
  type: 'scatter', mode: 'markers+text', visible: !state.off.has(persona.cluster), x: [x], y: [y],
  text: [tick(persona.name, nameWidth(looks))],
  textposition: p % 2 === 0 ? 'top center' : 'bottom center', hoverinfo: 'text', cliponaxis: false,
  textfont: {color: looks.text, size: looks.compact ? 11 : 13,
    shadow: `0 0 3px ${looks.surface}, 0 0 3px ${looks.surface}, 0 0 3px ${looks.surface}`},
  hovertext: [`${wrapped(persona.name)}<br>centre of ${whole.format(persona.sessions)} sessions` +
    `<br>${percent(persona.share)} of all`],
  marker: {color: persona.color, size: 15, symbol: symbols[p % symbols.length],
    line: {color: looks.text, width: 2}},
});

function map(looks) {
  if (!data.map) return null;
  const {points, centroids, axes} = data.map;
  const [x, y] = [spread(data.map.x), spread(data.map.y)];
  const source = state.mapImage;
  const title = (at) => axes[at] ? {text: wrapped(axes[at], looks.compact ? 34 : 48)} : undefined;
  return {
    traces: [
      ...data.personas.map((persona) => pointTrace(persona, points)),
      ...data.personas.map((persona, p) => centreTrace(looks, persona, p, centroids[p])),
    ],
    layout: layoutOf(looks, looks.compact ? 380 : 560, {
      hovermode: 'closest', uirevision: 'map',
      dragmode: matchMedia('(pointer: fine)').matches ? 'zoom' : false,
      images: source ? [{source, xref: 'x', yref: 'y', x: x[0], y: y[1], sizex: x[1] - x[0],
        sizey: y[1] - y[0], sizing: 'stretch', layer: 'below', xanchor: 'left', yanchor: 'top'}] :
        [],
      xaxis: axis(looks, {range: padded(x), title: title(0), fixedrange: false}),
      yaxis: axis(looks, {range: padded(y), title: title(1), fixedrange: false,
        showticklabels: axes.length > 1}),
    }),
  };
}

/** Gray values of a picture. */
async function grayOf(base64) {
  const image = new Image();
  image.src = 'data:image/png;base64,' + base64;
  await image.decode();
  const canvas = canvasOf(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const {data: rgba} = context.getImageData(0, 0, canvas.width, canvas.height);
  return {width: canvas.width, height: canvas.height, gray: rgba.filter((_, at) => at % 4 === 0)};
}

function canvasOf(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

const planes = {read: null};

function readPlanes() {
  planes.read = planes.read || Promise.all(data.map.planes.map(grayOf));
  return planes.read;
}

const toLight = (byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const fromLight = (light) =>
  255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);

const lightOf = (hex) => [1, 3, 5].map((at) => toLight(parseInt(hex.slice(at, at + 2), 16)));

/** As density_image in C++: mean colour by count, the stronger the more sessions. */
function mixed(shown, most) {
  const {width, height} = shown[0].plane;
  const canvas = canvasOf(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const counts = Array.from({length: 256}, (_, v) => (1 + most) ** (v / 255) - 1);
  for (let cell = 0; cell < width * height; ++cell) {
    let total = 0;
    const sum = [0, 0, 0];
    for (const {plane, light} of shown) {
      const count = counts[plane.gray[cell]];
      total += count;
      for (let i = 0; i < 3; ++i) sum[i] += count * light[i];
    }
    if (total === 0) continue;
    for (let i = 0; i < 3; ++i) image.data[4 * cell + i] = Math.round(fromLight(sum[i] / total));
    const shade = Math.min(1, Math.log1p(total) / Math.log1p(most));
    image.data[4 * cell + 3] = Math.round(255 * (0.25 + 0.75 * shade));
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/** The picture of the personas that are on; null: there is none. */
async function pictureOf(off) {
  const whole = document.getElementById('map-image');
  if (off.size === 0) return whole ? whole.src : null;
  if (!data.map || data.map.planes.length === 0) return null;
  const read = await readPlanes();
  const shown = data.personas.map((persona, p) => ({persona, plane: read[p]}))
    .filter(({persona, plane}) => plane && !off.has(persona.cluster))
    .map(({persona, plane}) => ({plane, light: lightOf(persona.color)}));
  return shown.length === 0 ? null : mixed(shown, data.map.plane_max);
}

// ---- Drawing.

const charts = new Map([
  ['heatmap', heatmap],
  ['map', map],
  ['conversion', (looks) => rates(looks, data.channels, 'conversion')],
  ['volume', volume],
  ['composition', composition],
  ['residuals', residuals],
  ['devices', (looks) => rates(looks, data.devices, 'devices')],
  ['k', choiceOfK],
  ['money', money],
]);

const config = {displaylogo: false, displayModeBar: 'hover',
  modeBarButtons: [['toImage', 'resetScale2d']]};

/** In place of a chart; its table shows. */
function tell(div, name, text) {
  div.textContent = text;
  div.style.minHeight = '0';
  const details = div.parentElement.querySelector('details.data');
  if (details) details.open = true;
  if (name === 'map') document.getElementById('map-image')?.classList.remove('static');
}

async function draw(name) {
  const div = document.getElementById('plot-' + name);
  if (!div) return;
  try {
    const chart = charts.get(name)(look(div));
    if (!chart) {
      tell(div, name, 'There is nothing to draw; the table below has what figures there are.');
      return;
    }
    div.style.minHeight = chart.layout.height + 'px';
    await Plotly.react(div, chart.traces, chart.layout, config);
  } catch (error) {
    console.error(name, error);
    tell(div, name, 'This chart could not be drawn; the table below has its figures.');
  }
}

const drawAll = () => Promise.all(Array.from(charts.keys(), draw));

// ---- What a reader does.

async function togglePersona(cluster) {
  if (!state.off.delete(cluster)) state.off.add(cluster);
  for (const button of document.querySelectorAll('.legend [data-cluster]')) {
    button.setAttribute('aria-pressed', String(!state.off.has(Number(button.dataset.cluster))));
  }
  const off = new Set(state.off);
  draw('composition');
  const picture = await pictureOf(off).catch(() => null);
  // Another persona may have been switched while the picture was made.
  if (off.size !== state.off.size || ![...off].every((one) => state.off.has(one))) return;
  state.mapImage = picture;
  draw('map');
}

function setMode(group, mode) {
  const chart = group.dataset.chart;
  for (const button of group.querySelectorAll('[data-mode]')) {
    button.setAttribute('aria-pressed', String(button.dataset.mode === mode));
  }
  state.modes.set(chart, mode);
  draw(chart);
}

const darkPreferred = matchMedia('(prefers-color-scheme: dark)');

function toggleTheme() {
  const theme = root.dataset.theme || (darkPreferred.matches ? 'dark' : 'light');
  root.dataset.theme = theme === 'dark' ? 'light' : 'dark';
  drawAll();
}

function listen() {
  for (const button of document.querySelectorAll('.legend [data-cluster]')) {
    button.addEventListener('click', () => togglePersona(Number(button.dataset.cluster)));
  }
  for (const button of document.querySelectorAll('.switch[data-chart] [data-mode]')) {
    button.addEventListener('click', () => setMode(button.closest('.switch'), button.dataset.mode));
  }
  document.getElementById('theme')?.addEventListener('click', toggleTheme);
  darkPreferred.addEventListener('change', drawAll);
  let timer = 0;
  addEventListener('resize', () => {
    clearTimeout(timer);
    timer = setTimeout(drawAll, 150);
  });
}

/** Paper is light, and has a width of its own. */
function listenToPrint() {
  let theme;
  addEventListener('beforeprint', () => {
    theme = root.dataset.theme;
    root.dataset.theme = 'light';
    state.printing = true;
    drawAll();
  });
  addEventListener('afterprint', () => {
    if (theme === undefined) delete root.dataset.theme; else root.dataset.theme = theme;
    state.printing = false;
    drawAll();
  });
}

async function start() {
  root.classList.add('js');
  for (const details of document.querySelectorAll('details.data')) details.open = false;
  listen();
  listenToPrint();
  state.mapImage = await pictureOf(state.off);
  await drawAll();
  root.dataset.ready = 'true';
}

start();
})();
