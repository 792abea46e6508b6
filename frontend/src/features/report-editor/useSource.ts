/** The source of the report, which decides how its SQL is written and where its tables usually are. */
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { usualSchema } from "@/features/connectors/sqlNames";
import { connectorsQuery } from "./api";

/** Empty texts while it is not known, or not to be known. */
export function useSource(connectorId: string | undefined): { kind: string; dialect: string; usual: string } {
  const mayRead = useMay("connectors:read");
  const connectors = useQuery({ ...connectorsQuery(), enabled: mayRead }).data?.items;
  const found = connectors?.find((one) => one.id === connectorId);
  return found
    ? { kind: found.kind, dialect: found.sql_dialect, usual: usualSchema(found) }
    : { kind: "", dialect: "", usual: "" };
}
