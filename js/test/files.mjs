// Where the tests find what they compare.
import { readFile } from 'node:fs/promises';

export const root = new URL('../../', import.meta.url);
export const MODULES = ['countersign', 'countersign-full']; // of ceremonies
export const ALL_MODULES = [...MODULES, 'countersign-transaction', 'countersign-receipt', 'countersign-policy'];

export const moduleBytes = (name) => readFile(new URL(`build/wasm/${name}.wasm`, root));

// The lines of a text file without comments.
export async function listed(path) {
  const text = await readFile(new URL(path, root), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
