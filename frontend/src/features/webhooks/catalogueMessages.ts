/** Every text of the catalogue of events. */
export const catalogueMessages = {
  title: "Event catalogue",
  description: "What a webhook can be told of, and exactly what is sent then.",
  back: "Webhooks",
  search: "Search events",
  types: "Events",
  none: "No event is called or described like this.",
  sample: "Sample",
  sampleHint: "The body of a request as a receiver gets it.",
  schema: "JSON Schema",
  schemaHint: "For validators and code generators. Fields may be added later; those here keep their meaning.",
  listen: "A webhook hears of it by its name, by its family, or by *:",
} as const;
