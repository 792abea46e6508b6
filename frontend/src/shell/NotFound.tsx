import { Container } from "@mantine/core";
import { EmptyState, LinkButton } from "@openreg/ui";
import { shellMessages } from "./messages";

export function NotFound() {
  return (
    <Container component="main" py="xl">
      <EmptyState
        title={shellMessages.notFoundTitle}
        action={<LinkButton to="/">{shellMessages.notFoundAction}</LinkButton>}
      >
        {shellMessages.notFound}
      </EmptyState>
    </Container>
  );
}
