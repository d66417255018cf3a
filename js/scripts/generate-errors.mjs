// Writes src/errors.ts from core/base/errors.def and checks.def. With --check it only compares, and fails when the
// file is not current.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const target = new URL('../src/errors.ts', import.meta.url);

export async function generatedErrors() {
  const errors = await readFile(new URL('core/base/errors.def', root), 'utf8');
  const checks = await readFile(new URL('core/base/checks.def', root), 'utf8');
  const codes = [...errors.matchAll(/^CS_ERROR\((\d+), (\w+), (\w+),/gm)].map(([, number, code, kind]) => ({
    number: Number(number),
    code,
    kind,
  }));
  const names = [...checks.matchAll(/^CS_CHECK\((\d+), (\w+)\)/gm)].map(([, , name]) => name);
  const count = (text, macro) => text.split('\n').filter((line) => line.trimStart().startsWith(macro)).length;
  if (codes.length !== count(errors, 'CS_ERROR(') || names.length !== count(checks, 'CS_CHECK(')) {
    throw new Error('a row of errors.def or checks.def is not on one line of its own');
  }
  codes.sort((a, b) => a.number - b.number);
  return `// Made by scripts/generate-errors.mjs from core/base/errors.def and checks.def: do not edit.

/** What an outsider may know of an error. */
export type ErrorClass = 'malformed' | 'rejected' | 'conflict' | 'not_found' | 'unavailable' | 'internal';

/** Every error code with its class. */
export const ERROR_CODES = {
${codes.map(({ code, kind }) => `  ${code}: '${kind}',`).join('\n')}
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Every named check. */
export const CHECK_NAMES = [
${names.map((name) => `  '${name}',`).join('\n')}
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await generatedErrors();
  if (process.argv.includes('--check')) {
    if ((await readFile(target, 'utf8')) !== wanted) {
      console.error('js/src/errors.ts is not current: npm --prefix js run generate');
      process.exit(1);
    }
  } else {
    await writeFile(target, wanted);
  }
}
