// What the browser tests share: the server with a folder of pages, and Chromium.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

export const TESTS = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(TESTS, '../..');
export const SCREENSHOTS = path.join(ROOT, 'build/screenshots');
export const SERVER = process.env.COUNTERSIGN_SERVER ?? path.join(ROOT, 'build/native/countersign');

/** As scripts/demo has it. */
export const DEMO_TENANT = {
  policy: path.join(ROOT, 'demo/policy.json'),
  transactions: { baseCurrency: 'EUR', creation: 'session', sessionInputs: { 'risk.score': 10 } },
};

/** The first of the files that exists, or the one that the environment names. */
export function findBrowser(variable, files) {
  const candidates = process.env[variable] ? [process.env[variable]] : files;
  const file = candidates.find((candidate) => existsSync(candidate));
  assert.ok(file, `no browser at ${candidates.join(' or ')}: install it or name it in the environment as ${variable}`);
  return file;
}

async function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Starts the server with a store in `folder` and pages from `pages`. Resolves to `{origin, stop, log}`; `stop` asserts a
 * clean end.
 */
export async function startServer(folder, options) {
  for (let tries = 0; tries < 3; tries += 1) {
    const started = await startOnFreePort(folder, options);
    if (started) {
      return started;
    }
  }
  return assert.fail('every port that was free was taken a moment later');
}

/** Null where somebody else took the port in between. */
async function startOnFreePort(folder, { pages, packages = [], tenant = {}, more = {} }) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const config = path.join(folder, 'countersign.json');
  await writeFile(
    config,
    JSON.stringify({
      listen: { host: '127.0.0.1', port },
      // fetch() leaves a kept connection a second before the server would: an event loop that stands still may miss that.
      limits: { idleSeconds: 60 },
      storage: { url: `sqlite:${path.join(folder, 'test.db')}` },
      static: pages,
      package: [path.join(ROOT, 'js/dist'), path.join(ROOT, 'build/wasm'), ...packages],
      tenants: [
        { id: 'demo', rpId: 'localhost', rpName: 'Northmere Bank', origins: [origin], enrolment: 'open', receipts: { readers: 'customer' }, ...tenant },
      ],
      ...more,
    }),
  );
  const server = spawn(SERVER, ['serve', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const stop = async () => {
    if (server.exitCode === null) {
      const ended = new Promise((resolve) => server.once('exit', (code) => resolve(code)));
      server.kill('SIGTERM');
      assert.equal(await ended, 0, 'the server ends by itself after SIGTERM');
    }
  };
  for (let i = 0; i < 100; i += 1) {
    if (server.exitCode !== null && log.includes('cannot be listened on')) {
      return null;
    }
    assert.equal(server.exitCode, null, `the server ended: ${log}`);
    try {
      if ((await fetch(`${origin}/readyz`)).ok) {
        return { origin, stop, log: () => log };
      }
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill('SIGTERM');
  return assert.fail(`the server did not become ready: ${log}`);
}

/** What the content security policy refused in any page of the context, from now on. */
export async function violationsIn(context) {
  const violations = [];
  await context.exposeFunction('tellViolation', (text) => violations.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
      window.tellViolation(`${effectiveDirective} ${blockedURI} ${sample}`);
    });
  });
  return violations;
}

export function launchChromium(more = []) {
  return chromium.launch({
    executablePath: findBrowser('CHROMIUM', ['/usr/bin/chromium', '/usr/bin/chromium-browser']),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', ...more],
  });
}
