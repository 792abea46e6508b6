/** What expressions of the document may use, for completion. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { functionsQuery, type SourceColumn } from "./api";
import { expressionCompletions } from "./code/completions";
import { useEditor } from "./EditorContext";

const NO_COLUMNS: SourceColumn[] = [];

export function useExpressionCompletions(columns?: SourceColumn[]) {
  const { check, document } = useEditor();
  const functions = useQuery(functionsQuery()).data?.items;
  const known = columns ?? check?.source_columns ?? NO_COLUMNS;
  const { parameters } = document.source;
  return useMemo(
    () => expressionCompletions(known, Object.keys(parameters), functions ?? []),
    [known, parameters, functions],
  );
}

/** What the check says of a place and of all below it. */
export function useFaultsAt(pointer: string) {
  const { check } = useEditor();
  return (check?.faults ?? []).filter(
    (fault) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`),
  );
}
