/** Fields as the regulation numbers them, each with the columns that fill it; or the author's own fields. */
import type { Fault, Pack } from "./api";
import type { ReportDocument } from "./document";
import { placeOf } from "./places";
import type { FieldFilter } from "./steps";

export interface FieldColumn {
  name: string;
  title: string;
  expression: string | null;
  problems: Fault[];
}

export interface FieldGroup {
  key: string;
  number: number | null;
  name: string;
  requirement: "mandatory" | "conditional" | "optional" | null;
  columns: FieldColumn[];
}

export function groupFields(
  document: ReportDocument,
  pack: Pack | undefined,
  faults: readonly Fault[],
): FieldGroup[] {
  const problems = new Map<string, Fault[]>();
  for (const fault of faults) {
    const { field } = placeOf(fault.pointer);
    if (field) problems.set(field, [...(problems.get(field) ?? []), fault]);
  }
  const column = (name: string, title: string): FieldColumn => ({
    name,
    title,
    expression: document.fields[name] ?? null,
    problems: problems.get(name) ?? [],
  });
  const titles = new Map(pack?.columns.map((one) => [one.name, one.title]));
  const known = (pack?.fields ?? []).map((field) => ({
    key: String(field.number),
    number: field.number,
    name: field.name,
    requirement: field.requirement as FieldGroup["requirement"],
    columns: field.columns.map((name) => column(name, titles.get(name) ?? name)),
  }));
  const own = Object.keys(document.fields)
    .filter((name) => !titles.has(name))
    .map((name) => ({ key: name, number: null, name, requirement: null, columns: [column(name, name)] }));
  return [...known, ...own];
}

export function requiredCount(groups: readonly FieldGroup[]): { mapped: number; all: number } {
  const required = groups.filter((group) => group.requirement === "mandatory");
  return { mapped: required.filter(isMapped).length, all: required.length };
}

export function isMapped(group: FieldGroup): boolean {
  return group.columns.some((column) => column.expression !== null);
}

export function filterGroups(
  groups: readonly FieldGroup[],
  show: FieldFilter | undefined,
  search: string | undefined,
): FieldGroup[] {
  const wanted = search?.trim().toLowerCase() ?? "";
  return groups.filter((group) => isShown(group, show) && matches(group, wanted));
}

function isShown(group: FieldGroup, show: FieldFilter | undefined): boolean {
  if (show === "mapped") return isMapped(group);
  if (show === "unmapped") return !isMapped(group);
  if (show === "problems") return group.columns.some((column) => column.problems.length > 0);
  return true;
}

function matches(group: FieldGroup, wanted: string): boolean {
  if (!wanted) return true;
  const texts = [String(group.number ?? ""), group.name];
  for (const column of group.columns) texts.push(column.name, column.title, column.expression ?? "");
  return texts.some((one) => one.toLowerCase().includes(wanted));
}

/** The column of the next unmapped field after this one, from the top again at the end; required ones first. */
export function nextUnmapped(groups: readonly FieldGroup[], after: string | undefined): string | null {
  const place = groups.findIndex((group) => group.columns.some((column) => column.name === after));
  const ordered = [...groups.slice(place + 1), ...groups.slice(0, place + 1)].filter(
    (group) => !isMapped(group),
  );
  const next = ordered.find((group) => group.requirement === "mandatory") ?? ordered[0];
  return next?.columns[0]?.name ?? null;
}
