/** What an expression may begin with at the cursor: columns, parameters, functions. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { FunctionEntry, SourceColumn } from "../api";

const WORD = /[$\w]*/;
const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;

export function quoted(column: string): string {
  return PLAIN_NAME.test(column) ? column : `"${column.replaceAll('"', '""')}"`;
}

export function expressionCompletions(
  columns: readonly SourceColumn[],
  parameters: readonly string[],
  functions: readonly FunctionEntry[],
): Completion[] {
  return [
    ...columns.map(({ name, type }) => ({
      label: quoted(name),
      type: "property",
      detail: type,
      boost: 2,
    })),
    ...parameters.map((name) => ({ label: `$${name}`, type: "variable", boost: 1 })),
    ...functions
      .filter((one) => one.is_callable)
      .map((one) => ({
        label: `${one.name}(`,
        displayLabel: one.name,
        type: "function",
        detail: one.form,
        info: one.example ? `${one.summary} ${one.example}` : one.summary,
      })),
  ];
}

export function complete(options: Completion[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(WORD);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    return { from: word.from, options, validFor: WORD };
  };
}
