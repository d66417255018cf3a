// The metadata requests through the full module: the answers must be the native ones, byte for byte.
import { readFile } from 'node:fs/promises';
import { CoreModule } from '../../js/dist/module.js';

const encoder = new TextEncoder();
const core = new CoreModule(new WebAssembly.Module(await readFile('build/wasm/countersign-full.wasm')), []);
const cases = (await readFile(process.argv[2], 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
let differences = 0;
for (const { name, request, blob, answer } of cases) {
  const got = new TextDecoder().decode(core.verifyMetadata(encoder.encode(request), encoder.encode(blob), 0n));
  if (got !== answer) {
    differences += 1;
    console.log(`${name}: native ${answer.slice(0, 300)}\n  full module ${got.slice(0, 300)}`);
  }
}
console.log(`parity: metadata: ${cases.length} requests, ${differences} differences`);
process.exit(differences === 0 && cases.length >= 40 ? 0 : 1);
