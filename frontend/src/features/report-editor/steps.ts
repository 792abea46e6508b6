/** The steps of the editor, in their order. */
export const editorSteps = ["source", "eligibility", "fields", "rules", "output", "review"] as const;
export type EditorStep = (typeof editorSteps)[number];
export const fieldFilters = ["unmapped", "mapped", "problems"] as const;
export type FieldFilter = (typeof fieldFilters)[number];
