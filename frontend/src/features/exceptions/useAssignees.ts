/** Who exceptions can be given to, besides oneself: known to those who may see the members of the tenant. */
import { useQuery } from "@tanstack/react-query";
import { useMay, useOwnId } from "@/features/account/api";
import { usersQuery } from "@/features/users/api";

interface Person {
  id: string;
  name: string;
}

export function useAssignees(): Person[] {
  const ownId = useOwnId();
  const maySee = useMay("users:read");
  const members = useQuery({ ...usersQuery({ state: "active" }), enabled: maySee }).data?.items ?? [];
  return members.filter((one) => one.id !== ownId).map((one) => ({ id: one.id, name: one.full_name }));
}
