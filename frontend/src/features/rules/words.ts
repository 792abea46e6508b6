/** What a rule may be, in the words of the API. */
export const phases = ["source", "target", "set"] as const;
export const severities = ["blocking", "correctable", "warning"] as const;
export const scopes = ["field", "record", "group", "whole_set", "history"] as const;
