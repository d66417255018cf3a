// Policies in the full module: decisions, what is refused and where, documents that gave way to others. What is decided is
// compared with the native core in tests/parity.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CountersignError, PolicyError, loadPolicies } from '../dist/index.js';
import { moduleBytes, root } from './files.mjs';

const retail = await readFile(new URL('core/policy/documents/retail.json', root), 'utf8');
const policies = await loadPolicies();
const documentOf = (revision) =>
  JSON.stringify({ schema: 'countersign-policy/1', id: 'x', revision, default: 'deny', rules: [] });

test('a decision, and why', () => {
  const policy = policies.load(retail);
  assert.equal(policy.id, 'retail');
  const login = policy.decide('options', { ceremony: 'authenticate' });
  assert.deepEqual([login.outcome, login.policy, login.phase], ['require', policy.digest, 'options']);
  const payment = {
    ceremony: 'transaction.approve', 'amount.base': 500_000, 'payee.known': true, 'payee.trusted': false,
    'payee.confusable': false, 'payee.verification': 'match', 'risk.score': 0, 'session.age': 'PT5M',
  };
  const decision = policy.decide('options', payment);
  assert.equal(decision.requirements.userVerification, 'required');
  const why = policy.explain('options', payment);
  assert.deepEqual(why.decision, decision);
  assert.match(why.sentence, /^a transfer of 5000\.00 EUR/);
  assert.match(policy.explain('options', payment, 'JPY').sentence, /^a transfer of 500000 JPY/);
  assert.throws(() => policy.explain('options', payment, 'XAU'), { code: 'policy_inputs_malformed' });
  assert.ok(why.rules.every((rule) => rule.conditions.length > 0));
});

test('a document is text or bytes', () => {
  assert.equal(policies.load(new TextEncoder().encode(retail)).digest, policies.load(retail).digest);
});

test('a document that is refused has code, line and column', () => {
  const broken = retail.replace('"default"', '"defaults"');
  assert.throws(() => policies.load(broken), (error) => {
    assert.ok(error instanceof PolicyError);
    assert.equal(error.code, 'policy_member_unknown');
    assert.ok(broken.split('\n')[error.line - 1].slice(error.column - 1).startsWith('"defaults"'));
    return true;
  });
  assert.throws(() => policies.load(''), { code: 'json_syntax', line: 1, column: 1 });
});

test('inputs that are refused', () => {
  const policy = policies.load(retail);
  for (const [inputs, code] of [
    [{}, 'policy_ceremony_missing'],
    [{ ceremony: 'login' }, 'policy_input_value_invalid'],
    [{ ceremony: 'authenticate', 'risk.skore': 1 }, 'policy_inputs_malformed'],
    [{ ceremony: 'authenticate', 'risk.score': 0.5 }, 'policy_input_value_invalid'],
    [{ ceremony: 'authenticate', 'risk.score': 101 }, 'policy_input_value_invalid'],
    [null, 'policy_inputs_malformed'],
  ]) {
    assert.throws(() => policy.decide('options', inputs), { name: 'PolicyError', code });
  }
  assert.throws(() => policy.decide('verdicts', { ceremony: 'authenticate' }), { code: 'policy_inputs_malformed' });
});

test('a policy decides after any number of others', () => {
  const policy = policies.load(retail);
  for (let revision = 1; revision <= 20; revision += 1) {
    policies.load(documentOf(revision));
  }
  assert.equal(policy.decide('options', { ceremony: 'authenticate' }).policy, policy.digest);
});

test('decideLine answers what is no case', () => {
  const answer = (line) => JSON.parse(new TextDecoder().decode(policies.decideLine(line)));
  assert.equal(answer('').error.code, 'json_syntax');
  assert.equal(answer(Buffer.from([0xff])).error.code, 'json_syntax');
  assert.equal(answer('{"id":"a","phase":"options","inputs":{},"policy":"x"}').error.code, 'policy_revision_not_found');
  assert.equal(answer(`{"phase":"options","inputs":{"ceremony":"recovery"},"document":${documentOf(1)}}`).decision.outcome, 'deny');
  assert.equal(answer('['.repeat(100_000)).error.code, 'json_too_deep');
  assert.equal(answer(new Uint8Array(2_000_000)).error.code, 'json_too_large');
});

test('the small module has no policies and says so', async () => {
  await assert.rejects(loadPolicies(await moduleBytes('countersign')), (error) => {
    assert.ok(error instanceof CountersignError);
    return error.code === 'module_too_small';
  });
});
