/** Where files go: what a route says, in words, and which files it means. */
import type { ReportDocument, ReportOutput, ReportRoute } from "./document";

export type RouteCondition = NonNullable<ReportRoute["when"]>;

/** Another route: every file, as the submission, to a destination that is still to be chosen. */
export function nextRoute(routes: readonly ReportRoute[]): ReportRoute {
  // The first is what the regulator gets; whoever adds one more mostly wants a copy.
  return { destination_id: "", role: routes.length === 0 ? "submission" : "copy" };
}

/** The places of the files that a route names, as they stand in the report; none: all files. */
export function chosenPlaces(route: ReportRoute, outputs: readonly ReportOutput[]): string[] {
  return outputs.flatMap((one, place) =>
    one.name && route.outputs?.includes(one.name) ? [String(place)] : [],
  );
}

/** The names a route uses that no file has: of a file that was taken out since. */
export function lostNames(route: ReportRoute, outputs: readonly ReportOutput[]): string[] {
  return (route.outputs ?? []).filter((name) => !outputs.some((one) => one.name === name));
}

/** A route that means the files at these places. Files that it names get a name, if they have none. */
export function withFiles(
  document: ReportDocument,
  index: number,
  places: readonly string[],
): Pick<ReportDocument, "outputs" | "deliver_to"> {
  const wanted = new Set(places.map(Number));
  const outputs: ReportOutput[] = [];
  for (const [place, output] of document.outputs.entries())
    outputs.push(
      wanted.has(place) && !output.name
        ? { ...output, name: freeName(output, [...document.outputs, ...outputs]) }
        : output,
    );
  const names = outputs.flatMap((one, place) => (wanted.has(place) && one.name ? [one.name] : []));
  return {
    outputs,
    deliver_to: document.deliver_to.map((route, place) =>
      place === index ? { ...route, outputs: names } : route,
    ),
  };
}

function freeName(output: ReportOutput, others: readonly ReportOutput[]): string {
  const taken = new Set(others.map((one) => one.name));
  const names = [output.format, ...others.map((_, index) => `${output.format}_${index + 2}`)];
  return names.find((name) => !taken.has(name)) ?? output.format;
}

/** A condition with a change; what says nothing is left out. */
export function withCondition(route: ReportRoute, changes: Partial<RouteCondition>): ReportRoute {
  const said = Object.entries({ ...route.when, ...changes }).filter(([, value]) => value !== undefined);
  const changed = { ...route };
  delete changed.when;
  return said.length > 0 ? { ...changed, when: Object.fromEntries(said) as RouteCondition } : changed;
}
