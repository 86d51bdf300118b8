/** One module of plain JavaScript; `tsc` writes its types beside it. */
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    target: 'es2022',
    rolldownOptions: { output: { minify: true } },
  },
});
