/** Every text of the audit log. */
import { plural } from "@openreg/ui";

export const auditMessages = {
  title: "Audit log",
  description:
    "Every change, sign-in, download and reading of personal data, in a chain that shows any tampering.",
  columns: { number: "No.", at: "When", actor: "Who", action: "Action", subject: "What", address: "From" },
  filter: {
    search: "Who, what or note",
    onlyThese: "Show only these",
    kind: "Kind of object",
    from: "From day",
    to: "To day",
  },
  firstUseTitle: "Nothing has happened yet",
  firstUse: "The first change, sign-in or download will stand here.",
  exportCsv: "Export CSV",
  exportNdjson: "Export NDJSON",
  verify: "Verify the chain",
  intact: (count: number, first: number) =>
    plural(count, {
      one: "The chain holds: # entry was computed anew",
      other: "The chain holds: # entries were computed anew",
    }) +
    (first > 1
      ? `, from entry ${first} on. openreg audit verify reads all of them.`
      : ", from the first on."),
  broken: "The chain does not hold",
  head: "Last link",
  entry: {
    title: (number: number) => `Entry ${number}`,
    when: "When",
    who: "Who",
    action: "Action",
    what: "What",
    from: "From",
    request: "Request id",
    note: "Note",
    changes: "Changes",
    noChanges: "This entry records that something happened; no value was changed.",
    field: "Field",
    before: "Before",
    after: "After",
    hash: "Hash of this entry",
    previous: "Hash of the entry before",
    none: "none",
    back: "All entries of this object",
    copyId: "object id",
  },
} as const;
