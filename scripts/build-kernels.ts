/** Builds the kernels into the module that carries them. What it writes is held to the source by a test. */
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const SOURCE = 'kernels/pixels.ts';
const TARGET = 'src/domain/matting/kernels-wasm.ts';
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1'];
const BYTES_A_LINE = 32;

/** The text of the module that carries the kernels. `root`: the checkout. Throws with the compiler's words. */
export async function compileKernels(root: URL): Promise<string> {
  let bytes: readonly number[] = [];
  const { error, stderr } = await asc.main([SOURCE, ...FLAGS, '--outFile', 'pixels.wasm'], {
    readFile: (name) => readFile(new URL(name, root), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      bytes = [...(contents as Uint8Array)];
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${stderr.toString()}${error.message}`);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    lines.push(`  ${bytes.slice(at, at + BYTES_A_LINE).join(', ')},`);
  }
  const head = `/** ${SOURCE}, built by \`npm run build:kernels\`: its bytes. */`;
  return `${head}\nexport const KERNELS_WASM = new Uint8Array([\n${lines.join('\n')}\n]);\n`;
}

if (import.meta.filename === process.argv[1]) {
  const root = new URL('../', import.meta.url);
  await writeFile(new URL(TARGET, root), await compileKernels(root));
}
