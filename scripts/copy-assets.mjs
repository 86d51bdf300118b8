// What the compiler leaves behind: the migrations and the scale tables that `dist` reads.
import { cp } from 'node:fs/promises';

await cp('src/store/migrations', 'dist/store/migrations', { recursive: true });
await cp('src/adapters/onnx-file/isnet-scales.json', 'dist/adapters/onnx-file/isnet-scales.json');
