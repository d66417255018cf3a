// Puts the modules of build/wasm beside the compiled sources, where `loadCountersign()` looks for them.
import { copyFile, stat } from 'node:fs/promises';

for (const name of ['countersign.wasm', 'countersign-full.wasm']) {
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
