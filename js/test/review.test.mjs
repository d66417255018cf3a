// Policies before they decide, in the policy module. What is found is compared with the native core in tests/parity.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CountersignError, PolicyError, ReviewError, loadPolicies, loadPolicyReviews } from '../dist/index.js';
import { moduleBytes, root } from './files.mjs';

const retail = await readFile(new URL('core/policy/documents/retail.json', root), 'utf8');
const reviews = await loadPolicyReviews();
// Without its denials.
const weaker = JSON.stringify({
  ...JSON.parse(retail),
  rules: JSON.parse(retail).rules.filter((rule) => rule.deny === undefined),
});

test('what ships has no findings, and its digest is that of the decisions', async () => {
  const { report, page } = reviews.lint(retail, { file: 'retail.json' });
  assert.deepEqual(report.findings, []);
  assert.match(page, /^retail\.json: retail revision \d+, \d+ rules: nothing found\n$/);
  assert.equal(report.policy.digest, (await loadPolicies()).load(retail).digest);
});

test('a finding has an example', () => {
  const { report } = reviews.lint(retail, { tiers: [] });
  const finding = report.findings.find((one) => one.kind === 'unsatisfiable');
  assert.ok(finding.rules.includes('pay-high'));
  assert.equal(finding.witness.ceremony, 'transaction.approve');
});

test('expiry counts from now, from a time, or not at all', () => {
  const listed = JSON.stringify({
    ...JSON.parse(retail),
    lists: { keys: { models: ['ee882879-721c-4913-9775-3dfcce97072a'], expires: '2026-01-01T00:00:00Z' } },
  });
  const kinds = (options) => reviews.lint(listed, options).report.findings.map((one) => one.kind);
  assert.notDeepEqual(kinds({}), kinds({ time: null }));
  assert.deepEqual(kinds({}), kinds({ time: new Date('2027-01-01') }));
  assert.deepEqual(kinds({ time: new Date('2025-01-01') }), kinds({ time: null }));
});

test('what gets weaker', () => {
  const { report, page } = reviews.diff(retail, weaker);
  assert.equal(report.mayBeWeaker, true);
  assert.ok(report.changes.weaker > 0);
  assert.match(page, /weaker/);
  assert.equal(reviews.diff(retail, retail).report.mayBeWeaker, false);
});

test('what a draft would have decided, and whom it locks out', () => {
  const rows = 'ceremony,risk.score\ntransaction.approve,95\nauthenticate,95\n';
  const { report } = reviews.simulate(retail, weaker, rows, { credentials: '{"user":"ada","algorithm":"ES256","age":"P10D"}' });
  assert.equal(report.rows, 2);
  assert.equal(report.changes.weaker, 1);
  assert.equal(report.transitions.deny.require, 1);
  assert.ok(report.lockout.length > 0);
});

test('a text that is refused is named, with its line and column', () => {
  const broken = retail.replace('"default"', '"defaults"');
  assert.throws(() => reviews.diff(retail, broken), (error) => {
    assert.ok(error instanceof ReviewError && error instanceof PolicyError);
    assert.deepEqual([error.member, error.code], ['after', 'policy_member_unknown']);
    assert.ok(broken.split('\n')[error.line - 1].slice(error.column - 1).startsWith('"defaults"'));
    return true;
  });
  assert.throws(() => reviews.lint(`${retail},"administrators":9`), { member: 'document', code: 'json_syntax' });
  assert.throws(() => reviews.lint(retail, { currency: 'XAU' }), { member: 'currency' });
  assert.throws(() => reviews.simulate(retail, retail, 'ceremony\nlogin\n'), { member: 'inputs', line: 2 });
});

test('another module is refused', async () => {
  const other = await moduleBytes('countersign-full');
  await assert.rejects(loadPolicyReviews(other), (error) => {
    assert.ok(error instanceof CountersignError);
    assert.equal(error.code, 'module_too_small');
    return true;
  });
});
