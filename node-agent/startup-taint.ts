/** The key of the taint that nodes may join with, so that no pod comes to one whose driver does not serve yet. */
export const STARTUP_TAINT = 'podcert.io/agent-not-ready';
