/** What can start a run, as people call it. */
const triggers: Record<string, string> = {
  manual: "A person",
  api: "A program",
  schedule: "Schedule",
  backfill: "Backfill",
  file: "A file",
  watermark: "New data of a source",
  run: "Another run",
  resubmission: "Correction of records",
};

export const triggerName = (trigger: string) => triggers[trigger] ?? trigger;
