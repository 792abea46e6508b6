export const listMessages = {
  noMatchTitle: "Nothing matches the filter",
  noMatch: "Rows are here, but the filter hides all of them.",
} as const;
