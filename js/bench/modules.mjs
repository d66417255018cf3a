// Prints the size of each module, the time to compile and to instantiate it, and how many ES256 assertions a second go
// through it (not with --brief). Exits 1 when instantiation takes too long.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { loadCountersign } from '../dist/index.js';

const ROUNDS = 101;
const INSTANTIATE_LIMIT_MS = 5;

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function timed(action) {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

let status = 0;
const loaded = {};
for (const name of ['countersign', 'countersign-full']) {
  const bytes = await readFile(new URL(`../dist/${name}.wasm`, import.meta.url));
  const compile = [];
  const instantiate = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    let module;
    compile.push(await timed(async () => (module = await WebAssembly.compile(bytes))));
    instantiate.push(
      await timed(() => {
        new WebAssembly.Instance(module, {}).exports._initialize();
      }),
    );
  }
  const instantiated = median(instantiate);
  console.log(
    `size: ${name}.wasm ${(bytes.length / 1000).toFixed(1)} KB, gzip ${(gzipSync(bytes, { level: 9 }).length / 1000).toFixed(1)} KB; ` +
      `compile ${median(compile).toFixed(2)} ms, instantiate ${instantiated.toFixed(2)} ms (median of ${ROUNDS}, limit ${INSTANTIATE_LIMIT_MS} ms)`,
  );
  if (instantiated > INSTANTIATE_LIMIT_MS) {
    status = 1;
  }
  loaded[name] = await loadCountersign(bytes);
}

if (!process.argv.includes('--brief')) {
  const cases = await readFile(new URL('../test/fixtures/cases.ndjson', import.meta.url), 'utf8');
  const assertion = cases.split('\n').find((line) => line.startsWith('{"id":"assertion/-7"'));
  const bytes = new TextEncoder().encode(assertion);
  for (const [name, core] of Object.entries(loaded)) {
    const count = core.isFull ? 200 : 4000;
    const width = 16;
    let done = 0;
    const verdict = new TextDecoder().decode(await core.verifyLine(bytes));
    if (!verdict.includes('"ok":true')) {
      throw new Error(verdict);
    }
    const elapsed = await timed(() =>
      Promise.all(
        Array.from({ length: width }, async () => {
          while (done < count) {
            done += 1;
            await core.verifyLine(bytes);
          }
        }),
      ),
    );
    console.log(`${name}: ${Math.round((count * 1000) / elapsed)} ES256 assertions a second (${core.isFull ? 'its own arithmetic' : 'WebCrypto'})`);
  }
}
process.exitCode = status;
