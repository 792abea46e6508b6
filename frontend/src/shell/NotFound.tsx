import { EmptyState, LinkButton } from "@openreg/ui";
import { shellMessages } from "./messages";

export function NotFound() {
  return (
    <EmptyState
      title={shellMessages.notFoundTitle}
      action={<LinkButton to="/">{shellMessages.notFoundAction}</LinkButton>}
    >
      {shellMessages.notFound}
    </EmptyState>
  );
}
