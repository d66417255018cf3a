// Records the ceremonies of recording.mjs again: tests/vectors/recorded/{chromium,firefox}.ndjson, lines of
// `countersign verify` with the response exactly as the browser sent it.
//
//   node tests/browser/capture.mjs     needs the presets native and wasm, js/dist and npm ci in tests/browser
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Chromium } from './chromium.mjs';
import { Firefox } from './firefox.mjs';
import { CEREMONIES, openCeremonyPage, runCeremony, startCeremonyServer } from './recording.mjs';
import { ROOT } from './support.mjs';

const folder = await mkdtemp(path.join(tmpdir(), 'countersign-capture-'));
try {
  for (const launch of [Chromium.launch, Firefox.launch]) {
    const work = await mkdtemp(path.join(folder, 'browser-'));
    await mkdir(path.join(work, 'profile'));
    const server = await startCeremonyServer(work);
    const browser = await launch(path.join(work, 'profile'));
    const name = browser.constructor.name;
    const lines = [];
    try {
      await openCeremonyPage(browser, server.origin);
      for (const ceremony of CEREMONIES) {
        for (const { status, body } of await runCeremony(browser, 'countersign', ceremony)) {
          const id = `${name.toLowerCase()}/${ceremony.name}/${body.case.ceremony}`;
          lines.push(`${JSON.stringify({ ...body.case, id, recorded: `${name} ${browser.version}` })}\n`);
          console.log(id, status, body.code ?? body.credential.attestation.format);
        }
      }
    } finally {
      await browser.close();
      await server.stop();
    }
    await writeFile(path.join(ROOT, `tests/vectors/recorded/${name.toLowerCase()}.ndjson`), lines.join(''));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
