/** A route as a sentence: what goes where, and when. */
import type { Destination } from "./api";
import type { ReportOutput, ReportRoute } from "./document";
import { routeMessages } from "./routeMessages";
import { chosenPlaces } from "./routes";

const text = routeMessages.sentence;

export function routeSentence(
  route: ReportRoute,
  outputs: readonly ReportOutput[],
  destinations: readonly Pick<Destination, "id" | "name">[],
): string {
  const named = route.outputs?.length ? chosenPlaces(route, outputs).length : null;
  const files = named === null ? text.all : text.some(named);
  const to = destinations.find((one) => one.id === route.destination_id)?.name ?? route.destination_id;
  const { environment, records, file_name, part } = route.when ?? {};
  return [
    text.to(files, to || text.nowhere, text[route.role]),
    environment && text.of[environment],
    records && text.on[records],
    file_name && text.like(file_name),
    part !== undefined && text.part(part),
  ]
    .filter(Boolean)
    .join(", ");
}
