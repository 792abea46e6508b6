/** From a thing to a new entry of the register that is about it. */
import { LinkButton } from "@openreg/ui";
import { useMay } from "@/features/account/api";
import type { LinkKind } from "./api";
import { registerMessages as text } from "./messages";

export function OpenEntryLink({ kind, id }: { kind: LinkKind; id: string }) {
  const mayWrite = useMay("error_register:write");
  if (!mayWrite) return null;
  return (
    <LinkButton
      to="/error-register/new"
      search={{ from_kind: kind, from_id: id }}
      size="xs"
      variant="default"
    >
      {text.openFrom}
    </LinkButton>
  );
}
