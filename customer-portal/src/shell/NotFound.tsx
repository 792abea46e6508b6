import { Container } from "@mantine/core";
import { EmptyState, LinkButton } from "@openreg/ui";
import { shellMessages as text } from "./messages";

export function NotFound() {
  return (
    <Container component="main" py="xl">
      <EmptyState title={text.notFoundTitle} action={<LinkButton to="/">{text.notFoundAction}</LinkButton>}>
        {text.notFound}
      </EmptyState>
    </Container>
  );
}
