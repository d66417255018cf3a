// Chromium with the interface of ./firefox.mjs, as far as the tests of both need it.
import { launchChromium } from './support.mjs';

export class Chromium {
  #browser;
  #page;
  #devtools;
  version;

  static async launch() {
    const chromium = new Chromium();
    chromium.#browser = await launchChromium();
    chromium.version = chromium.#browser.version();
    chromium.#page = await chromium.#browser.newPage();
    chromium.#devtools = await chromium.#page.context().newCDPSession(chromium.#page);
    await chromium.#devtools.send('WebAuthn.enable', { enableUI: false });
    return chromium;
  }

  async open(url) {
    await this.#page.goto(url);
  }

  evaluate(run, ...args) {
    return this.#page.evaluate(([text, values]) => (0, eval)(`(${text})`)(...values), [String(run), args]);
  }

  async waitFor(run, ...args) {
    await this.#page.waitForFunction(run, ...args);
  }

  /** Takes WebDriver's options, and DevTools' own beside them. */
  async addAuthenticator({ protocol, isUserConsenting, ...others }) {
    const version = { 'ctap1/u2f': { protocol: 'u2f' }, ctap2: { protocol: 'ctap2' } }[protocol] ?? {
      protocol: 'ctap2',
      ctap2Version: protocol,
    };
    const options = { ...version, ...others, automaticPresenceSimulation: isUserConsenting };
    return (await this.#devtools.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId;
  }

  async removeAuthenticator(authenticatorId) {
    await this.#devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  }

  /** The virtual authenticator takes part by itself. */
  async chooseAutofill() {}

  async close() {
    await this.#browser.close();
  }
}
