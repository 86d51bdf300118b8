import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Usage } from '../api/types.ts';
import { axisTicks } from '../lib/axis-ticks.ts';
import { formatCount, formatDate } from '../lib/format.ts';

type Day = Usage['days'][number];
const HEIGHT = 232;

/** A canvas takes no `light-dark()`: the colours are asked for where the page has resolved them. */
function colourOf(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

type ChartParts = {
  readonly width: number;
  readonly times: readonly number[];
  readonly ticks: number[];
  readonly onHover: (index: number | null) => void;
};

function optionsFor({ width, times, ticks, onHover }: ChartParts): uPlot.Options {
  const [ink = '', line = '', good = '', bad = ''] = ['--ink-soft', '--line', '--accent', '--danger'].map(colourOf);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const paths = uPlot.paths.bars?.({ size: [0.7, 28], radius: 0.2 });
  const axis = { stroke: ink, grid: { show: false }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  const bars = (colour: string): uPlot.Series => ({
    stroke: colour,
    fill: colour,
    ...(paths && { paths }),
    points: { show: false },
  });
  return {
    width,
    height: HEIGHT,
    padding: [10, 8, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    legend: { show: false },
    hooks: { setCursor: [(chart) => onHover(chart.cursor.idx ?? null)] },
    scales: {
      // Half a day more on each side: a bar stands in the middle of its day.
      x: { range: () => [first - 43_200, last + 43_200] },
      y: { range: () => [0, ticks.at(-1) ?? 1] },
    },
    axes: [
      { ...axis, size: 28, values: '{D} {MMM}', space: 60, incrs: [1, 2, 3, 5, 7].map((count) => count * 86_400) },
      {
        ...axis,
        grid: { stroke: line, width: 1 },
        size: 48,
        splits: () => ticks,
        values: (_chart, values) => values.map(formatCount),
      },
    ],
    // The whole is drawn first: failures stand at the foot of it.
    series: [{}, bars(good), bars(bad)],
  };
}

/** A bar of no height is still a line, in the colour of a failure. */
const withoutNone = (counts: readonly number[]): (number | null)[] => counts.map((count) => count || null);

export function UsageChart({ days }: { days: Usage['days'] }) {
  const box = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const times = days.map(({ date }) => Date.parse(`${date}T00:00:00Z`) / 1000);
    const sums = days.map(({ succeeded, failed }) => succeeded + failed);
    const ticks = axisTicks(Math.max(...sums));
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      const options = optionsFor({ width: element.clientWidth, times, ticks, onHover: setHovered });
      const failures = days.map(({ failed }) => failed);
      chart = new uPlot(options, [times, withoutNone(sums), withoutNone(failures)], element);
    };
    draw();
    const observer = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    window.addEventListener('themechange', draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', draw);
      window.removeEventListener('themechange', draw);
      chart?.destroy();
    };
  }, [days]);
  return (
    <div aria-hidden="true">
      <Legend day={hovered === null ? undefined : days[hovered]} />
      <div ref={box} className="-mx-1 min-h-58 overflow-hidden" />
    </div>
  );
}

/** What the colours are; of the day under the pointer also how many. */
function Legend({ day }: { day: Day | undefined }) {
  return (
    <p className="numbers mb-2 flex min-h-6 flex-wrap gap-x-5 text-soft">
      {(['succeeded', 'failed'] as const).map((name) => (
        <span key={name} className="flex items-center gap-2">
          <span className={`size-3 rounded-[3px] ${name === 'failed' ? 'bg-danger' : 'bg-accent'}`} />
          {day ? `${formatCount(day[name])} ${name}` : name}
        </span>
      ))}
      {day && <span className="font-medium text-ink">{formatDate(day.date)}</span>}
    </p>
  );
}
