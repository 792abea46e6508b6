/** The parts of the page of a run, in their order. */
export const RUN_TABS = [
  "overview",
  "log",
  "findings",
  "exceptions",
  "decisions",
  "files",
  "deliveries",
  "parameters",
] as const;
export type RunTab = (typeof RUN_TABS)[number];
