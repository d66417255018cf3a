#!/usr/bin/env node
// The command line of the npm package: `verify` reads and writes what the native `countersign verify` does.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { loadCountersign, loadPolicies, loadPolicyReviews, loadReceipts, loadTransactions, PolicyError } from '../dist/index.js';
import { DONE, FAILED, NEGATIVE, USAGE, usageError } from './outcome.mjs';
import { receipt } from './receipt.mjs';

// [WebCrypto works on threads of its own: enough cases to keep them busy, few enough for memory]
const MAX_UNDER_WAY = 64;

const HELP = `countersign: WebAuthn ceremonies, verified by the WebAssembly core.

  countersign verify [--strict] [--backend webcrypto|cryptopp] [FILE…]
  countersign policy decide [--policy FILE]… [FILE…]
  countersign policy review [FILE…]
  countersign transaction bind|render [FILE…]
  countersign receipt verify [--log-key FILE] [--witness FILE]… [--anchors PEM] [--json] FILE
  countersign receipt print [--log-key FILE] [--witness FILE]… [--anchors PEM] FILE
  countersign version
  countersign --help | COMMAND --help
`;

const VERIFY_HELP = `countersign verify [--strict] [--backend webcrypto|cryptopp] [FILE…]

Reads cases, one JSON object a line, from the files or from standard input ("-"), and writes one verdict line for each,
in their order. A line that is no case has a verdict, too. Cases and verdicts are those of the native program, byte for
byte.

  --backend webcrypto   signature arithmetic by this runtime (default)
  --backend cryptopp    by the module itself
  --strict              exit code 1 when any case was refused

Exit codes: 0 done, 1 see --strict, 2 wrong usage, 3 input or output failed.
`;

const POLICY_HELP = `countersign policy decide [--policy FILE]… [FILE…]
countersign policy review [FILE…]

Reads cases, one JSON object a line, from the files or from standard input ("-"), and writes one line for each, in their order:
those of the native program, byte for byte.

  decide   decisions; cases name a policy by its digest or carry the document
  review   lint, comparisons and simulations of the documents that cases carry

  --policy FILE   decide: a policy that cases name; up to 4

Exit codes: 0 done, 1 a policy is refused, 2 wrong usage, 3 input or output failed.
`;

const TRANSACTION_HELP = `countersign transaction bind [FILE…]
countersign transaction render [FILE…]

What a customer sees and signs. Reads cases, one JSON object a line, from the files or from standard input ("-"), and writes
one answer line for each, in their order: those of the native program, byte for byte. Templates and locale packs are the
shipped ones by name, or stand in the case.

Exit codes: 0 done, 2 wrong usage, 3 input or output failed.
`;

const MAX_TRANSACTION_CASE_BYTES = 4_194_304; // [that of the native program]

// [those of the native program: a document of 1 MiB, 16 KiB of inputs, and what stands around them]
const MAX_POLICY_CASE_BYTES = 1_048_576 + 16_384 + 1024;

// [two documents, and 8 MiB of what is beside them]
const MAX_REVIEW_BYTES = 2 * 1_048_576 + 8_388_608 + 1024;

// Lines of a stream as bytes, without their newline; of one that is longer than `limit` only the first `limit` octets.
async function* linesOf(stream, limit) {
  let parts = [];
  let length = 0;
  const take = (chunk) => {
    const kept = chunk.subarray(0, Math.max(0, limit - length));
    if (kept.length > 0) {
      parts.push(kept);
    }
    length += chunk.length;
  };
  const line = () => {
    const whole = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts = [];
    length = 0;
    return whole;
  };
  for await (const chunk of stream) {
    let begin = 0;
    for (;;) {
      const at = chunk.indexOf(10, begin);
      if (at < 0) {
        break;
      }
      take(chunk.subarray(begin, at));
      yield line();
      begin = at + 1;
    }
    if (begin < chunk.length) {
      take(chunk.subarray(begin));
    }
  }
  if (length > 0) {
    yield line();
  }
}

async function verify(args) {
  const files = [];
  let backend = 'webcrypto';
  let isStrict = false;
  let areOptionsOver = false;
  for (let i = 0; i < args.length; i += 1) {
    const argument = args[i];
    if (areOptionsOver || argument === '-' || !argument.startsWith('-')) {
      files.push(argument);
    } else if (argument === '--') {
      areOptionsOver = true;
    } else if (argument === '--help' || argument === '-h') {
      process.stdout.write(VERIFY_HELP);
      return DONE;
    } else if (argument === '--strict') {
      isStrict = true;
    } else if (argument === '--backend' || argument.startsWith('--backend=')) {
      backend = argument === '--backend' ? args[(i += 1)] : argument.slice('--backend='.length);
      if (backend !== 'webcrypto' && backend !== 'cryptopp') {
        return usageError('verify', '--backend takes webcrypto or cryptopp');
      }
    } else {
      return usageError('verify', `unknown option: ${argument}`);
    }
  }
  const name = backend === 'cryptopp' ? 'countersign-full.wasm' : 'countersign.wasm';
  const core = await loadCountersign(new URL(`../dist/${name}`, import.meta.url));

  const output = process.stdout;
  let isOutputClosed = false;
  output.on('error', () => {
    isOutputClosed = true;
  });
  let isAnyRefused = false;
  let hasFailed = false;
  const underWay = []; // promises of verdicts, in the order of their cases
  const write = async () => {
    const verdict = await underWay.shift();
    isAnyRefused ||= !isAccepted(verdict);
    if (!isOutputClosed && !output.write(Buffer.concat([verdict, Buffer.of(10)]))) {
      await Promise.race([once(output, 'drain'), once(output, 'close')]).catch(() => {});
    }
  };
  // Whoever sends cases one by one gets each verdict at once.
  const writeReady = async (most) => {
    while (underWay.length > most && !isOutputClosed) {
      await write();
    }
  };
  for (const file of files.length > 0 ? files : ['-']) {
    const stream = file === '-' ? process.stdin : createReadStream(file);
    try {
      const lines = linesOf(stream, core.maxCaseBytes + 1);
      let next = lines.next();
      for (;;) {
        const got = await Promise.race([next, underWay.length > 0 ? underWay[0].then(() => null) : next]);
        if (isOutputClosed) {
          return FAILED;
        }
        if (got === null) {
          await write();
          continue;
        }
        if (got.done) {
          break;
        }
        underWay.push(core.verifyLine(got.value));
        await writeReady(MAX_UNDER_WAY - 1);
        next = lines.next();
      }
    } catch (error) {
      process.stderr.write(`countersign verify: ${file}: ${error.message}\n`);
      hasFailed = true;
    }
    await writeReady(0);
    if (isOutputClosed) {
      return FAILED;
    }
  }
  if (hasFailed) {
    return FAILED;
  }
  return isStrict && isAnyRefused ? NEGATIVE : DONE;
}

// Writes an answer for each line of the files, in their order.
async function answerFiles(command, files, limit, answer) {
  let isOutputClosed = false;
  process.stdout.on('error', () => {
    isOutputClosed = true;
  });
  let hasFailed = false;
  for (const file of files.length > 0 ? files : ['-']) {
    try {
      for await (const line of linesOf(file === '-' ? process.stdin : createReadStream(file), limit + 1)) {
        if (isOutputClosed) {
          return FAILED;
        }
        if (!process.stdout.write(Buffer.concat([answer(line), Buffer.of(10)]))) {
          await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => {});
        }
      }
    } catch (error) {
      process.stderr.write(`countersign ${command}: ${file}: ${error.message}\n`);
      hasFailed = true;
    }
  }
  return hasFailed || isOutputClosed ? FAILED : DONE;
}

async function policy(args) {
  const [action, ...rest] = args;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(POLICY_HELP);
    return DONE;
  }
  if (action !== 'decide' && action !== 'review') {
    return usageError('policy', 'expected decide or review');
  }
  const documents = [];
  const files = [];
  for (let i = 0; i < rest.length; i += 1) {
    if (rest[i] === '--policy' && action === 'decide' && i + 1 < rest.length) {
      documents.push(rest[(i += 1)]);
    } else if (rest[i] !== '-' && rest[i].startsWith('-')) {
      return usageError('policy', `unknown option, or without its value: ${rest[i]}`);
    } else {
      files.push(rest[i]);
    }
  }
  if (action === 'review') {
    const reviews = await loadPolicyReviews();
    return answerFiles('policy', files, MAX_REVIEW_BYTES, (line) => reviews.reviewLine(line));
  }
  if (documents.length > 4) {
    return usageError('policy', 'at most 4 policies');
  }
  const policies = await loadPolicies();
  for (const file of documents) {
    try {
      policies.load(await readFile(file));
    } catch (error) {
      if (!(error instanceof PolicyError)) {
        throw error;
      }
      process.stderr.write(`${file}:${error.line}:${error.column}: ${error.code}: ${error.message}\n`);
      return NEGATIVE;
    }
  }
  return answerFiles('policy', files, MAX_POLICY_CASE_BYTES, (line) => policies.decideLine(line));
}

async function transaction(args) {
  const [action, ...files] = args;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(TRANSACTION_HELP);
    return DONE;
  }
  if (action !== 'bind' && action !== 'render') {
    return usageError('transaction', 'expected bind or render');
  }
  const option = files.find((file) => file !== '-' && file.startsWith('-'));
  if (option !== undefined) {
    return usageError('transaction', `unknown option: ${option}`);
  }
  const transactions = await loadTransactions();
  const documents = new URL('../dist/', import.meta.url);
  const { templates, locales } = JSON.parse(await readFile(new URL('digests.json', documents)));
  for (const [type, digest] of Object.entries(templates)) {
    transactions.loadTemplate(await readFile(new URL(`templates/${type.replace(/\/\d+$/, '')}.json`, documents)), digest);
  }
  for (const [id, digest] of Object.entries(locales)) {
    transactions.loadLocale(await readFile(new URL(`locales/${id}.json`, documents)), digest);
  }
  return answerFiles('transaction', files, MAX_TRANSACTION_CASE_BYTES, (line) =>
    action === 'bind' ? transactions.bindLine(line) : transactions.renderLine(line),
  );
}

// `{"id":…,"ok":…`: quotes inside of an id are escaped, so the first `,"ok":` is the member.
function isAccepted(verdict) {
  const member = ',"ok":';
  const at = Buffer.from(verdict.buffer, verdict.byteOffset, verdict.byteLength).indexOf(member);
  return at >= 0 && Buffer.from(verdict.subarray(at + member.length, at + member.length + 5)).toString() === 'true,';
}

async function version(args) {
  if (args.length > 0) {
    return usageError('version', `unexpected argument: ${args[0]}`);
  }
  const { version: packageVersion } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const { version: coreVersion, editions } = await loadReceipts();
  process.stdout.write(
    `countersign ${packageVersion}\nmodule      ${coreVersion} (WebAssembly)\nruntime     Node.js ${process.versions.node}\n` +
      `unicode     ${editions.unicode}\ncurrencies  ISO 4217, ${editions.currencies}\nibans       registry, ${editions.ibans}\n`,
  );
  return DONE;
}

async function main(args) {
  const [command, ...rest] = args;
  switch (command) {
    case 'verify':
      return verify(rest);
    case 'policy':
      return policy(rest);
    case 'transaction':
      return transaction(rest);
    case 'receipt':
      return receipt(rest);
    case 'version':
    case '--version':
      return rest[0] === '--help' ? (process.stdout.write(HELP), DONE) : version(rest);
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(HELP);
      return DONE;
    case undefined:
      process.stderr.write(HELP);
      return USAGE;
    default:
      return usageError('', `unknown command: ${command}`);
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`countersign: ${error.message}\n`);
  return FAILED;
});
