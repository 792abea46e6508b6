/** The kind of the source, which decides how its SQL is written. */
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { connectorsQuery } from "./api";

/** Empty while it is not known, or not to be known. */
export function useSourceKind(connectorId: string | undefined): string {
  const mayRead = useMay("connectors:read");
  const connectors = useQuery({ ...connectorsQuery(), enabled: mayRead }).data?.items;
  return connectors?.find((one) => one.id === connectorId)?.kind ?? "";
}
