// Puts the modules of build/wasm beside the compiled sources, where the loaders look for them, and the documents that ship.
import { copyFile, cp, rm, stat } from 'node:fs/promises';

for (const name of ['countersign.wasm', 'countersign-full.wasm', 'countersign-transaction.wasm', 'countersign-receipt.wasm', 'countersign-policy.wasm']) {
  const source = new URL(`../../build/wasm/${name}`, import.meta.url);
  try {
    await stat(source);
  } catch {
    console.error(`build/wasm/${name} is missing: cmake --preset wasm && cmake --build --preset wasm`);
    process.exitCode = 1;
    continue;
  }
  await copyFile(source, new URL(`../dist/${name}`, import.meta.url));
}

await copyFile(new URL('../../core/transaction/digests.json', import.meta.url), new URL('../dist/digests.json', import.meta.url));
for (const [source, folder] of [
  ['policy/documents', 'policies'],
  ['transaction/templates', 'templates'],
  ['transaction/locales', 'locales'],
]) {
  const target = new URL(`../dist/${folder}`, import.meta.url);
  await rm(target, { recursive: true, force: true }); // none that ships no more
  await cp(new URL(`../../core/${source}`, import.meta.url), target, { recursive: true });
}
