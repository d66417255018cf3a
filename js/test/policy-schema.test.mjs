// The JSON Schema for editors, held against the parser: what the parser takes, an editor must not underline; what it
// refuses and a schema can say, an editor should.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { loadPolicies } from '../dist/index.js';
import { root } from './files.mjs';

const read = (path) => readFile(new URL(path, root), 'utf8');
const ajv = new Ajv({ strict: false });
addFormats(ajv);
const isValid = ajv.compile(JSON.parse(await read('docs/policy.schema.json')));
const policies = await loadPolicies();
const isTaken = (document) => {
  try {
    policies.load(typeof document === 'string' ? document : JSON.stringify(document));
    return true;
  } catch (error) {
    assert.equal(error.name, 'PolicyError');
    return false;
  }
};

const document = (members) => ({
  schema: 'countersign-policy/1', id: 'x', revision: 1, default: 'deny',
  rules: [{ id: 'a', when: { ceremony: 'authenticate' }, require: {} }], ...members,
});
const demand = (require) => document({ rules: [{ id: 'a', when: { ceremony: 'authenticate' }, require }] });
const when = (condition) => document({ rules: [{ id: 'a', when: condition, deny: { reason: 'r' } }] });

const DURATIONS = {
  PT5M: true, P1W: true, P1D: true, P1DT1S: true, PT1H1M1S: true, P: false, PT: false, P1DT: false, '5M': false, P1M: false,
  P1H: false, PT1D: false, 'PT-1S': false, 'PT0.5S': false, '': false,
};
const CASES = [
  ...Object.entries(DURATIONS).flatMap(([text, taken]) => [
    [`coolingOff ${text}`, demand({ coolingOff: text }), taken],
    [`session.age ${text}`, when({ 'session.age': { gte: text } }), taken],
  ]),
  ['coolingOff PT0S', demand({ coolingOff: 'PT0S' }), false],
  ['session.age PT0S', when({ 'session.age': { gte: 'PT0S' } }), true],
  ['one role', when({ 'user.roles': 'a' }), true],
  ['a role of a set', when({ 'user.roles': { contains: 'a' } }), true],
  ['a role equals', when({ 'user.roles': { eq: 'a' } }), false],
  ['numbers twice', when({ 'amount.base': { in: [1, 1] } }), true],
  ['roles twice', when({ 'user.roles': { containsAny: ['a', 'a'] } }), true],
  ['algorithms twice', demand({ algorithms: ['ES256', 'ES256'] }), false],
  ['no numbers', when({ 'amount.base': { in: [] } }), false],
  ['two operators', when({ 'amount.base': { gte: 1, lt: 5 } }), true],
  ['two members', when({ 'payee.known': true, channel: 'a' }), false],
  ['order of levels', when({ 'credential.certification': { gt: 'L1' } }), true],
  ['order of states', when({ 'credential.metadataStatus': { gt: 'current' } }), false],
  ['an unknown input', when({ 'risk.skore': 1 }), false],
  ['an empty group', when({ all: [] }), false],
  ['not', when({ not: { 'payee.known': true } }), true],
  ['hour 24', when({ 'time.hour': 24 }), false],
  ['model in capitals', when({ 'credential.aaguid': 'EE882879-721C-4913-9775-3DFCCE97072A' }), false],
  ['id in capitals', document({ id: 'A' }), false],
  ['revision 0', document({ revision: 0 }), false],
  ['default exempt', document({ default: 'exempt' }), false],
  ['no approvals', demand({ approvals: { count: 0 } }), false],
  ['nine approvals', demand({ approvals: { count: 9 } }), false],
  ['tier 5', demand({ displayTier: 5 }), false],
  ['article 19', document({ rules: [{ id: 'a', when: { ceremony: 'account.access' }, exempt: { basis: 'rts.article-19' } }] }), false],
  ['article 10a', document({ rules: [{ id: 'a', when: { ceremony: 'account.access' }, exempt: { basis: 'rts.article-10a' } }] }), true],
  ['a list', document({ lists: { a: { models: [], expires: '2027-01-01T00:00:00Z' } } }), true],
  ['a list that ends soon', document({ lists: { a: { models: [], expires: 'soon' } } }), false],
  ['an unknown member', document({ rule: [] }), false],
];

test('what ships and what the guide shows is valid', async () => {
  for (const name of ['retail', 'corporate']) {
    const text = await read(`core/policy/documents/${name}.json`);
    assert.ok(isValid(JSON.parse(text)), `${name}: ${ajv.errorsText(isValid.errors)}`);
    assert.ok(isTaken(text), name);
  }
});

for (const [name, given, taken] of CASES) {
  test(`schema and parser agree: ${name}`, () => {
    assert.equal(isTaken(given), taken, 'parser');
    assert.equal(isValid(given), taken, `schema: ${ajv.errorsText(isValid.errors)}`);
  });
}

// What a schema cannot say stays with the parser: it may take too much, never too little.
test('what the parser alone refuses', () => {
  const rule = { id: 'a', when: { ceremony: 'authenticate' }, require: {} };
  for (const given of [
    document({ rules: [rule, rule] }), when({ channel: { in: ['a', 'a'] } }), demand({ strength: 'nowhere' }), document({ strengths: { a: { extends: 'a' } } }),
    demand({ timeout: 'PT2H' }), demand({ coolingOff: 'P99999999999D' }),
  ]) {
    assert.ok(isValid(given), JSON.stringify(given));
    assert.ok(!isTaken(given), JSON.stringify(given));
  }
});
