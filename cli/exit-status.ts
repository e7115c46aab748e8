/** What the program ends with; docs/kubectl-podcert.md says when. */
export const EXIT = {
  done: 0,
  /** Something could not be done; standard error says what. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** What was looked for was found: `list --exit-code`, `doctor`. */
  found: 3,
  /** Printed is what there is, but some of it could not be asked for, such as a node. */
  partial: 4,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
