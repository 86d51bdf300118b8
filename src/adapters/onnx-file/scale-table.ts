/**
 * The steps of an int8 model, as `npm run calibrate` writes them: of each tensor that becomes bytes, one step a channel,
 * such that a byte b stands for b × step. What is not in the table stays in single precision.
 */

export type ScaleTable = {
  /** Steps by the name of the tensor. */
  readonly steps: ReadonlyMap<string, Float64Array>;
};

type ScaleTableFile = { readonly steps: Readonly<Record<string, string>> };

/** The decimal text is parsed exactly alike everywhere, so the numbers may be written short. */
export function parseScaleTable(text: string): ScaleTable {
  const file = JSON.parse(text) as ScaleTableFile;
  const steps = new Map<string, Float64Array>();
  for (const [name, line] of Object.entries(file.steps)) {
    const values = Float64Array.from(line.split(' '), Number);
    if (!values.every((value) => value > 0)) throw new Error(`The scale table holds no positive numbers for ${name}.`);
    steps.set(name, values);
  }
  return { steps };
}

/** Four digits are a tenth of the width of a rounding step. */
export function formatScaleTable(about: Readonly<Record<string, unknown>>, table: ScaleTable): string {
  const lines = [...table.steps].map(([name, values]) => [name, Array.from(values, formatStep).join(' ')]);
  return `${JSON.stringify({ ...about, steps: Object.fromEntries(lines) }, null, 2)}\n`;
}

const formatStep = (value: number): string => String(Number(value.toPrecision(4)));
