/** The cut-outs of the landing page that servers have made themselves: which are shown, and which is to be made next. */

/** A photo of the landing page. `digest`: of the photo, the model and the program that would make its cut-out. */
export type DemoPhoto = { readonly name: string; readonly digest: string };

/** `ms`: what the pipeline took. The model's name is as a key can hold it. */
export type Demo = {
  readonly key: string;
  readonly name: string;
  readonly digest: string;
  readonly ms: number;
  readonly model: string;
};

export const DEMO_PREFIX = 'demo';
const PHOTO_NAME = '[a-z0-9]{1,50}';
const KEY = new RegExp(`^${DEMO_PREFIX}/(${PHOTO_NAME})-([0-9a-f]{16})-(\\d{1,9})-([A-Za-z0-9._-]{1,100})\\.webp$`);

/** Undefined where the file is no photo whose name a key can hold. */
export const photoName = (file: string): string | undefined => new RegExp(`^(${PHOTO_NAME})\\.jpg$`).exec(file)?.[1];

/** The object says all of itself, so that a picture and what is said of it are there at once or not at all. */
export function demoKey({ name, digest, ms, model }: Omit<Demo, 'key'>): string {
  const safeModel = model.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100) || 'model';
  return `${DEMO_PREFIX}/${name}-${digest.slice(0, 16)}-${Math.round(ms)}-${safeModel}.webp`;
}

function parseDemo(key: string): Demo | undefined {
  const [, name, digest, ms, model] = KEY.exec(key) ?? [];
  return name && digest && ms && model ? { key, name, digest, ms: Number(ms), model } : undefined;
}

type MadeObject = { readonly key: string; readonly modifiedAt: Date };

/**
 * Of each photo the newest is shown and the others are old. Servers of several models on one storage so agree on one,
 * and none of them deletes the last that there is.
 */
export function sortDemos(objects: readonly MadeObject[]): { shown: readonly Demo[]; old: readonly Demo[] } {
  const newestFirst = [...objects].sort(
    (a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime() || (a.key < b.key ? -1 : 1),
  );
  const shown = new Map<string, Demo>();
  const old: Demo[] = [];
  for (const demo of newestFirst.map(({ key }) => parseDemo(key))) {
    if (!demo) continue;
    if (shown.has(demo.name)) old.push(demo);
    else shown.set(demo.name, demo);
  }
  return { shown: [...shown.values()], old };
}

/** `later`: jobs go first. */
export type NextDemo =
  | { readonly kind: 'make'; readonly photo: DemoPhoto }
  | { readonly kind: 'later' }
  | { readonly kind: 'none' };

/** `jobs`: that wait or are under way. */
export function chooseNextDemo(photos: readonly DemoPhoto[], shown: readonly Demo[], jobs: number): NextDemo {
  const isMade = ({ name, digest }: DemoPhoto): boolean =>
    shown.some((demo) => demo.name === name && demo.digest === digest.slice(0, 16));
  const photo = photos.find((each) => !isMade(each));
  if (!photo) return { kind: 'none' };
  return jobs > 0 ? { kind: 'later' } : { kind: 'make', photo };
}
