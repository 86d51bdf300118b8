/**
 * The steps of an int8 model, as `npm run calibrate` writes them: of each tensor that becomes bytes, one step a channel,
 * such that a byte b stands for b × step. What is not in the table stays in single precision. `scripts/tune-scales.py`
 * moves the steps and adds what it learned to move the biases by.
 */

export type ScaleTable = {
  /** Steps by the name of the tensor. */
  readonly steps: ReadonlyMap<string, Float64Array>;
  /** What is added to the bias of a convolution, one number an output channel, by the name of what it computes. */
  readonly biases?: ReadonlyMap<string, Float64Array>;
};

type Lines = Readonly<Record<string, string>>;
type ScaleTableFile = { readonly steps: Lines; readonly biases?: Lines };

function parseLines(lines: Lines, isFitting: (value: number) => boolean, what: string): Map<string, Float64Array> {
  const parsed = Object.entries(lines).map(([name, line]): [string, Float64Array] => {
    const values = Float64Array.from(line.split(' '), Number);
    if (!values.every(isFitting)) throw new Error(`The scale table holds no ${what} for ${name}.`);
    return [name, values];
  });
  return new Map(parsed);
}

/** The decimal text is parsed exactly alike everywhere, so the numbers may be written short. */
export function parseScaleTable(text: string): ScaleTable {
  const file = JSON.parse(text) as ScaleTableFile;
  return {
    steps: parseLines(file.steps, (value) => value > 0, 'positive numbers'),
    biases: parseLines(file.biases ?? {}, Number.isFinite, 'numbers'),
  };
}

/** Four digits are a tenth of the width of a rounding step. */
export function formatScaleTable(about: Readonly<Record<string, unknown>>, { steps, biases }: ScaleTable): string {
  const formatLines = (lines: ReadonlyMap<string, Float64Array>) =>
    Object.fromEntries([...lines].map(([name, values]) => [name, Array.from(values, formatNumber).join(' ')]));
  const tuned = biases ? { biases: formatLines(biases) } : {};
  return `${JSON.stringify({ ...about, steps: formatLines(steps), ...tuned }, null, 2)}\n`;
}

const formatNumber = (value: number): string => String(Number(value.toPrecision(4)));
