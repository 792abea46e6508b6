/** Texts for two people who write at once. */
export const conflictMessages = {
  title: "Somebody else changed this draft",
  by: (name: string, time: string) =>
    `${name} saved it at ${time}, after you had opened it. Your changes are not lost: choose what counts.`,
  somebody: "Somebody",
  gone: "The draft was thrown away or saved as a version meanwhile. Your changes are not lost.",
  mine: "Keep mine",
  theirs: "Take theirs",
  compare: "Compare",
  hide: "Hide the comparison",
  place: "Part",
  yours: "Yours",
  other: "Theirs",
  leave: "Back to the report",
  nothing: "(nothing)",
  sourceParts: { query: "Query", connector_id: "Connector", parameters: "Parameters" } as Record<
    string,
    string
  >,
  wholePart: {
    pack: "Regulation pack",
    source: "Source",
    inputs: "Further inputs",
    join: "Join",
    filter: "Rows that are kept",
    outputs: "Files",
    rules: "Rules",
    envelope: "Envelope",
    record_key: "Key of a record",
    on_empty: "On an empty day",
    on_partial: "When records are set aside",
    deliver_to: "Where it goes",
    submission: "The submission",
  } as Record<string, string>,
} as const;
