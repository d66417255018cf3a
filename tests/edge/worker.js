// An edge worker: the module as the runtime gives it, verdicts for the cases that are posted.
import module from './countersign.wasm';
import transactionModule from './countersign-transaction.wasm';
import { hostDischarger, loadCountersign, loadTransactions } from './countersign/index.js';

const countersign = loadCountersign(module);
const transactions = loadTransactions(transactionModule);
const discharge = hostDischarger();

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/discharge') {
      return Response.json(await (await discharge)(await request.json()));
    }
    if (new URL(request.url).pathname === '/render') {
      const { template, locale, digests, line } = await request.json();
      const loaded = await transactions;
      loaded.loadTemplate(template, digests[0]);
      loaded.loadLocale(locale, digests[1]);
      return new Response(loaded.renderLine(line));
    }
    const verdict = await (await countersign).verifyLine(new Uint8Array(await request.arrayBuffer()));
    return new Response(verdict, { headers: { 'Content-Type': 'application/json' } });
  },
};
