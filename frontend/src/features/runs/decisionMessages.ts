/** Words of the decisions about eligibility that a run made. */
export const decisionMessages = {
  counts: "Decisions that hold for some record",
  label: "Decisions about records",
  none: "Nothing was decided",
  noneText: "Either the report decides nothing about eligibility, or no decision holds for any record.",
  code: "Code",
  decision: "Decision",
  decisions: { report: "Reported", exclude: "Excluded", hold: "Held" },
  reason: "Reason",
  records: "Records",
  row: "Row",
  key: "Record",
  noKey: "(no key)",
  byDefault: "No decision holds",
  search: "Part of the key",
  any: "Any decision",
  exportCsv: "Export CSV",
};
