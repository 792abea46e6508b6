/** Rule sets: drafts, versions, activation. */
import { answer, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type RuleSet = Schema<"RuleSetAnswer">;
export type RuleSetVersion = Schema<"RuleSetVersionAnswer">;
export type RuleSetVersionMark = Schema<"RuleSetVersionMark">;
export type LibraryRule = RuleSetVersion["rules"][number];
export type RuleSetComparison = Schema<"RuleSetComparisonAnswer">;
export type RuleSetCreate = Schema<"RuleSetCreate">;

export interface RuleSetSearch {
  q?: string | undefined;
  cursor?: string | undefined;
}

export const ruleSetKeys = { all: ["rule-sets"] as const };
const of = (ruleSetId: string) => ({ path: { rule_set_id: ruleSetId } });
const ofVersion = (ruleSetId: string, number: number) => ({
  path: { rule_set_id: ruleSetId, version_number: number },
});

export const ruleSetsQuery = (search: RuleSetSearch) =>
  queryOptions({
    queryKey: [...ruleSetKeys.all, "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/rule-sets", { params: { query: search }, signal })),
    placeholderData: keepPreviousData,
  });

const MOST = 200;

/** Those that a report may choose among: all that a page of the API can hold. */
export const ruleSetChoicesQuery = () =>
  queryOptions({
    queryKey: [...ruleSetKeys.all, "choices"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/rule-sets", { params: { query: { limit: MOST } }, signal })),
  });

export const ruleSetQuery = (ruleSetId: string) =>
  queryOptions({
    queryKey: [...ruleSetKeys.all, "one", ruleSetId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/rule-sets/{rule_set_id}", { params: of(ruleSetId), signal })),
  });

export const versionsQuery = (ruleSetId: string) =>
  queryOptions({
    queryKey: [...ruleSetKeys.all, "one", ruleSetId, "versions"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/rule-sets/{rule_set_id}/versions", { params: of(ruleSetId), signal })),
  });

export const versionQuery = (ruleSetId: string, number: number) =>
  queryOptions({
    queryKey: [...ruleSetKeys.all, "one", ruleSetId, "versions", number],
    queryFn: ({ signal }) =>
      tagged(
        api.GET("/api/v1/rule-sets/{rule_set_id}/versions/{version_number}", {
          params: ofVersion(ruleSetId, number),
          signal,
        }),
      ),
  });

/** What changed from one version to another; without `before`, from the version before. */
export const comparisonQuery = (ruleSetId: string, number: number, before: number | undefined) =>
  queryOptions({
    queryKey: [...ruleSetKeys.all, "one", ruleSetId, "versions", number, "compare", before ?? null],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/rule-sets/{rule_set_id}/versions/{version_number}/compare", {
          params: { ...ofVersion(ruleSetId, number), query: before === undefined ? {} : { with: before } },
          signal,
        }),
      ),
  });

export const createRuleSet = (body: RuleSetCreate) => answer(api.POST("/api/v1/rule-sets", { body }));

export const saveDraft = (ruleSetId: string, rules: LibraryRule[], note: string, etag: string | null) =>
  answer(
    api.PUT("/api/v1/rule-sets/{rule_set_id}/draft", {
      params: { ...of(ruleSetId), header: ifMatch(etag) },
      body: { rules, note },
    }),
  );

export const activateVersion = (ruleSetId: string, number: number) =>
  answer(
    api.POST("/api/v1/rule-sets/{rule_set_id}/versions/{version_number}/activate", {
      params: ofVersion(ruleSetId, number),
    }),
  );
