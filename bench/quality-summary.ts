/** What a whole run of the quality benchmark says, held against its aims. */
import { readFileSync } from 'node:fs';
import type { Quality } from '../src/domain/removal-options.ts';

/** `plain`: what anybody gets from the same weights. */
export type Way = 'plain' | Quality;

type Measure = 'MAE' | 'bMAE' | 'IoU' | 'hole' | 'ghost' | 'Grad';

/** Of each set, the means over its photos. */
export type Figures = ReadonlyMap<string, Readonly<Record<Measure, number>>>;

/** The scoring program's own file. */
export function readFigures(file: string): Figures {
  type Report = { readonly sets: Record<string, { readonly photos: number; readonly mean: Record<Measure, number> }> };
  const { sets } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return new Map(Object.entries(sets).flatMap(([set, { photos, mean }]) => (photos > 0 ? [[set, mean]] : [])));
}

/** Transparent objects come out poorly whatever is done, and would drown the rest. */
const isCounted = (set: string): boolean => !set.includes('transparent');

function meanOf(figures: Figures, measure: Measure, sets?: readonly string[]): number {
  const counted = [...figures].filter(([set]) => (sets ? sets.includes(set) : isCounted(set)));
  return counted.reduce((sum, [, mean]) => sum + mean[measure], 0) / counted.length;
}

/** The sets whose soft edges are drawn well enough for gradients to mean something. */
const SOFT_SETS = ['alphamatting', 'ppm100'];

/** Shares of `plain`, but IoU: a difference. On the photos that nothing was chosen by. */
const AIMS: readonly { readonly way: Way; readonly measure: Measure; readonly set?: string; readonly aim: number }[] = [
  { way: 'auto', measure: 'bMAE', aim: -0.1 },
  { way: 'auto', measure: 'hole', aim: -0.4 },
  { way: 'auto', measure: 'ghost', aim: 0 },
  ...SOFT_SETS.map((set) => ({ way: 'auto', measure: 'Grad', set, aim: -0.25 }) as const),
  { way: 'best', measure: 'IoU', aim: 0.025 },
  { way: 'best', measure: 'bMAE', aim: -0.14 },
];

function printAims(plain: Figures, all: ReadonlyMap<Way, Figures>): void {
  for (const { way, measure, set, aim } of AIMS) {
    const figures = all.get(way);
    if (!figures || (set && !figures.has(set))) continue;
    const [before, after] = [plain, figures].map((each) => meanOf(each, measure, set ? [set] : undefined));
    const [from, to] = [before ?? Number.NaN, after ?? Number.NaN];
    const isIou = measure === 'IoU';
    const change = isIou ? to - from : to / from - 1;
    const isMet = isIou ? change >= aim : change <= aim;
    const format = (x: number): string => `${x > 0 ? '+' : ''}${isIou ? x.toFixed(3) : `${(100 * x).toFixed(1)} %`}`;
    const name = [way, measure, set].filter(Boolean).join(' ');
    console.log(`${name.padEnd(26)} ${format(change).padStart(8)}   aim ${format(aim)}: ${isMet ? 'met' : 'MISSED'}`);
  }
  const auto = all.get('auto');
  for (const [set, mean] of auto ?? []) {
    const change = mean.MAE / (plain.get(set)?.MAE ?? Number.NaN) - 1;
    if (isCounted(set) && change > 0.02)
      console.log(`auto MAE ${set}: +${(100 * change).toFixed(1)} %   aim +2 %: MISSED`);
  }
}

export function printSummary(parity: string, all: ReadonlyMap<Way, Figures>): void {
  if (all.size === 0) return;
  const measures = ['IoU', 'MAE', 'bMAE', 'hole', 'ghost'] as const;
  const heads = [...measures, ...SOFT_SETS.map((set) => `Grad ${set}`)];
  console.log(`\nmean of the sets without transparent objects, ${parity} photos`);
  console.log(['way'.padEnd(8), ...heads.map((head) => head.padStart(head.length > 6 ? 18 : 8))].join(' '));
  for (const [way, figures] of all) {
    const means = measures.map((measure) => meanOf(figures, measure).toFixed(4).padStart(8));
    const gradients = SOFT_SETS.map((set) => meanOf(figures, 'Grad', [set]).toFixed(1).padStart(18));
    console.log([way.padEnd(8), ...means, ...gradients].join(' '));
  }
  const plain = all.get('plain');
  if (plain) printAims(plain, all);
}
