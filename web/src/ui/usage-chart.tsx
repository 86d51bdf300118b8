import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Usage } from '../api/types.ts';

/** A canvas takes no `light-dark()`: the colours are asked for where the page has resolved them. */
function colourOf(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function optionsFor(width: number, first: number, last: number): uPlot.Options {
  const [ink, line, good, bad] = ['--ink-soft', '--line', '--accent', '--danger'].map(colourOf);
  const bars = uPlot.paths.bars?.({ size: [0.7, 28], radius: 0.2 });
  const axis = { stroke: ink ?? '', grid: { show: false }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  return {
    width,
    height: 240,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    legend: { live: true },
    scales: {
      // Half a day more on each side: a bar stands in the middle of its day.
      x: { range: () => [first - 43_200, last + 43_200] },
      y: { range: (_chart, _min, max) => [0, Math.max(4, max * 1.15)] },
    },
    axes: [
      { ...axis, values: '{D} {MMM}', space: 60, incrs: [1, 2, 3, 5, 7].map((count) => count * 86_400) },
      {
        ...axis,
        grid: { stroke: line ?? '', width: 1 },
        size: 48,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000],
      },
    ],
    series: [
      { label: 'Day', value: '{D} {MMM}' },
      // Drawn first and higher: failures stand at the foot of each day's whole.
      {
        label: 'Succeeded',
        stroke: good ?? '',
        fill: good ?? '',
        ...(bars && { paths: bars }),
        points: { show: false },
      },
      { label: 'Failed', stroke: bad ?? '', fill: bad ?? '', ...(bars && { paths: bars }), points: { show: false } },
    ],
  };
}

export function UsageChart({ days }: { days: Usage['days'] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const times = days.map(({ date }) => Date.parse(`${date}T00:00:00Z`) / 1000);
    const data: uPlot.AlignedData = [
      times,
      days.map(({ succeeded, failed }) => succeeded + failed),
      days.map(({ failed }) => failed),
    ];
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(
        withCounts(optionsFor(element.clientWidth, times[0] ?? 0, times.at(-1) ?? 0), days),
        data,
        element,
      );
    };
    draw();
    const observer = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: 240 }));
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
  return <div ref={box} aria-hidden="true" className="-mx-1 min-h-[17rem] overflow-hidden text-xs" />;
}

/** The bars are stacked by drawing the whole and then the failures over it; the legend tells the counts themselves. */
function withCounts(options: uPlot.Options, days: Usage['days']): uPlot.Options {
  const [time, good, bad] = options.series;
  if (!time || !good || !bad) return options;
  const told = (pick: (day: Usage['days'][number]) => number): uPlot.Series.Value => {
    return (_chart, _value, _series, index) => {
      const day = index === null ? undefined : days[index];
      return day ? String(pick(day)) : '–';
    };
  };
  return {
    ...options,
    series: [time, { ...good, value: told((day) => day.succeeded) }, { ...bad, value: told((day) => day.failed) }],
  };
}
