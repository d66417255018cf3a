// Views as SVG and HTML in a real Chromium: nothing of what a customer must read lies outside the picture, whatever the
// names are written with; Arabic runs from the right.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, SCREENSHOTS, launchChromium } from './support.mjs';

const COUNTERSIGN = process.env.COUNTERSIGN_SERVER ?? path.join(ROOT, 'build/native/countersign');
const WIDTH = 360;
const PACKS = (await readdir(path.join(ROOT, 'core/transaction/locales'))).map((file) => file.replace('.json', ''));

const intent = (creditor, fields = {}) => ({
  type: 'payment.credit-transfer/1',
  fields: {
    amount: { currency: 'EUR', value: '1234.56' },
    creditor,
    creditorAccount: { iban: 'MT84MALT011000012345MTLCAST001S' },
    debtorAccount: { iban: 'DE75512108001245126199' },
    executionDate: '2026-11-23',
    reference: 'RF18539007547034',
    ...fields,
  },
});

/** The answers to cases of `transaction render`, in their order. */
function render(inputs) {
  const lines = inputs.map((input, id) =>
    JSON.stringify({ id: String(id), input: { template: 'payment.credit-transfer/1', locale: 'en-GB', ...input } }));
  const output = execFileSync(COUNTERSIGN, ['transaction', 'render'], { input: `${lines.join('\n')}\n` });
  const answers = output.toString().trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(answers.length, inputs.length);
  return answers;
}

let browser;
let page;

before(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: WIDTH, height: 740 } });
});

after(async () => browser?.close());

/** Of each text of a picture: where it begins and ends, and what it says. */
async function extents(svg) {
  await page.setContent(`<!doctype html><meta charset="utf-8"><body style="margin:0">${svg}`);
  return page.$$eval('svg text', (texts) =>
    texts.map((text) => {
      const { x, width, y, height } = text.getBBox();
      return { left: x, right: x + width, bottom: y + height, says: text.textContent };
    }));
}

async function assertInside(svg, name) {
  const texts = await extents(svg);
  assert.ok(texts.length > 4, name);
  const height = Number(/height="(\d+)"/.exec(svg)[1]);
  for (const { left, right, bottom, says } of texts) {
    assert.ok(left >= 0 && right <= WIDTH, `${name}: "${says}" stands from ${left} to ${right}`);
    assert.ok(bottom <= height, `${name}: "${says}" ends at ${bottom} of ${height}`);
  }
  return texts.map(({ says }) => says).join('');
}

const HOSTILE = [
  'W'.repeat(140),
  'M@%'.repeat(46),
  'MOMMSEN WOHNBAU GMBH HAMMM',
  'mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm',
  '\u0915\u094b'.repeat(28),
  '\u0bb8\u0bcc'.repeat(28),
  '\u0e01\u0e33'.repeat(28),
  `Acme GmbH${'\u2e3a'.repeat(12)}Mule`,
  `Acme GmbH${'\u2e3b'.repeat(12)}Mule`,
  '\ufdfa'.repeat(20),
  '\ufdfb'.repeat(20),
  '\u{12219}'.repeat(20),
  '\u{1242b}'.repeat(20),
  '\u{12031}\u{1201a}'.repeat(20),
  '\uff76\uff9e'.repeat(40),
  '\u6771\u4eac'.repeat(40),
  '\u0429\u0416\u042e\u0428'.repeat(20),
  '\u0152\u00c6\u0132'.repeat(20),
  '\u0635\u0633\u0634\u0636'.repeat(20),
  '\u1e80'.repeat(40),
  'q\u0323\u0307'.repeat(60),
];

test('no text of a picture ends outside of it, whatever a name is written with', async () => {
  const answers = render(HOSTILE.map((name) => ({ intent: intent(name), forms: ['svg'] })));
  for (const [i, name] of HOSTILE.entries()) {
    assert.ok(answers[i].ok, `${name}: ${JSON.stringify(answers[i].error)}`);
    const said = await assertInside(answers[i].svg, name);
    assert.ok(said.includes(name), `${name} is whole`);
  }
});

test('pictures stay whole in references, where pictures are allowed', async () => {
  const references = ['\u26a1'.repeat(60), '\u{1f44d}\u{1f3fb}'.repeat(40), '\ufdfd'.repeat(20), '\u2e3b'.repeat(60)];
  const answers = render(references.map((reference) => ({ intent: intent('Acme', { reference }), forms: ['svg'] })));
  for (const [i, reference] of references.entries()) {
    assert.ok(answers[i].ok, `${reference}: ${JSON.stringify(answers[i].error)}`);
    assert.ok((await assertInside(answers[i].svg, reference)).includes(reference));
  }
});

test('the pictures of all locales are whole, and show both actions', async () => {
  const amount = { currency: 'EUR', value: '92233720368547758.07' };
  const answers = render(PACKS.map((locale) => ({ intent: intent('Acme', { amount }), locale, forms: ['svg'] })));
  assert.equal(answers.length, 13);
  for (const [i, locale] of PACKS.entries()) {
    const said = await assertInside(answers[i].svg, locale);
    const { affirm, deny } = answers[i].view.action;
    assert.ok(said.includes(affirm) && said.endsWith(deny), locale);
    if (locale === 'ar') {
      await page.screenshot({ path: path.join(SCREENSHOTS, 'view-ar-svg.png') });
    }
  }
});

test('long actions and wide labels are whole', async () => {
  const affirm = 'WMWMWMWMWMWMWMWMWMWMWMWMWMWMWM';
  const deny = 'Decline it and block this card';
  const label = 'MWMWMWMWMWMWMWMWMWMWMWMWMWMWMWMWMWMWMWMW';
  const template = {
    schema: 'countersign-template/1',
    id: 'payment.x',
    version: 1,
    fields: [
      { name: 'a', type: 'amount', display: { level: 1, label: 'a' } },
      { name: 'c', type: 'text', role: 'payee', isName: true, maxGraphemes: 140, display: { level: 1, label: 'c' } },
    ],
    locales: { 'en-GB': { title: 'W'.repeat(50), affirm, deny, labels: { a: label, c: 'Payee' } } },
  };
  const fields = { a: { currency: 'EUR', value: '1.00' }, c: 'Acme' };
  const [answer] = render([{ template, intent: { type: 'payment.x/1', fields }, forms: ['svg'] }]);
  assert.ok(answer.ok, JSON.stringify(answer.error));
  const said = await assertInside(answer.svg, 'actions');
  for (const text of [label, affirm, deny, 'W'.repeat(50)]) {
    assert.ok(said.includes(text), text);
  }
  const boxes = await page.$$eval('svg rect.box', (rects) => rects.map((rect) => rect.getBBox().width));
  assert.deepEqual(boxes, [328, 328]);
});

test('HTML runs from the side from which its title is read', async () => {
  const [arabic, english] = render(['ar', 'en-GB'].map((locale) => ({ intent: intent('Acme'), locale, forms: ['html'] })));
  const look = async (html) => {
    await page.setContent(html);
    return page.evaluate(() => {
      const { left, right } = document.querySelector('dt bdi').getBoundingClientRect();
      return { direction: getComputedStyle(document.querySelector('main')).direction, left, right };
    });
  };
  const fromTheRight = await look(arabic.html);
  await page.screenshot({ path: path.join(SCREENSHOTS, 'view-ar-html.png') });
  assert.equal(fromTheRight.direction, 'rtl');
  assert.ok(fromTheRight.right > WIDTH - 40, JSON.stringify(fromTheRight));
  const fromTheLeft = await look(english.html);
  assert.equal(fromTheLeft.direction, 'ltr');
  assert.ok(fromTheLeft.left < 40, JSON.stringify(fromTheLeft));
});
