/** A page that could not be shown, even its code: with nothing that has to be loaded for it. */
import { Button, Container } from "@mantine/core";
import { asProblem, EmptyState, uiMessages } from "@openreg/ui";
import type { ErrorComponentProps } from "@tanstack/react-router";

export function PageProblem({ error, reset }: ErrorComponentProps) {
  const problem = asProblem(error);
  return (
    <Container component="main" py="xl">
      <EmptyState
        title={problem.title}
        action={
          <Button variant="default" onClick={reset}>
            {uiMessages.retry}
          </Button>
        }
      >
        {problem.message} {problem.fix} {problem.requestId}
      </EmptyState>
    </Container>
  );
}
