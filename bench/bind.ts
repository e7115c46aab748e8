import { execFileSync } from 'node:child_process';

/** Shows a folder in another place too, for as long as this mount namespace lives. */
export function bind(folder: string, target: string): void {
  execFileSync('mount', ['--bind', folder, target]);
}
