// https://NAME for several names on one free port of 127.0.0.1, with a certificate made for the run: to the browser they are
// different sites, as a bank and a merchant are.
import { execFile } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Answers `pages` (path to {type, body}) itself and passes everything else on to `upstream`, as the load balancer in front of
 * a bank's servers does. Resolves to {port, args, stop}: with `args` Chromium finds the names there and trusts the certificate.
 */
export async function serveHosts(folder, names, { upstream, pages }) {
  const key = path.join(folder, 'hosts.key');
  const certificate = path.join(folder, 'hosts.pem');
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-keyout', key, '-out', certificate, '-subj', `/CN=${names[0]}`,
    '-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`]);
  const cert = await readFile(certificate);
  const server = createServer({ key: await readFile(key), cert }, (incoming, answer) => {
    const page = pages[incoming.url];
    if (page && incoming.method === 'GET') {
      answer.writeHead(200, { 'Content-Type': page.type }).end(page.body);
      return;
    }
    const passed = request(upstream + incoming.url, { method: incoming.method, headers: incoming.headers, setHost: false });
    passed.on('response', (got) => got.pipe(answer.writeHead(got.statusCode, got.headers)));
    passed.on('error', () => answer.writeHead(502).end());
    incoming.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const spki = createPublicKey(cert).export({ type: 'spki', format: 'der' });
  return {
    port,
    args: [
      `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1:${port}`).join(', ')}`,
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`,
    ],
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
