/** Flags of a driver, by their names without the dashes; it neither registers with kubelet nor serves health or operators unless they say so. */
export function driverArgs(flags: Readonly<Record<string, string>>): readonly string[] {
  const all = { 'health-bind-address': '0', 'admin-bind-address': '0', 'registration-dir': '', ...flags };
  return Object.entries(all).map(([name, value]) => `--${name}=${value}`);
}
