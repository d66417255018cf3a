// `countersign receipt verify` and `print`: output and exit codes are those of the native command.
import { createReadStream } from 'node:fs';
import { loadReceipts } from '../dist/index.js';
import { DONE, FAILED, NEGATIVE, usageError } from './outcome.mjs';

const RECEIPT_HELP = `countersign receipt verify [--log-key FILE] [--witness FILE]… [--anchors PEM] [--json] FILE
countersign receipt print [--log-key FILE] [--witness FILE]… [--anchors PEM] FILE

Says what was approved and verifies the receipt of it without a server, step by step, in plain English, as the native program
does, byte for byte. "print" writes a page (HTML) that shows what was approved and the same steps. docs/receipts.md says what a
receipt proves and what it does not. A FILE may be "-" (standard input).

  --log-key FILE  the key of the bank's log (NAME+HASH+KEY); without it a receipt is "unanchored" at best
  --witness FILE  the key of a witness that must have signed; may be given again
  --anchors PEM   makers of authenticators: the passkey's recorded certificates must lead to one of them
  --json          one JSON object instead of lines (verify)

Exit codes: 0 verified, 1 undecided (what the policy decided cannot be judged), incomplete (more approvals are
needed than the receipt has), unanchored or refused, 2 wrong usage, 3 a file could not be read or used.
`;

// [those of the native program]
const MAX_RECEIPT_BYTES = 16_777_216;
const MAX_KEY_BYTES = 1024;
const MAX_PEM_BYTES = 1_048_576;

// Whole, or not at all: no more than `limit` octets.
async function readWhole(path, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
    size += chunk.length;
    if (size > limit) {
      throw new Error('the file is too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// The certificates of a PEM file (RFC 7468) as base64; text around the blocks is explanatory.
function certificatesOf(pem) {
  const certificates = [];
  const rest = pem.replace(/-----BEGIN ([^\n]*?)-----([^]*?)-----END \1-----/g, (_, label, body) => {
    certificates.push(label === 'CERTIFICATE' ? body.replace(/[\r\n\t ]/g, '') : '');
    return '';
  });
  if (rest.includes('-----BEGIN ') || certificates.length === 0 || certificates.includes('')) {
    throw new Error('no certificate, or a block that is damaged or of another kind');
  }
  return certificates;
}

// What was approved, where, by whom and when: of what fails, nothing is said. Values are isolated by their direction.
const ISOLATES = { ltr: '\u2066', rtl: '\u2067', auto: '\u2068' };
function approvalLines({ verdict, approvals, log }) {
  if (verdict === 'refused') {
    return '';
  }
  const { title, rows, action, transactionId, tenant, rpId } = approvals.at(-1);
  const shown = rows.map(([, label, value, direction]) => `${label}: ${ISOLATES[direction]}${value}\u2069\n`);
  const given = approvals.map(({ step, of, approvedAt, user }) => `Approval ${step} of ${of} at ${approvedAt} by the user ${user}\n`);
  const isolated = (label) => `[${ISOLATES.auto}${label}\u2069]`;
  const answer = action === undefined ? '' : `\nAnswered with ${isolated(action.affirm)}, and not with ${isolated(action.deny)}\n`;
  return `${title}\n\n${shown.join('')}${answer}\nTransaction ${transactionId} of ${tenant} (${rpId}), in the log ${log.origin}\n${given.join('')}\n`;
}

// The answer of the native command in words.
function receiptLines(report) {
  const { verdict, sentence, steps, approvals } = report;
  const marks = { holds: 'ok    ', fails: 'FAIL  ', unknown: 'open  ' };
  const lines = steps.map((step) => {
    const which = approvals.length > 1 && step.approval !== undefined ? `Approval ${step.approval}: ` : '';
    return `${marks[step.verdict]}${which}${step.sentence}${step.code === undefined ? '' : ` [${step.code}]`}\n`;
  });
  return `${approvalLines(report)}${lines.join('')}\n${verdict}: ${sentence}\n`;
}

// The key of a line, whatever name and kind it is given under: behind the second "+", without its first octet.
function keyOf(line) {
  return Buffer.from(line.split('+').slice(2).join('+'), 'base64').subarray(1).toString('hex');
}

// What the arguments say, or the message of a usage error. Of --log-key and --anchors the last counts.
function receiptOptions(args, isVerify) {
  const options = { file: undefined, logKey: [], witness: [], anchors: [], isJson: false };
  const names = { '--log-key': 'logKey', '--witness': 'witness', '--anchors': 'anchors' };
  for (let i = 0; i < args.length; i += 1) {
    const [, name, value] = args[i].match(/^(--[^=]*)(?:=([^]*))?$/) ?? [];
    if (name === undefined) {
      if (options.file) {
        return `expected one file: ${args[i]}`;
      }
      options.file = args[i];
    } else if (args[i] === '--json' && isVerify) {
      options.isJson = true;
    } else if (!Object.hasOwn(names, name)) {
      return `unknown option: ${name}`;
    } else {
      const given = value ?? args[(i += 1)];
      if (!given) {
        return `a value is missing: ${name}`; // also an option whose shell variable was not set
      }
      options[names[name]].push(given);
    }
  }
  return !options.file ? 'a file is missing' : options;
}

export async function receipt(args) {
  const [action, ...rest] = args;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(RECEIPT_HELP);
    return DONE;
  }
  if (action !== 'verify' && action !== 'print') {
    return usageError('receipt', 'expected verify or print');
  }
  const options = receiptOptions(rest, action === 'verify');
  if (typeof options === 'string') {
    return usageError('receipt', options);
  }
  const receipts = await loadReceipts();
  let reading = '';
  // What cannot be used is found with the file that it stands in, before the receipt is read.
  const trusted = async (file, limit, trustOf) => {
    reading = file;
    const trust = trustOf((await readWhole(file, limit)).toString());
    receipts.verifyReceipt('', trust);
    return trust;
  };
  const trust = { witnesses: [] };
  try {
    for (const file of options.logKey.slice(-1)) {
      Object.assign(trust, await trusted(file, MAX_KEY_BYTES, (logKey) => ({ logKey })));
    }
    for (const file of options.witness) {
      const { witnesses } = await trusted(file, MAX_KEY_BYTES, (key) => ({ witnesses: [key] }));
      if ([trust.logKey ?? '', ...trust.witnesses].some((key) => keyOf(key) === keyOf(witnesses[0]))) {
        return usageError('receipt', `this key is given twice: ${file}`);
      }
      trust.witnesses.push(...witnesses);
    }
    for (const file of options.anchors.slice(-1)) {
      Object.assign(trust, await trusted(file, MAX_PEM_BYTES, (pem) => ({ anchors: certificatesOf(pem) })));
    }
    reading = options.file;
    const file = await readWhole(reading, MAX_RECEIPT_BYTES + 1);
    if (action === 'print') {
      const { verdict, page } = receipts.printReceipt(file, trust);
      process.stdout.write(page);
      return verdict === 'verified' ? DONE : NEGATIVE;
    }
    const line = receipts.verifyReceiptLine(file, trust);
    const report = JSON.parse(Buffer.from(line).toString());
    process.stdout.write(options.isJson ? Buffer.concat([line, Buffer.of(10)]) : receiptLines(report));
    return report.verdict === 'verified' ? DONE : NEGATIVE;
  } catch (error) {
    process.stderr.write(`countersign receipt: ${reading}: ${error.message}\n`);
    return FAILED;
  }
}
