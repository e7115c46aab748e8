import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Child } from './child.ts';
import type { NodeFolder } from './node-folder.ts';

/** A line of the driver's log. */
export interface LogLine {
  readonly message: string;
  readonly [field: string]: unknown;
}

export const NODE_NAME = 'demo-node';

/** Starts the real driver, as `npm start` does, with a CA of its own. @param told each line of its log as it is. */
export function startDriver(folder: NodeFolder, told: (line: string) => void): Child<LogLine> {
  const flags = [
    `--node-id=${NODE_NAME}`,
    `--endpoint=unix://${folder.socket}`,
    `--data-root=${folder.data}`,
    `--local-ca-dir=${folder.ca}`,
    `--registration-dir=${folder.registration}`,
    `--kubelet-registration-path=${folder.socket}`,
    '--health-bind-address=0',
    '--admin-bind-address=0',
    '--log-level=2',
  ];
  const main = join(import.meta.dirname, '../driver/main.ts');
  // It dies with the demo, also where the demo is killed. No other variable: not even that of a cluster the demo may run in.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, main, ...flags], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const driver = new Child<LogLine>('the driver', child);
  createInterface({ input: child.stderr }).on('line', (line) => {
    told(line);
    driver.feed.push(parseLine(line));
  });
  return driver;
}

/** What is no JSON comes from Node itself, such as a stack trace. */
function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { message: line };
  }
}
