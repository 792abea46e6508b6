/** Who exceptions can be given to, besides oneself. */
import { useQuery } from "@tanstack/react-query";
import { useOwnId } from "@/features/account/api";
import { assigneesQuery } from "./api";

export function useAssignees() {
  const ownId = useOwnId();
  const members = useQuery(assigneesQuery()).data?.items ?? [];
  return members.filter((one) => one.id !== ownId);
}
