import assert from 'node:assert/strict';

/** Metrics as they were scraped. */
export interface Scraped {
  /** By name: help and type, in the order of the page. */
  readonly metrics: ReadonlyMap<string, { readonly help: string; readonly type: string }>;
  /** The value of a series, by name and labels as `name{a="b"}`; undefined where there is none. */
  value(series: string): number | undefined;
  /** All series of this name, with their labels. */
  series(name: string): readonly string[];
}

const SAMPLE = /^(?<name>[a-z_:][a-z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABELS = /^(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!$)|$))*$/;
const VALUE = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|nan)$/i;
const TYPES = ['counter', 'gauge', 'histogram', 'summary'];

/**
 * Reads Prometheus' text format, version 0.0.4, and fails where a line is not of it: help and type once before the
 * samples of a metric, these together, each series once, histograms whole and rising.
 */
export function readMetrics(text: string): Scraped {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const metrics = new Map<string, { help: string; type: string }>();
  const values = new Map<string, number>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') {
      assert.ok(!metrics.has(name), `${name} is one block`);
      metrics.set(name, { help: rest, type: '' });
      current = name;
    } else if (word === 'TYPE') {
      assert.ok(name === current && TYPES.includes(rest), line);
      metrics.set(name, { help: metrics.get(name)?.help ?? '', type: rest });
    } else {
      readSample(line, current, values);
    }
  }
  for (const [name, { type }] of metrics) if (type === 'histogram') checkHistogram(name, values);
  return {
    metrics,
    value: (series) => values.get(series),
    series: (name) => [...values.keys()].filter((series) => series === name || series.startsWith(`${name}{`)),
  };
}

function readSample(line: string, metric: string, values: Map<string, number>): void {
  const { name = '', labels, value = '' } = SAMPLE.exec(line)?.groups ?? {};
  assert.ok(name === metric || /^_(?:bucket|sum|count)$/.test(name.slice(metric.length)), `${line} is of ${metric}`);
  assert.ok(name.startsWith(metric), `${line} is of ${metric}`);
  assert.match(labels ?? '', LABELS, line);
  assert.match(value, VALUE, line);
  const series = labels === undefined ? name : `${name}{${labels}}`;
  assert.ok(!values.has(series), `${series} is there once`);
  values.set(series, Number(value.replace('Inf', 'Infinity')));
}

/** Buckets rise, and the last one holds all. */
function checkHistogram(name: string, values: ReadonlyMap<string, number>): void {
  const last = new Map<string, number>();
  for (const [series, value] of values) {
    if (!series.startsWith(`${name}_bucket{`)) continue;
    const others = series
      .replace(/le="[^"]*",?/, '')
      .replace(/,?\}$/, '}')
      .replace('{}', '');
    const count = others.replace(`${name}_bucket`, `${name}_count`);
    assert.ok(value >= (last.get(count) ?? 0), series);
    last.set(count, value);
  }
  for (const [count, value] of last) assert.equal(values.get(count), value, count);
}
