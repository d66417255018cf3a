// Prints the size of each module, the time to compile and to instantiate it, and how many ES256 assertions a second go
// through it, what a decision of a policy costs and what binding and rendering a transfer costs (not with --brief). Exits 1 when instantiation takes too long.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { loadCountersign, loadPolicies, loadTransactions } from '../dist/index.js';

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

// Microseconds of processor time of this process: what else the machine does is not counted.
function microsecondsOf(action) {
  const count = 5000;
  const run = () => {
    const begin = process.cpuUsage();
    for (let i = 0; i < count; i += 1) action();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / count;
  };
  run(); // until the engine has compiled it
  return median([run(), run(), run()]);
}

// A document of 200 rules, from the parity suite's (tests/parity/run), and the payment of tests/bench/policy_bench.cc.
async function benchPolicies() {
  let document;
  try {
    document = await readFile(new URL('../../build/parity/policies/policy-3.json', import.meta.url));
  } catch {
    console.log('policy: no document of 200 rules: run tests/parity/run first');
    return;
  }
  const policies = await loadPolicies();
  const policy = policies.load(document);
  const inputs = {
    ceremony: 'transaction.approve', 'transaction.type': 'payment.credit-transfer/1', 'amount.base': 250000,
    'payee.known': false, 'user.roles': ['treasurer'], 'user.segment': 'private', channel: 'web', 'risk.score': 20,
    'sinceSca.sum': 0,
  };
  const line = new TextEncoder().encode(JSON.stringify({ policy: policy.digest, phase: 'options', inputs }));
  const rules = policy.decide('options', inputs).rules.length;
  const time = microsecondsOf(() => policies.decideLine(line));
  console.log(`policy: a decision of 200 rules, from a line of JSON to a line of JSON ${time.toFixed(1)} us (goal: at most 60; ${rules} rules match)`);
}

// The transfer of tests/bench/transaction_bench.cc.
async function benchTransactions() {
  const transactions = await loadTransactions();
  const read = (path) => readFile(new URL(`../dist/${path}.json`, import.meta.url));
  const digests = JSON.parse(await read('digests'));
  const { template } = transactions.loadTemplate(
    await read('templates/payment.credit-transfer'), digests.templates['payment.credit-transfer/1'],
  );
  const { locale } = transactions.loadLocale(await read('locales/de-DE'), digests.locales['de-DE']);
  const input = {
    ceremony: 'transaction.approve', tenant: 'bank-a', rpId: 'bank.example',
    origins: ['https://app.bank.example', 'https://approve.bank.example'], userHandle: '01'.repeat(16),
    transactionId: '01JD8Z0Q3V9T7W6K4X2N1M0ABC', session: 'session-1',
    intent: {
      type: 'payment.credit-transfer/1',
      fields: {
        amount: { currency: 'EUR', value: '1234.56' }, creditor: 'Müller & Söhne GmbH',
        creditorAccount: { iban: 'DE89370400440532013000' }, debtorAccount: { iban: 'DE75512108001245126199' },
        executionDate: '2026-11-23', reference: 'RF18539007547034',
      },
    },
    template, locale, policy: '1'.repeat(64), displayTier: 1, approval: [1, 1], previous: null,
    issuedAt: 1795331000, expiresAt: 1795331180, nonce: '2'.repeat(64),
  };
  const line = new TextEncoder().encode(JSON.stringify({ input }));
  transactions.bind(input); // throws where it is refused
  const time = microsecondsOf(() => transactions.bindLine(line));
  console.log(`transaction: freezing, rendering and binding a credit transfer, from a line of JSON to a line of JSON ${time.toFixed(1)} us (goal: at most 60)`);
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
if (!process.argv.includes('--brief')) {
  await benchPolicies();
  await benchTransactions();
}
process.exitCode = status;
