// How commands end.

// Exit codes of every command, those of the native program.
export const DONE = 0;
export const NEGATIVE = 1;
export const USAGE = 2;
export const FAILED = 3;

export function usageError(command, message) {
  process.stderr.write(`countersign${command ? ` ${command}` : ''}: ${message}\nTry: countersign ${command ? `${command} ` : ''}--help\n`);
  return USAGE;
}
