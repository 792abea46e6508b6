import { plural } from "@openreg/ui";

/** The texts of the page that says how answers in CSV are read. */
export const formatMessages = {
  title: "Answers in CSV",
  heading: (name: string) => `Answers in CSV of ${name}`,
  back: "Back to the destination",
  open: "Answers in CSV",
  intro:
    "Messages in XML (auth.031, auth.092, auth.084) need no format. If the other side answers in CSV, say here what its columns mean.",
  none: "No format is kept: every answer is read as a message in XML.",
  uses: (folder: string | null) =>
    folder === null
      ? "Used for files that are uploaded as answers of this destination."
      : `Used for files found in ${folder}, and for those uploaded as answers of this destination.`,
  file: "The file",
  fileName: "Files named like",
  fileNameHint: "* stands for anything. Others are read as messages in XML.",
  delimiter: "Values are parted by",
  delimiters: { ",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar" } as Record<string, string>,
  encoding: "Encoding",
  encodings: {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "windows-1252": "Windows 1252",
    "latin-1": "Latin 1",
  } as Record<string, string>,
  sample: "A sample",
  sampleHint: "A file as it comes. It is only looked at, and not kept.",
  sampleChoose: "Choose a file",
  columns: "Columns",
  columnsHint: "By the names in the first line of the file.",
  column: {
    record_id: "Record",
    state: "State",
    message_id: "Message or file",
    rule_id: "Rule",
    text: "Reason",
  },
  columnHints: {
    record_id: "The LEI of the executing entity and the reference, in one text",
    state: "Accepted, rejected, pending",
    message_id: "The identifier of what was sent, or the name of its file",
    rule_id: "The code of the rule that was broken",
    text: "Its text",
  },
  columnNone: "Not in the file",
  states: "Words for states",
  statesHint:
    "Codes of ISO 20022 (ACPT, RJCT, PDNG …) are understood already. Upper and lower case are the same.",
  word: "Word in the file",
  wordNumber: (number: number) => `Word ${number}`,
  means: "Means",
  meansOf: (word: string) => `Meaning of ${word || "the new word"}`,
  meanings: {
    accepted: "Accepted",
    rejected: "Rejected",
    pending: "Pending",
    received: "Received",
    unsent: "Not sent",
  },
  addWord: "Add a word",
  removeWord: (word: string) => `Remove ${word || "the empty word"}`,
  takeWords: (count: number) =>
    plural(count, { one: "Add the unknown word", other: "Add the # unknown words" }),
  unknownWords: (words: string) => `These words mean nothing yet: ${words}.`,
  preview: "How it would be read",
  previewFirst: "Choose a sample to see how each of its rows would be read.",
  previewColumns: "Choose the columns of record and state.",
  allRead: (rows: number) => plural(rows, { one: "# row can be read.", other: "All # rows can be read." }),
  someRefused: (refused: number, rows: number) =>
    `${refused} of ${rows} rows would be refused, and with them the whole file: nothing of it would be applied.`,
  fileRefused: "This file would be refused",
  line: "Line",
  result: "Read as",
  save: "Save",
  saved: "Saved: files that come from now on are read by it",
  remove: "Keep no format",
  removed: "Answers are read as messages in XML",
} as const;
