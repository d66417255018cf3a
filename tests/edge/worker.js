// An edge worker: the module as the runtime gives it, verdicts for the cases that are posted.
import module from './countersign.wasm';
import { hostDischarger, loadCountersign } from './countersign/index.js';

const countersign = loadCountersign(module);
const discharge = hostDischarger();

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/discharge') {
      return Response.json(await (await discharge)(await request.json()));
    }
    const verdict = await (await countersign).verifyLine(new Uint8Array(await request.arrayBuffer()));
    return new Response(verdict, { headers: { 'Content-Type': 'application/json' } });
  },
};
