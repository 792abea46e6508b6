/** Every text of the shared components. */
import { formatAgo, plural } from "./format/intl";

export const uiMessages = {
  copy: "Copy",
  copied: "Copied",
  copyCurl: "Copy as curl",
  copyLink: "Copy link",
  retry: "Retry",
  refresh: "Refresh",
  cancel: "Cancel",
  close: "Close",
  confirm: "Confirm",
  clearFilters: "Clear filters",
  clearFile: "Choose no file",
  loading: "Loading",
  requestId: "Request id",
  noPermissionTitle: "You may not see this",
  noPermission: (permission: string | null) =>
    permission
      ? `This needs the permission ${permission}. An administrator of this tenant can give it to you.`
      : "Your roles do not allow this. An administrator of this tenant can change them.",
  pagination: "Pages",
  firstPage: "First page",
  previousPage: "Previous",
  nextPage: "Next",
  rows: (count: number, hasMore: boolean) =>
    hasMore
      ? plural(count, { one: "# row on this page, more follow", other: "# rows on this page, more follow" })
      : plural(count, { one: "# row on this page", other: "# rows on this page" }),
  sortBy: (column: string) => `Sort by ${column}`,
  selectRow: (name: string) => `Select ${name}`,
  selectAll: "Select all rows of this page",
  exportCsv: "Export CSV",
  search: "Search",
  secretOnce: "This is shown once. Store it now: it cannot be shown again.",
  secretCloseUncopied: "You have not copied it. Close all the same?",
  secretCloseAnyway: "Close without copying",
  secretBack: "Back",
  done: "Done",
  typeToConfirm: (name: string) => `Type ${name} to confirm`,
  logEmpty: "No lines yet",
  logJump: "Jump to end",
  logFollow: "Follow",
  logErrorsOnly: "Errors only",
  logFilter: "Filter lines",
  logNoMatch: (filter: string) => `No line contains “${filter}”`,
  logNoLevel: (level: string) => `No line of this level: ${level}`,
  logLevel: "Level",
  logLevels: {
    debug: "Everything",
    info: "Info and above",
    warning: "Warnings and errors",
    error: "Errors only",
  },
  logLine: (number: number) => `Line ${number}`,
  logLines: (count: number) => plural(count, { one: "# line", other: "# lines" }),
  undo: "Undo",
  ago: formatAgo,
  never: "never",
  stepStates: { ok: "passed", failed: "failed", running: "trying", waiting: "not tried" },
  stream: { live: "Live", reconnecting: "Reconnecting", ended: "Ended", refused: "Stopped" },
} as const;
