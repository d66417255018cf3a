// Firefox without a driver of others: it speaks Marionette itself, JSON messages with their length in front, over TCP.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';

import { findBrowser } from './support.mjs';

// Beside what --marionette sets itself: nothing that would leave the machine. The proxy is a closed port, and only
// loopback goes round it.
const PREFERENCES = {
  'marionette.port': 0, // takes a free one
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': 'localhost, 127.0.0.1',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.update.disabledForTesting': true,
  'app.normandy.enabled': false,
  'app.shield.optoutstudies.enabled': false,
  'nimbus.rollouts.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.server': '',
  'extensions.update.enabled': false,
  'extensions.getAddons.cache.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.backup.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  // Virtual authenticators instead of real ones.
  'security.webauth.webauthn_enable_softtoken': true,
  'security.webauth.webauthn_enable_usbtoken': false,
  // Direct attestation asks the person first; there is nobody.
  'security.webauthn.always_allow_direct_attestation': true,
};

const START_MILLISECONDS = 60_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'; // WebDriver's name for a reference

class Marionette {
  #socket;
  #received = Buffer.alloc(0);
  #waiting = new Map();
  #next = 1;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error('Firefox closed the connection'));
      }
      this.#waiting.clear();
    });
    socket.on('error', () => {}); // 'close' follows
  }

  send(command, parameters = {}) {
    const id = this.#next;
    this.#next += 1;
    const text = JSON.stringify([0, id, command, parameters]);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  close() {
    this.#socket.destroy();
  }

  #receive(chunk) {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const colon = this.#received.indexOf(':');
      const end = colon + 1 + Number(this.#received.subarray(0, Math.max(colon, 0)));
      if (colon < 0 || this.#received.length < end) {
        return;
      }
      const message = JSON.parse(this.#received.subarray(colon + 1, end));
      this.#received = this.#received.subarray(end);
      // The greeting is an object; an answer is [1, id, error, result].
      const waiting = Array.isArray(message) ? this.#waiting.get(message[1]) : undefined;
      if (waiting) {
        this.#waiting.delete(message[1]);
        if (message[2]) {
          waiting.reject(new Error(`${message[2].error}: ${message[2].message}`));
        } else {
          waiting.resolve(message[3]);
        }
      }
    }
  }
}

/** A headless Firefox with one window. */
export class Firefox {
  #process;
  #marionette;
  version;

  /** Starts it with a new profile in `folder`. */
  static async launch(folder) {
    const firefox = new Firefox();
    const file = findBrowser('FIREFOX', ['/usr/bin/firefox-esr', '/usr/bin/firefox']);
    const preferences = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(path.join(folder, 'user.js'), preferences.join(''));
    const child = spawn(file, ['--headless', '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', folder, 'about:blank'], {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, MOZ_CRASHREPORTER_DISABLE: '1', MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
    });
    firefox.#process = child;
    try {
      const port = await portOf(folder, child);
      firefox.#marionette = new Marionette(connect(port, '127.0.0.1'));
      const { capabilities } = await firefox.send('WebDriver:NewSession', { capabilities: { alwaysMatch: {} } });
      firefox.version = capabilities.browserVersion;
      await firefox.send('WebDriver:SetTimeouts', { implicit: 0, pageLoad: 30_000, script: 30_000 });
      await firefox.send('WebDriver:SetWindowRect', { width: 1280, height: 1000 });
    } catch (error) {
      await firefox.close();
      throw error;
    }
    return firefox;
  }

  send(command, parameters) {
    return this.#marionette.send(command, parameters);
  }

  open(url) {
    return this.send('WebDriver:Navigate', { url });
  }

  /** Runs a function in the page and resolves to what it returns; arguments and result are JSON. */
  async evaluate(run, ...args) {
    const script = `return (${run})(...arguments)`;
    return (await this.send('WebDriver:ExecuteScript', { script, args, sandbox: null })).value;
  }

  /** Waits until the function in the page returns a true value, which it resolves to. */
  async waitFor(run, ...args) {
    const end = Date.now() + 20_000;
    for (;;) {
      const value = await this.evaluate(run, ...args);
      if (value) {
        return value;
      }
      if (Date.now() > end) {
        throw new Error(`waited in vain for ${run} with ${JSON.stringify(args)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async click(selector) {
    await this.send('WebDriver:ElementClick', { id: await this.#find(selector) });
  }

  async type(selector, text) {
    const id = await this.#find(selector);
    await this.send('WebDriver:ElementClear', { id });
    await this.send('WebDriver:ElementSendKeys', { id, text });
  }

  async screenshot(file) {
    const { value } = await this.send('WebDriver:TakeScreenshot', { full: true, hash: false });
    await writeFile(file, Buffer.from(value, 'base64'));
  }

  /** WebDriver's virtual authenticator (WebAuthn Level 3, §11); resolves to its id. */
  async addAuthenticator(options) {
    return (await this.send('WebAuthn:AddVirtualAuthenticator', options)).value;
  }

  removeAuthenticator(authenticatorId) {
    return this.send('WebAuthn:RemoveVirtualAuthenticator', { authenticatorId });
  }

  /** Takes the passkey that autofill offers to a waiting conditional request, as a person would in the popup. */
  async chooseAutofill() {
    await this.send('Marionette:SetContext', { value: 'chrome' });
    try {
      await this.waitFor(async () => {
        const service = Cc['@mozilla.org/webauthn/service;1'].getService(Ci.nsIWebAuthnService);
        const { browsingContext, contentPrincipal } = gBrowser.selectedBrowser;
        const transaction = service.hasPendingConditionalGet(browsingContext.id, contentPrincipal.origin);
        if (transaction === 0) {
          return false; // not waiting yet
        }
        const [entry] = await new Promise((resolve) => {
          service.getAutoFillEntries(transaction, {
            QueryInterface: ChromeUtils.generateQI(['nsIWebAuthnAutoFillEntriesCallback']),
            resolve,
            reject: () => resolve([]),
          });
        });
        if (entry) {
          service.selectAutoFillEntry(transaction, entry.credentialId);
        }
        return entry !== undefined;
      });
    } finally {
      await this.send('Marionette:SetContext', { value: 'content' });
    }
  }

  async close() {
    const child = this.#process;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      this.#marionette?.send('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => {});
      const timer = setTimeout(() => child.kill('SIGKILL'), this.#marionette ? 10_000 : 0);
      await ended;
      clearTimeout(timer);
    }
    this.#marionette?.close();
  }

  async #find(selector) {
    const { value } = await this.send('WebDriver:FindElement', { using: 'css selector', value: selector });
    return value[ELEMENT];
  }
}

// Firefox writes the port that it took into its profile.
async function portOf(folder, child) {
  const end = Date.now() + START_MILLISECONDS;
  while (Date.now() < end) {
    if (child.exitCode !== null) {
      throw new Error(`Firefox ended with ${child.exitCode}`);
    }
    try {
      const port = Number(await readFile(path.join(folder, 'MarionetteActivePort'), 'utf8'));
      if (port > 0) {
        return port;
      }
    } catch {
      // not there yet
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Firefox did not listen in time');
}
