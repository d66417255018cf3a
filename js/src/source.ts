/** Where a module comes from, and how it is compiled there. */
import { CountersignError } from './module.js';

/** Where the module comes from: compiled, as bytes, or where to fetch it. */
export type ModuleSource = WebAssembly.Module | BufferSource | URL | string | Response | PromiseLike<Response>;

/** Rejects with a CountersignError `module_unreadable`. */
export async function compiled(source: ModuleSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) {
    return source;
  }
  try {
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
      return await WebAssembly.compile(source as BufferSource);
    }
    if (typeof source === 'string' || source instanceof URL) {
      return await compiledFrom(source);
    }
    return await compiledResponse(await source);
  } catch (cause) {
    if (cause instanceof CountersignError) {
      throw cause;
    }
    throw new CountersignError('module_unreadable', 'The module could not be read and compiled.', cause);
  }
}

async function compiledFrom(source: string | URL): Promise<WebAssembly.Module> {
  const isFile = source instanceof URL ? source.protocol === 'file:' : !/^[a-z][a-z0-9+.-]+:/i.test(source);
  const runtime = globalThis as { process?: { versions?: { node?: string } } };
  if ((isFile || String(source).startsWith('file:')) && typeof runtime.process?.versions?.node === 'string') {
    const name = 'node:fs/promises'; // a variable: bundlers for browsers must not look for it
    const { readFile } = (await import(
      /* webpackIgnore: true */ /* @vite-ignore */ name
    )) as typeof import('node:fs/promises');
    const path = typeof source === 'string' && source.startsWith('file:') ? new URL(source) : source;
    return WebAssembly.compile(new Uint8Array(await readFile(path)));
  }
  return compiledResponse(await fetch(source));
}

async function compiledResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) {
    throw new CountersignError('module_unreadable', `The server answered ${response.status} for the module.`);
  }
  const isWasm = response.headers.get('Content-Type')?.split(';')[0]?.trim() === 'application/wasm';
  if (isWasm && typeof WebAssembly.compileStreaming === 'function') {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
