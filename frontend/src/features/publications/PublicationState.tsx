import { StatusBadge } from "@openreg/ui";
import type { Publication } from "./api";
import { publicationMessages as text } from "./messages";

export function PublicationState({ publication }: { publication: Publication }) {
  if (publication.unpublished_at) return <StatusBadge tone="off">{text.states.taken}</StatusBadge>;
  return <StatusBadge tone="success">{text.states.shown}</StatusBadge>;
}
