import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { NOT_NEEDED, systemClock } from '../../node-agent/clock.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** How a page is looked at. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

/**
 * A real browser without a window: Debian's chromium, spoken to over a pipe in the DevTools protocol. It has a profile of its own and is gone
 * with the test.
 */
export class Browser {
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #listeners = new Set<(message: Message) => void>();
  #sent = 0;
  #rest = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    // Both are reset when it is killed; whoever still waits for an answer is told that there is none.
    for (const pipe of process.stdio.slice(3)) pipe?.on('error', () => undefined);
    process.once('close', () => {
      for (const [id, answer] of this.#answers) answer({ id, error: { message: 'the browser is gone' } });
    });
    (process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  static async open(context: Pick<TestContext, 'after'>): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'podcert-browser-'));
    // Its sandbox takes an ordinary user, and what it is shown here is ours.
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-lcd-text',
      '--hide-scrollbars',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
    ];
    const child = spawn('chromium', [...flags, `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const browser = new Browser(child);
    context.after(async () => {
      await browser.#close();
      await rm(profile, { recursive: true, force: true, maxRetries: 10 });
    });
    await once(child, 'spawn');
    return browser;
  }

  /** In good order, so that it waits for its own children; by force where it does not listen. */
  async #close(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const closed = once(this.#process, 'close');
    const isClosed = new AbortController();
    void this.send('Browser.close').catch(() => undefined);
    const late = systemClock.sleep(10_000, isClosed.signal).then(() => this.#process.kill('SIGKILL'));
    await closed;
    isClosed.abort(NOT_NEEDED);
    await late.catch(() => undefined);
  }

  /** Loads a page in a tab of its own. @throws where it cannot be loaded. */
  async load(url: string, { width, height, scheme }: Look): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, String(sessionId));
    const done = this.#next('Page.loadEventFired');
    await page.send('Page.enable');
    await page.send('Network.enable');
    await page.send('Runtime.enable');
    await page.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const { errorText } = await page.send('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`Cannot load ${url}: ${JSON.stringify(errorText)}`);
    await done;
    return page;
  }

  /** Calls a method of the protocol. */
  async send(method: string, params: object = {}, sessionId?: string): Promise<Readonly<Record<string, unknown>>> {
    const id = (this.#sent += 1);
    const answered = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    const text = JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) });
    (this.#process.stdio[3] as Writable).write(`${text}\0`);
    const { error, result } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  /** Is told of every event until it is let go. @returns what lets it go. */
  listen(listener: (method: string, params: Readonly<Record<string, unknown>>) => void): () => void {
    const take = ({ method, params }: Message) => void (method !== undefined && listener(method, params ?? {}));
    this.#listeners.add(take);
    return () => this.#listeners.delete(take);
  }

  #next(wanted: string): Promise<void> {
    return new Promise((resolve) => {
      const letGo = this.listen((method) => {
        if (method !== wanted) return;
        letGo();
        resolve();
      });
    });
  }

  #answer(id: number, message: Message): void {
    this.#answers.get(id)?.(message);
    this.#answers.delete(id);
  }

  /** Messages end with a NUL. */
  #take(text: string): void {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id === undefined) for (const tell of this.#listeners) tell(message);
      else this.#answer(message.id, message);
    }
  }
}

/** A page that was loaded. */
export class Page {
  readonly #browser: Browser;
  readonly #sessionId: string;

  constructor(browser: Browser, sessionId: string) {
    this.#browser = browser;
    this.#sessionId = sessionId;
  }

  send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#browser.send(method, params, this.#sessionId);
  }

  /** What an expression comes to in the page, as JSON has it; a promise is awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value: T }).value;
  }

  /** What one sees of it, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: false });
    return Buffer.from(String(data), 'base64');
  }
}
