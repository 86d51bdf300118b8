// What the compiler leaves behind: the migrations and the scale tables that `dist`, or the folder that is named, reads.
import { cp } from 'node:fs/promises';

const [, , dist = 'dist'] = process.argv;
await cp('src/store/migrations', `${dist}/store/migrations`, { recursive: true });
await cp('src/adapters/onnx-file/isnet-scales.json', `${dist}/adapters/onnx-file/isnet-scales.json`);
